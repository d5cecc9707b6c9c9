import CMbedTLS

extension PrivateKey {
    /// What kind of key to make.
    public enum NewKind: Sendable, Hashable {
        /// A few milliseconds.
        case p256
        case p384
        /// With so many bits, 2,048 to 8,192. Seconds, and long ones to count in tens of seconds.
        case rsa(Int)
    }

    /// Makes one from the system's random numbers.
    public static func generate(_ kind: NewKind = .p256) throws(TLSFailure) -> PrivateKey {
        let key = PrivateKey()
        let isRSA = if case .rsa = kind { true } else { false }
        var result = mbedtls_pk_setup(
            key.pointer, mbedtls_pk_info_from_type(isRSA ? MBEDTLS_PK_RSA : MBEDTLS_PK_ECKEY))
        if result == 0 {
            switch kind {
            case .p256: result = key.makeCurve(MBEDTLS_ECP_DP_SECP256R1)
            case .p384: result = key.makeCurve(MBEDTLS_ECP_DP_SECP384R1)
            case .rsa(let bits):
                guard (2_048...8_192).contains(bits) else {
                    throw failure(
                        "an RSA key of \(bits) bits is not made here: 2048 to 8192 are, 3072 for example")
                }
                result = mbedtls_rsa_gen_key(
                    mbedtls_pk_rsa(key.pointer.pointee), SystemRandom.callback, nil, UInt32(bits), 65_537)
            }
        }
        guard result == 0 else {
            throw failure("no private key could be made (\(TLSCode.text(result)))")
        }
        return key
    }

    private func makeCurve(_ curve: mbedtls_ecp_group_id) -> Int32 {
        mbedtls_ecp_gen_key(curve, mbedtls_pk_ec(pointer.pointee), SystemRandom.callback, nil)
    }

    /// The key as text for a file, PKCS #8.
    ///
    /// - Parameter password: encrypts it (AES-256, PBKDF2 with 600,000 rounds of HMAC-SHA-256; about a second
    ///   of work); nil writes it in the open.
    public func pem(password: String? = nil) throws(TLSFailure) -> SecretBytes {
        var bare = try pkcs8()
        defer { Wiping.wipe(&bare) }
        var text: [UInt8]
        if let password {
            guard !password.isEmpty else {
                throw Self.failure("an empty password protects nothing: give a longer one")
            }
            var secret = Array(password.utf8)
            defer { Wiping.wipe(&secret) }
            text = PEM.bytes("ENCRYPTED PRIVATE KEY", try SealedKey.seal(bare, secret))
        } else {
            text = PEM.bytes("PRIVATE KEY", bare)
        }
        defer { Wiping.wipe(&text) }
        return SecretBytes(text)
    }

    private func pkcs8() throws(TLSFailure) -> [UInt8] {
        var own = try written { mbedtls_pk_write_key_der(self.pointer, $0, $1) }
        defer { Wiping.wipe(&own) }
        // What algorithm it is for stands in the public key, in the same form.
        var file = DERReader(try publicKey())
        var outer = file.sequence()
        guard let algorithm = outer?.whole() else { throw Self.failure("the private key cannot be written") }
        return DER.sequence(DER.integer(0), algorithm, DER.octets(own))
    }

    /// The public key as certificates have it.
    func publicKey() throws(TLSFailure) -> [UInt8] {
        try written { mbedtls_pk_write_pubkey_der(self.pointer, $0, $1) }
    }

    /// mbedTLS writes at the end of the space that it gets.
    private func written(_ write: (UnsafeMutablePointer<UInt8>?, Int) -> Int32) throws(TLSFailure) -> [UInt8]
    {
        var space = [UInt8](repeating: 0, count: 8_192)
        defer { Wiping.wipe(&space) }
        let count = space.withUnsafeMutableBufferPointer { write($0.baseAddress, $0.count) }
        guard count > 0 else {
            throw Self.failure("the private key cannot be written (\(TLSCode.text(count)))")
        }
        return Array(space.suffix(Int(count)))
    }

    /// The DER form of the algorithm and signature of these bytes.
    func sign(_ bytes: [UInt8]) throws(TLSFailure) -> (algorithm: [UInt8], signature: [UInt8]) {
        let algorithm: [UInt8]
        let hash: mbedtls_md_type_t
        switch kind {
        case .rsa:
            (algorithm, hash) = (
                DER.sequence(DER.identifier(ObjectNames.rsaWithSHA256), DER.null), MBEDTLS_MD_SHA256
            )
        case .curve("P-384"), .curve("P-521"):
            (algorithm, hash) = (DER.sequence(DER.identifier(ObjectNames.ecdsaWithSHA384)), MBEDTLS_MD_SHA384)
        default:
            (algorithm, hash) = (DER.sequence(DER.identifier(ObjectNames.ecdsaWithSHA256)), MBEDTLS_MD_SHA256)
        }
        let information = mbedtls_md_info_from_type(hash)
        var digest = [UInt8](repeating: 0, count: Int(mbedtls_md_get_size(information)))
        var signature = [UInt8](repeating: 0, count: 1_024)
        var count = 0
        var result = mbedtls_md(information, bytes, bytes.count, &digest)
        if result == 0 {
            result = CertificateLock.withLock {
                mbedtls_pk_sign(
                    pointer, hash, digest, digest.count, &signature, &count, SystemRandom.callback, nil)
            }
        }
        guard result == 0 else {
            throw Self.failure("the private key does not sign (\(TLSCode.text(result)))")
        }
        return (algorithm, Array(signature.prefix(count)))
    }
}
