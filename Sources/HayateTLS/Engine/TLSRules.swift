import CMbedTLS

/// What is allowed on a connection: TLS 1.2, forward secrecy, authenticated encryption.
///
/// ChaCha20-Poly1305 stands first because mbedTLS 2.28 does it half as fast again as AES-GCM, also on processors
/// with AES instructions (docs/performance.md). With pre-shared keys it is the only suite of the library that
/// has both forward secrecy and authenticated encryption.
enum TLSRules {
    /// The most that a record brings.
    static let recordBytes = 16_384

    private static func forever<Element>(_ values: [Element]) -> UnsafePointer<Element> {
        // mbedTLS keeps the pointer; there is one of each for the life of the process.
        let memory = UnsafeMutablePointer<Element>.allocate(capacity: values.count)
        memory.initialize(from: values, count: values.count)
        return UnsafePointer(memory)
    }

    nonisolated(unsafe) static let suitesWithKeys = forever([
        Int32(MBEDTLS_TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256), 0,
    ])

    nonisolated(unsafe) static let suitesWithCertificates = forever([
        Int32(MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256),
        Int32(MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256),
        Int32(MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384),
        Int32(MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384),
        Int32(MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256),
        Int32(MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256), 0,
    ])

    /// X25519 first: a third of the time of P-256 here. The others are for certificates' own keys too.
    nonisolated(unsafe) static let curves = forever([
        MBEDTLS_ECP_DP_CURVE25519, MBEDTLS_ECP_DP_SECP256R1, MBEDTLS_ECP_DP_SECP384R1,
        MBEDTLS_ECP_DP_SECP521R1, MBEDTLS_ECP_DP_NONE,
    ])

    nonisolated(unsafe) static let hashes = forever([
        Int32(MBEDTLS_MD_SHA256.rawValue), Int32(MBEDTLS_MD_SHA384.rawValue),
        Int32(MBEDTLS_MD_SHA512.rawValue), Int32(MBEDTLS_MD_NONE.rawValue),
    ])
}
