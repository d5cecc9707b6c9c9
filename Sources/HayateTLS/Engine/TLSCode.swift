import CMbedTLS

/// mbedTLS's result codes; the importer leaves out those that are written as negative macros with casts.
enum TLSCode {
    static let wantsRead = Int32(MBEDTLS_ERR_SSL_WANT_READ)
    static let peerSaidGoodbye = Int32(MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
    static let fatalAlert = Int32(MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE)
    static let wrongMAC = Int32(MBEDTLS_ERR_SSL_INVALID_MAC)
    static let wrongTicket = Int32(MBEDTLS_ERR_SSL_SESSION_TICKET_EXPIRED)
    static let wrongRecord = Int32(MBEDTLS_ERR_SSL_INVALID_RECORD)
    static let noSharedSuite = Int32(MBEDTLS_ERR_SSL_NO_CIPHER_CHOSEN)
    static let noUsableSuite = Int32(MBEDTLS_ERR_SSL_NO_USABLE_CIPHERSUITE)
    static let wrongVersion = Int32(MBEDTLS_ERR_SSL_BAD_HS_PROTOCOL_VERSION)
    static let wrongFinished = Int32(MBEDTLS_ERR_SSL_BAD_HS_FINISHED)
    static let wrongClientHello = Int32(MBEDTLS_ERR_SSL_BAD_HS_CLIENT_HELLO)
    static let wrongServerHello = Int32(MBEDTLS_ERR_SSL_BAD_HS_SERVER_HELLO)
    static let unverified = Int32(MBEDTLS_ERR_X509_CERT_VERIFY_FAILED)
    static let noClientCertificate = Int32(MBEDTLS_ERR_SSL_NO_CLIENT_CERTIFICATE)
    static let wrongCertificate = Int32(MBEDTLS_ERR_SSL_BAD_HS_CERTIFICATE)
    static let internalError = Int32(MBEDTLS_ERR_SSL_INTERNAL_ERROR)

    /// Whether a code comes from reading certificates or their keys: those modules of mbedTLS number their
    /// errors so, with details in the low seven bits.
    static func isAboutCertificates(_ code: Int32) -> Bool {
        let module = -Int(code) & 0xff80
        return (0x2080...0x3000).contains(module) || (0x3880...0x3f80).contains(module)
    }

    /// For a person who has to look it up; mbedTLS numbers its errors in hexadecimal.
    static func text(_ code: Int32) -> String {
        "mbedTLS error -0x" + String(-Int(code), radix: 16, uppercase: true)
    }
}
