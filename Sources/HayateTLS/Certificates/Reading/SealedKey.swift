import CMbedTLS

/// An encrypted private key as `openssl` writes it today: AES in CBC with a key made of the password by PBKDF2
/// (RFC 8018, PBES2). mbedTLS 2.28 opens such ones only with DES.
struct SealedKey {
    private var hash: mbedtls_md_type_t
    private var salt: [UInt8]
    private var rounds: Int
    private var keyBytes: Int
    private var start: [UInt8]
    private var sealed: [UInt8]

    /// Rounds of PBKDF2 in what is written here; what OWASP advises for HMAC-SHA-256.
    private static let defaultRounds = 600_000
    /// As many as a person waits for: half a minute here.
    private static let mostRounds = 20_000_000

    /// - Returns: nil if it is encrypted in a way that mbedTLS may know.
    init?(_ der: [UInt8]) throws(TLSFailure) {
        var file = DERReader(der)
        guard var outer = file.sequence(), var algorithm = outer.sequence(), let sealed = outer.octets(),
            algorithm.identifier() == ObjectNames.pbes2, var scheme = algorithm.sequence(),
            var derivation = scheme.sequence(), var cipher = scheme.sequence()
        else { return nil }
        switch cipher.identifier() {
        case ObjectNames.aes128CBC: keyBytes = 16
        case ObjectNames.aes192CBC: keyBytes = 24
        case ObjectNames.aes256CBC: keyBytes = 32
        default: return nil
        }
        guard derivation.identifier() == ObjectNames.pbkdf2, var values = derivation.sequence(),
            let salt = values.octets(), let rounds = values.number(), let start = cipher.octets()
        else {
            throw PrivateKey.failure(
                "the private key is encrypted in a way that is not known here: encrypt it again with 'openssl "
                    + "pkcs8 -topk8 -v2 aes-256-cbc'")
        }
        if values.tag == 0x02 { _ = values.number() }
        var function = values.sequence()
        switch function?.identifier() {
        case nil, ObjectNames.hmacWithSHA1: hash = MBEDTLS_MD_SHA1
        case ObjectNames.hmacWithSHA256: hash = MBEDTLS_MD_SHA256
        case ObjectNames.hmacWithSHA384: hash = MBEDTLS_MD_SHA384
        case ObjectNames.hmacWithSHA512: hash = MBEDTLS_MD_SHA512
        default:
            throw PrivateKey.failure(
                "the private key is encrypted with a hash that is not known here: encrypt it again with "
                    + "'openssl pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA256'")
        }
        guard (1...Self.mostRounds).contains(rounds), start.count == 16, !sealed.isEmpty,
            sealed.count.isMultiple(of: 16)
        else {
            throw PrivateKey.failure("the encrypted private key is damaged: copy it again")
        }
        (self.salt, self.rounds, self.start, self.sealed) = (salt, rounds, start, sealed)
    }

    /// - Returns: the key's own binary form. The caller wipes it.
    func open(_ password: [UInt8]) throws(TLSFailure) -> [UInt8] {
        var key = Self.key(hash, password, salt, rounds, keyBytes)
        defer { Wiping.wipe(&key) }
        var aes = mbedtls_aes_context()
        mbedtls_aes_init(&aes)
        defer { mbedtls_aes_free(&aes) }
        var vector = start
        var opened = [UInt8](repeating: 0, count: sealed.count)
        guard mbedtls_aes_setkey_dec(&aes, key, UInt32(keyBytes * 8)) == 0,
            mbedtls_aes_crypt_cbc(&aes, MBEDTLS_AES_DECRYPT, sealed.count, &vector, sealed, &opened) == 0
        else { throw PrivateKey.failure("the encrypted private key cannot be opened") }
        // The last byte says how many were put after the end, and they are all the same.
        let padding = Int(opened.last ?? 0)
        guard (1...16).contains(padding), opened.suffix(padding).allSatisfy({ Int($0) == padding }) else {
            Wiping.wipe(&opened)
            throw PrivateKey.wrongPassword
        }
        defer { Wiping.wipe(&opened) }
        return Array(opened.dropLast(padding))
    }

    /// - Returns: the encrypted binary form of a key, itself given as PKCS #8 has it.
    static func seal(_ key: [UInt8], _ password: [UInt8], rounds: Int = defaultRounds) throws(TLSFailure)
        -> [UInt8]
    {
        let salt = SystemRandom.bytes(16)
        let start = SystemRandom.bytes(16)
        var secret = self.key(MBEDTLS_MD_SHA256, password, salt, rounds, 32)
        defer { Wiping.wipe(&secret) }
        let padding = 16 - key.count % 16
        var padded = key + [UInt8](repeating: UInt8(padding), count: padding)
        defer { Wiping.wipe(&padded) }
        var aes = mbedtls_aes_context()
        mbedtls_aes_init(&aes)
        defer { mbedtls_aes_free(&aes) }
        var vector = start
        var sealed = [UInt8](repeating: 0, count: padded.count)
        guard mbedtls_aes_setkey_enc(&aes, secret, 256) == 0,
            mbedtls_aes_crypt_cbc(&aes, MBEDTLS_AES_ENCRYPT, padded.count, &vector, padded, &sealed) == 0
        else { throw PrivateKey.failure("the private key cannot be encrypted") }
        let derivation = DER.sequence(
            DER.identifier(ObjectNames.pbkdf2),
            DER.sequence(
                DER.octets(salt), DER.integer(withUnsafeBytes(of: UInt32(rounds).bigEndian) { Array($0) }),
                DER.sequence(DER.identifier(ObjectNames.hmacWithSHA256), DER.null)))
        let cipher = DER.sequence(DER.identifier(ObjectNames.aes256CBC), DER.octets(start))
        return DER.sequence(
            DER.sequence(DER.identifier(ObjectNames.pbes2), DER.sequence(derivation, cipher)),
            DER.octets(sealed))
    }

    private static func key(
        _ hash: mbedtls_md_type_t, _ password: [UInt8], _ salt: [UInt8], _ rounds: Int, _ count: Int
    ) -> [UInt8] {
        var context = mbedtls_md_context_t()
        mbedtls_md_init(&context)
        defer { mbedtls_md_free(&context) }
        var key = [UInt8](repeating: 0, count: count)
        var result = mbedtls_md_setup(&context, mbedtls_md_info_from_type(hash), 1)
        if result == 0 {
            result = mbedtls_pkcs5_pbkdf2_hmac(
                &context, password, password.count, salt, salt.count, UInt32(rounds), UInt32(count), &key)
        }
        // It fails only without memory.
        precondition(result == 0, "PBKDF2 failed with \(result)")
        return key
    }
}
