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

    /// Reads one or more from PEM text.
    public init(pem: String) throws(TLSFailure) {
        pointer = .allocate(capacity: 1)
        mbedtls_x509_crt_init(pointer)
        // The length counts the zero at the end.
        var bytes = Array(pem.utf8)
        bytes.append(0)
        let result = mbedtls_x509_crt_parse(pointer, bytes, bytes.count)
        guard result == 0 else {
            mbedtls_x509_crt_free(pointer)
            pointer.deallocate()
            throw TLSFailure(.inside(result), "the certificate cannot be read (\(TLSCode.text(result)))")
        }
    }

    deinit {
        mbedtls_x509_crt_free(pointer)
        pointer.deallocate()
    }
}

/// A private key.
///
/// Safe to share: as `Certificates`.
public final class PrivateKey: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<mbedtls_pk_context>

    init(_ fill: (UnsafeMutablePointer<mbedtls_pk_context>) -> Int32) throws(TLSFailure) {
        pointer = .allocate(capacity: 1)
        mbedtls_pk_init(pointer)
        let result = fill(pointer)
        guard result == 0 else {
            mbedtls_pk_free(pointer)
            pointer.deallocate()
            throw TLSFailure(.inside(result), "the private key cannot be read (\(TLSCode.text(result)))")
        }
    }

    deinit {
        mbedtls_pk_free(pointer)
        pointer.deallocate()
    }
}

/// A certificate with its chain, and the private key that belongs to it.
public struct OwnCertificate: Sendable {
    let chain: Certificates
    let key: PrivateKey

    public init(chain: Certificates, key: PrivateKey) {
        self.chain = chain
        self.key = key
    }

    /// - Returns: nil if it went well, so that `??` goes on to the next step.
    func use(in configuration: UnsafeMutablePointer<mbedtls_ssl_config>) -> Int32? {
        let result = mbedtls_ssl_conf_own_cert(configuration, chain.pointer, key.pointer)
        return result == 0 ? nil : result
    }
}

/// Which certificates of peers are good.
public enum Trust: Sendable {
    /// Those that one of these has signed.
    case authorities(Certificates)
    /// Those with one of these fingerprints, whoever has signed them.
    case pinned([Fingerprint])

    /// nil: whoever comes.
    static func use(_ trust: Trust?, in configuration: UnsafeMutablePointer<mbedtls_ssl_config>) -> Int32 {
        mbedtls_ssl_conf_authmode(
            configuration, trust == nil ? MBEDTLS_SSL_VERIFY_NONE : MBEDTLS_SSL_VERIFY_REQUIRED)
        if case .authorities(let certificates) = trust {
            mbedtls_ssl_conf_ca_chain(configuration, certificates.pointer, nil)
        }
        return 0
    }
}

/// The SHA-256 of a certificate's DER form.
public struct Fingerprint: Sendable, Hashable, CustomStringConvertible {
    public let bytes: [UInt8]

    init(_ certificate: UnsafePointer<mbedtls_x509_crt>) {
        var bytes = [UInt8](repeating: 0, count: 32)
        mbedtls_sha256_ret(certificate.pointee.raw.p, certificate.pointee.raw.len, &bytes, 0)
        self.bytes = bytes
    }

    /// `SHA256:` and 64 hexadecimal digits.
    public var description: String { "SHA256:" + Hexadecimal.text(bytes) }
}

/// What can be said of a certificate in a line.
public struct CertificateSummary: Sendable, Hashable {
    public var fingerprint: Fingerprint

    init(_ certificate: UnsafePointer<mbedtls_x509_crt>) {
        fingerprint = Fingerprint(certificate)
    }
}

/// How weak a certificate may be.
enum CertificateRules {
    nonisolated(unsafe) static let profile: UnsafePointer<mbedtls_x509_crt_profile> = {
        let memory = UnsafeMutablePointer<mbedtls_x509_crt_profile>.allocate(capacity: 1)
        memory.initialize(to: mbedtls_x509_crt_profile_next)
        return UnsafePointer(memory)
    }()
}
