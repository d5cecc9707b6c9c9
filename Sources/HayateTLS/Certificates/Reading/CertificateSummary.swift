import CMbedTLS

/// What can be said of a certificate in a few lines. Texts of strangers in it are harmless to print.
public struct CertificateSummary: Sendable, Hashable {
    /// Whose it is, for example `CN=node17, O=Institute`.
    public var subject: String
    /// Who signed it.
    public var issuer: String
    /// The names and addresses that it is for.
    public var names: [String]
    /// Its first moment, `YYYY-MM-DD hh:mm:ss UTC`.
    public var notBefore: String
    /// Its last moment.
    public var notAfter: String
    /// The same in seconds since 1970.
    public var notBeforeSeconds: Int
    public var notAfterSeconds: Int
    public var keyKind: KeyKind
    /// Bits of the key.
    public var keyBits: Int
    /// Whether it may sign other certificates.
    public var isAuthority: Bool
    /// Whether it names itself as the one who signed it.
    public var isSelfIssued: Bool
    /// Whether servers may show it, and clients.
    public var isForServers: Bool
    public var isForClients: Bool
    /// Why peers of ours would refuse its key or signature; nil if they would not.
    public var weakness: String?
    public var fingerprint: Fingerprint

    init(_ certificate: UnsafePointer<mbedtls_x509_crt>) {
        let names = CertificateNames(certificate)
        let first = Moment(certificate.pointee.valid_from)
        let last = Moment(certificate.pointee.valid_to)
        subject = Self.text(certificate.pointee.subject)
        issuer = Self.text(certificate.pointee.issuer)
        self.names = names.texts
        (notBefore, notAfter) = (first.text, last.text)
        (notBeforeSeconds, notAfterSeconds) = (first.seconds, last.seconds)
        (keyKind, keyBits) = withUnsafePointer(to: certificate.pointee.pk) {
            (KeyKind($0), mbedtls_pk_get_bitlen($0))
        }
        isAuthority = certificate.pointee.ca_istrue != 0
        isSelfIssued =
            Self.bytes(certificate.pointee.subject_raw) == Self.bytes(certificate.pointee.issuer_raw)
        isForServers = CertificateUse.server.isAllowed(by: certificate)
        isForClients = CertificateUse.client.isAllowed(by: certificate)
        weakness = CertificateRules.weakness(of: certificate)
        fingerprint = Fingerprint(certificate)
    }

    static func bytes(_ buffer: mbedtls_x509_buf) -> [UInt8] {
        Array(UnsafeBufferPointer(start: buffer.p, count: buffer.len))
    }

    /// mbedTLS replaces what cannot be printed by question marks.
    static func text(_ name: mbedtls_x509_name) -> String {
        var text = [CChar](repeating: 0, count: 1_024)
        let count = withUnsafePointer(to: name) { mbedtls_x509_dn_gets(&text, text.count, $0) }
        guard count > 0 else { return count == 0 ? "no name" : "a name too long to show" }
        return String(decoding: text[..<Int(count)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// For what a certificate may be shown.
public enum CertificateUse: Sendable, Hashable, CaseIterable {
    case server
    case client

    var objectName: [UInt8] {
        switch self {
        case .server: ObjectNames.serverAuthentication
        case .client: ObjectNames.clientAuthentication
        }
    }

    /// A certificate without the extensions is for everything (RFC 5280, section 4.2.1.12).
    func isAllowed(by certificate: UnsafePointer<mbedtls_x509_crt>) -> Bool {
        let name = objectName.map { CChar(bitPattern: $0) }
        guard mbedtls_x509_crt_check_extended_key_usage(certificate, name, name.count) == 0 else {
            return false
        }
        // All suites with certificates make the peer sign.
        return mbedtls_x509_crt_check_key_usage(certificate, UInt32(MBEDTLS_X509_KU_DIGITAL_SIGNATURE)) == 0
    }
}
