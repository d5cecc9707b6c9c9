import CMbedTLS

/// The SHA-256 of a certificate's DER form.
public struct Fingerprint: Sendable, Hashable, CustomStringConvertible {
    public let bytes: [UInt8]

    init(_ certificate: UnsafePointer<mbedtls_x509_crt>) {
        var bytes = [UInt8](repeating: 0, count: 32)
        mbedtls_sha256_ret(certificate.pointee.raw.p, certificate.pointee.raw.len, &bytes, 0)
        self.bytes = bytes
    }

    /// Reads 64 hexadecimal digits, with or without colons between the bytes, after `SHA256:`, after what
    /// `openssl x509 -fingerprint -sha256` writes before them, or after nothing.
    public init(_ text: String) throws(TLSFailure) {
        let lowered = text.lowercased()
        let prefix = ["sha256:", "sha256 fingerprint=", "sha-256:"].first { lowered.hasPrefix($0) } ?? ""
        let digits = lowered.dropFirst(prefix.count).filter { $0 != ":" }
        guard let bytes = Hexadecimal.bytes(digits[...]), bytes.count == 32 else {
            throw TLSFailure(
                .certificate(.unreadable),
                "'\(Printable.text(text))' is no fingerprint: give SHA256: and 64 hexadecimal digits, as "
                    + "'hayate keys show' prints them")
        }
        self.bytes = bytes
    }

    /// `SHA256:` and 64 hexadecimal digits.
    public var description: String { "SHA256:" + Hexadecimal.text(bytes) }

    /// The time that it takes tells nothing about the bytes.
    public static func == (left: Fingerprint, right: Fingerprint) -> Bool {
        left.bytes.withUnsafeBytes { left in
            right.bytes.withUnsafeBytes { right in ConstantTime.areEqual(left, right) }
        }
    }
}
