import CMbedTLS

/// A certificate with its chain, and the private key that belongs to it.
public struct OwnCertificate: Sendable {
    /// The certificate itself first, then those that lead to its authority.
    public let chain: Certificates
    public let key: PrivateKey

    /// - Throws: `TLSFailure` if they do not belong together, or if peers would refuse the certificate: too
    ///   weak, over, or not yet valid.
    public init(chain: Certificates, key: PrivateKey) throws(TLSFailure) {
        self.init(unchecked: chain, key)
        try check(now: .now)
    }

    /// Reads a text that holds the certificate, its chain and the private key.
    ///
    /// - Parameter password: asked only if the key is encrypted.
    public init(pem: SecretBytes, password: (() throws -> String)? = nil) throws(TLSFailure) {
        let chain = try Certificates(pem: pem)
        try self.init(chain: chain, key: try PrivateKey(pem: pem, password: password))
    }

    /// The same from a text, whose own copy stays as it is.
    public init(pem: String, password: (() throws -> String)? = nil) throws(TLSFailure) {
        let chain = try Certificates(pem: pem)
        try self.init(chain: chain, key: try PrivateKey(pem: pem, password: password))
    }

    /// Reads the certificate and its chain from one text and the key from another.
    public init(
        chainPEM: String, keyPEM: SecretBytes, password: (() throws -> String)? = nil
    ) throws(TLSFailure) {
        let chain = try Certificates(pem: chainPEM)
        try self.init(chain: chain, key: try PrivateKey(pem: keyPEM, password: password))
    }

    /// What peers may find wrong, unseen: for those that are just being made, and for tests.
    init(unchecked chain: Certificates, _ key: PrivateKey) {
        self.chain = chain
        self.key = key
    }

    public var fingerprint: Fingerprint { chain.fingerprint }

    private func check(now: Moment) throws(TLSFailure) {
        guard fits(UnsafePointer(chain.pointer)) else {
            if let place = chain.all.firstIndex(where: { fits($0) }) {
                throw TLSFailure(
                    .privateKey,
                    "the private key belongs to certificate \(place + 1) of the text: put that one first and "
                        + "those of its authorities after it")
            }
            throw TLSFailure(
                .privateKey,
                "the private key does not belong to the certificate of '\(CertificateSummary(chain.pointer).subject)': "
                    + "give the two that were made together")
        }
        let first = Moment(chain.pointer.pointee.valid_from)
        let last = Moment(chain.pointer.pointee.valid_to)
        if last < now {
            throw Self.failure(.expired(last.text), "it expired on \(last.text)", "make a new one")
        }
        if now < first {
            throw Self.failure(
                .notYetValid(first.text), "it is not valid before \(first.text)", "check this machine's clock"
            )
        }
        if let weakness = CertificateRules.weakness(of: chain.pointer) {
            throw Self.failure(
                .weak(weakness), "it is too weak (\(weakness))",
                "make one with 'hayate keys certificate', or with the curve P-256 or RSA of 2048 bits and SHA-256"
            )
        }
    }

    private static func failure(_ problem: CertificateProblem, _ what: String, _ remedy: String) -> TLSFailure
    {
        TLSFailure(
            .certificate(problem), "no peer would accept this side's certificate, because \(what): \(remedy)")
    }

    private func fits(_ certificate: UnsafePointer<mbedtls_x509_crt>) -> Bool {
        withUnsafePointer(to: certificate.pointee.pk) { publicKey in
            CertificateLock.withLock { mbedtls_pk_check_pair(publicKey, key.pointer) == 0 }
        }
    }

    /// - Returns: nil if it went well, so that `??` goes on to the next step.
    func use(in configuration: UnsafeMutablePointer<mbedtls_ssl_config>) -> Int32? {
        let result = mbedtls_ssl_conf_own_cert(configuration, chain.pointer, key.pointer)
        return result == 0 ? nil : result
    }
}
