import Glibc

/// Certificates in files.
public enum CertificateFile {
    /// Reads a certificate with its chain, and its private key from the same file or another. Whoever could
    /// read or replace the file with the key makes it refused; see `SecretFile`.
    ///
    /// - Parameter password: asked only if the key is encrypted.
    public static func own(
        certificate: String, key: String?, password: (() throws -> String)? = nil
    ) throws(TLSFailure) -> OwnCertificate {
        guard let key else {
            // Before what its permissions would have to be.
            guard try text(certificate).contains("PRIVATE KEY-----") else {
                throw TLSFailure(
                    .privateKey,
                    "\(PathText.word(certificate)) holds no private key: give the file that does with "
                        + "--certificate-key")
            }
            return try OwnCertificate(pem: try secret(certificate), password: password)
        }
        return try OwnCertificate(
            chainPEM: try text(certificate), keyPEM: try secret(key), password: password)
    }

    /// Reads the certificates of authorities; `system` means those that this machine trusts.
    public static func trust(_ path: String) throws(TLSFailure) -> Trust {
        path == "system" ? .system : .authorities(try Certificates(pem: try text(path)))
    }

    private static func secret(_ path: String) throws(TLSFailure) -> SecretBytes {
        do throws(KeyFileError) {
            return try SecretFile.read(path)
        } catch {
            throw TLSFailure(.privateKey, error.message)
        }
    }

    /// What anybody may read.
    private static func text(_ path: String) throws(TLSFailure) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else {
            throw TLSFailure(
                .certificate(.unreadable),
                "the certificate \(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { close(file) }
        // The list of a whole operating system has 200 kB.
        let most = 4 << 20
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        var text: [UInt8] = []
        while true {
            let count = bytes.withUnsafeMutableBytes { read(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            text += bytes[..<count]
            guard text.count <= most else {
                throw TLSFailure(
                    .certificate(.unreadable),
                    "\(path) is no certificate: it has more than \(most >> 20) MiB")
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
