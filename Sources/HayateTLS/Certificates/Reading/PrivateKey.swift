import CMbedTLS

/// A private key.
///
/// Safe to share: as `Certificates`. Its parts are overwritten when the last reference is gone.
public final class PrivateKey: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<mbedtls_pk_context>

    init() {
        pointer = .allocate(capacity: 1)
        mbedtls_pk_init(pointer)
    }

    deinit {
        mbedtls_pk_free(pointer)
        pointer.deallocate()
    }

    /// Reads the first private key of PEM text. What else is in it is passed over, certificates for example.
    ///
    /// - Parameter password: asked only if the key is encrypted. What it gives is overwritten after use as far
    ///   as it is copied here.
    public convenience init(
        pem: SecretBytes, password: (() throws -> String)? = nil
    ) throws(TLSFailure) {
        var bytes = Self.terminated(pem)
        defer { Wiping.wipe(&bytes) }
        try self.init(terminated: bytes, password)
    }

    /// The same from a text, whose own copy stays as it is.
    public convenience init(pem: String, password: (() throws -> String)? = nil) throws(TLSFailure) {
        var bytes = Array(pem.utf8) + [0]
        defer { Wiping.wipe(&bytes) }
        try self.init(terminated: bytes, password)
    }

    /// mbedTLS wants a zero at the end of text. The caller wipes the copy.
    static func terminated(_ secret: SecretBytes) -> [UInt8] {
        secret.withBytes { bytes in
            [UInt8](unsafeUninitializedCapacity: bytes.count + 1) { space, count in
                UnsafeMutableRawBufferPointer(space).copyMemory(from: bytes)
                space[bytes.count] = 0
                count = bytes.count + 1
            }
        }
    }

    private convenience init(
        terminated bytes: [UInt8], _ password: (() throws -> String)?
    ) throws(TLSFailure) {
        self.init()
        let isWrapped = PEM.has("ENCRYPTED PRIVATE KEY", in: bytes)
        let isEncrypted = isWrapped || PEM.contains(Array("Proc-Type: 4,ENCRYPTED".utf8), in: bytes)
        guard isEncrypted || Self.labels.contains(where: { PEM.has($0, in: bytes) }) else {
            throw Self.failure(
                "there is no private key in the text: give PEM text, with a line -----BEGIN PRIVATE KEY-----")
        }
        var secret: [UInt8] = []
        defer { Wiping.wipe(&secret) }
        if isEncrypted { secret = try Self.ask(password) }

        if isWrapped, let sealed = PEM.content("ENCRYPTED PRIVATE KEY", in: bytes),
            let envelope = try SealedKey(sealed)
        {
            var opened = try envelope.open(secret)
            defer { Wiping.wipe(&opened) }
            try check(mbedtls_pk_parse_key(pointer, opened, opened.count, nil, 0), isSealed: true)
        } else {
            try check(
                mbedtls_pk_parse_key(pointer, bytes, bytes.count, secret, secret.count),
                isSealed: isEncrypted)
        }
    }

    private static let labels = ["PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY"]

    private static func ask(_ password: (() throws -> String)?) throws(TLSFailure) -> [UInt8] {
        guard let password else {
            throw failure("the private key is encrypted and no password was given for it: on a command line, give one that "
                    + "openssl pkey has written without a password, to a file of mode 600")
        }
        let text: String
        do {
            text = try password()
        } catch {
            throw failure("the password of the private key was not to be had: \(error)")
        }
        guard !text.isEmpty else {
            throw failure("the private key is encrypted and the password given for it is empty")
        }
        return Array(text.utf8)
    }

    private func check(_ result: Int32, isSealed: Bool) throws(TLSFailure) {
        guard result != 0 else { return }
        switch result {
        case Int32(MBEDTLS_ERR_PK_PASSWORD_MISMATCH):
            throw Self.wrongPassword
        case Int32(MBEDTLS_ERR_PK_PASSWORD_REQUIRED):
            throw Self.failure("the private key is encrypted and no password was given for it: on a command line, give one that "
                    + "openssl pkey has written without a password, to a file of mode 600")
        default:
            // A wrong password makes noise of a key, which one time in 256 looks well padded.
            if isSealed { throw Self.wrongPassword }
            throw Self.failure(
                "the private key cannot be read (\(TLSCode.text(result))): it is damaged, or neither RSA nor "
                    + "a curve that mbedTLS knows")
        }
    }

    static let wrongPassword = failure("the password of the private key is wrong")

    static func failure(_ message: String) -> TLSFailure { TLSFailure(.privateKey, message) }

    /// What kind of key it is.
    public var kind: KeyKind { KeyKind(pointer) }
}

extension PrivateKey: CustomStringConvertible, CustomReflectable {
    /// The kind alone.
    public var description: String { "<private key: \(kind)>" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
