import CMbedTLS
import Synchronization

/// mbedTLS makes tables inside keys at their first use, without a lock: one handshake with certificates
/// at a time.
enum CertificateLock {
    private static let mutex = Mutex(())

    static func withLock<Result>(_ body: () -> Result) -> Result {
        mutex.withLock { _ in body() }
    }
}

/// One or more certificates, the first of which is the one that is meant.
///
/// Safe to share: parsed before anyone else has them; keys inside are used under `CertificateLock`.
public final class Certificates: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<mbedtls_x509_crt>

    private init() {
        pointer = .allocate(capacity: 1)
        mbedtls_x509_crt_init(pointer)
    }

    deinit {
        mbedtls_x509_crt_free(pointer)
        pointer.deallocate()
    }

    /// Reads one or more from PEM text. What else is in it is passed over, a private key for example.
    public convenience init(pem: String) throws(TLSFailure) {
        // The length that mbedTLS wants counts the zero at the end.
        var bytes = Array(pem.utf8) + [0]
        defer { Wiping.wipe(&bytes) }
        try self.init(pem: bytes)
    }

    /// The same from bytes that may hold a private key too.
    public convenience init(pem: SecretBytes) throws(TLSFailure) {
        var bytes = PrivateKey.terminated(pem)
        defer { Wiping.wipe(&bytes) }
        try self.init(pem: bytes)
    }

    private convenience init(pem bytes: [UInt8]) throws(TLSFailure) {
        self.init()
        guard PEM.has("CERTIFICATE", in: bytes) else {
            throw TLSFailure(
                .certificate(.unreadable),
                "there is no certificate in the text: give PEM text, with a line -----BEGIN CERTIFICATE-----")
        }
        let result = mbedtls_x509_crt_parse(pointer, bytes, bytes.count)
        guard result == 0 else { throw Self.unreadable(result) }
    }

    convenience init(der: [UInt8]) throws(TLSFailure) {
        self.init()
        let result = mbedtls_x509_crt_parse_der(pointer, der, der.count)
        guard result == 0 else { throw Self.unreadable(result) }
    }

    /// The authorities of a file with many, as the system's is. Those of a kind that mbedTLS does not know are left
    /// out. nil if there is none.
    package convenience init?(bundle path: String) {
        self.init()
        guard mbedtls_x509_crt_parse_file(pointer, path) >= 0, pointer.pointee.version != 0 else {
            return nil
        }
    }

    /// None at all. mbedTLS wants a list where it shall verify, also if only pins count.
    static func none() -> Certificates { Certificates() }

    private static func unreadable(_ result: Int32) -> TLSFailure {
        let what =
            result > 0
            ? (result == 1 ? "one of the certificates" : "\(result) of the certificates") : "the certificate"
        let code = result > 0 ? "" : " (\(TLSCode.text(result)))"
        return TLSFailure(
            .certificate(.unreadable),
            "\(what) cannot be read\(code): it is damaged, or of a kind that mbedTLS does not know")
    }

    /// Each of them.
    var all: [UnsafePointer<mbedtls_x509_crt>] {
        var all: [UnsafePointer<mbedtls_x509_crt>] = []
        var next: UnsafePointer<mbedtls_x509_crt>? = UnsafePointer(pointer)
        while let certificate = next {
            // The first of an empty list is there and has nothing in it.
            if certificate.pointee.version != 0 { all.append(certificate) }
            next = UnsafePointer(certificate.pointee.next)
        }
        return all
    }

    /// What can be said of each, in their order.
    public var summaries: [CertificateSummary] { all.map { CertificateSummary($0) } }

    /// The fingerprint of the first.
    public var fingerprint: Fingerprint { Fingerprint(pointer) }

    /// All of them as text.
    public var pem: String {
        all.map { PEM.text("CERTIFICATE", CertificateSummary.bytes($0.pointee.raw)) }.joined()
    }
}
