import CMbedTLS

extension TLSEngine {
    /// Judges one certificate of the peer's chain, the peer's own at depth 0; `flags` is what mbedTLS thinks
    /// of it, and becomes what we think.
    func judge(
        _ certificate: UnsafeMutablePointer<mbedtls_x509_crt>, depth: Int, _ flags: inout UInt32
    ) {
    }
}
