import CMbedTLS

/// How weak a certificate may be: RSA of 2048 bits, the curves P-256, P-384 and P-521, SHA-2.
enum CertificateRules {
    nonisolated(unsafe) static let profile: UnsafePointer<mbedtls_x509_crt_profile> = {
        let memory = UnsafeMutablePointer<mbedtls_x509_crt_profile>.allocate(capacity: 1)
        memory.initialize(to: mbedtls_x509_crt_profile_next)
        return UnsafePointer(memory)
    }()

    /// - Returns: what makes a key too weak; nil if nothing does.
    static func weakness(of key: UnsafePointer<mbedtls_pk_context>) -> String? {
        let kind = KeyKind(key)
        switch kind {
        case .rsa(let bits): return bits < 2_048 ? kind.description : nil
        case .curve(let name): return ["P-256", "P-384", "P-521"].contains(name) ? nil : kind.description
        case .other: return kind.description
        }
    }

    /// - Returns: what makes a certificate's key or signature too weak; nil if nothing does.
    static func weakness(of certificate: UnsafePointer<mbedtls_x509_crt>) -> String? {
        if let weak = withUnsafePointer(to: certificate.pointee.pk, { weakness(of: $0) }) { return weak }
        switch certificate.pointee.sig_md {
        case MBEDTLS_MD_SHA256, MBEDTLS_MD_SHA384, MBEDTLS_MD_SHA512: return nil
        case MBEDTLS_MD_SHA1: return "a SHA-1 signature"
        case MBEDTLS_MD_MD5: return "an MD5 signature"
        case MBEDTLS_MD_SHA224: return "a SHA-224 signature"
        default: return "a signature of an unusual kind"
        }
    }
}

/// What a key is, for a person.
public enum KeyKind: Sendable, Hashable, CustomStringConvertible {
    /// With so many bits.
    case rsa(Int)
    /// An elliptic curve, by its name.
    case curve(String)
    case other

    init(_ key: UnsafePointer<mbedtls_pk_context>) {
        switch mbedtls_pk_get_type(key) {
        case MBEDTLS_PK_RSA, MBEDTLS_PK_RSASSA_PSS: self = .rsa(mbedtls_pk_get_bitlen(key))
        case MBEDTLS_PK_ECKEY, MBEDTLS_PK_ECKEY_DH, MBEDTLS_PK_ECDSA:
            self = mbedtls_pk_ec(key.pointee).map { .curve(Self.name($0.pointee.grp.id)) } ?? .other
        default: self = .other
        }
    }

    private static func name(_ curve: mbedtls_ecp_group_id) -> String {
        switch curve {
        case MBEDTLS_ECP_DP_SECP256R1: "P-256"
        case MBEDTLS_ECP_DP_SECP384R1: "P-384"
        case MBEDTLS_ECP_DP_SECP521R1: "P-521"
        default:
            mbedtls_ecp_curve_info_from_grp_id(curve).map { String(cString: $0.pointee.name) } ?? "unknown"
        }
    }

    /// For example `RSA of 2048 bits` or `the curve P-256`.
    public var description: String {
        switch self {
        case .rsa(let bits): "RSA of \(bits) bits"
        case .curve(let name): "the curve \(name)"
        case .other: "a key of an unusual kind"
        }
    }
}
