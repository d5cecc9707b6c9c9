import CMbedTLS
import Glibc

/// A name or an address that a certificate is for.
public enum CertificateName: Sendable, Hashable, CustomStringConvertible {
    /// In small letters, without a dot at the end; the left-most part may be `*`.
    case dns(String)
    /// 4 or 16 bytes.
    case address([UInt8])

    /// Tells addresses from names; addresses may stand in brackets, as in a URL.
    public init(_ text: String) throws(TLSFailure) {
        if let address = Self.address(text) {
            self = .address(address)
            return
        }
        let name = Self.normal(text)
        guard Self.isName(name) else {
            throw TLSFailure(
                .certificate(.unreadable),
                "'\(Printable.text(text))' is neither a host name nor an address: names have letters, digits, "
                    + "hyphens and dots, and at most 253 of them")
        }
        self = .dns(name)
    }

    public var description: String {
        switch self {
        case .dns(let name): name
        case .address(let bytes): Self.text(ofAddress: bytes)
        }
    }

    /// Names are compared in small letters and without the dot of the root.
    static func normal(_ name: String) -> String {
        let lowered = name.lowercased()
        return lowered.hasSuffix(".") ? String(lowered.dropLast()) : lowered
    }

    private static func isName(_ name: String) -> Bool {
        guard !name.isEmpty, name.utf8.count <= 253 else { return false }
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        return labels.enumerated().allSatisfy { index, label in
            // Underscores are no host names to the letter, but machines of clusters have them.
            if index == 0, label == "*", labels.count > 1 { return true }
            return (1...63).contains(label.utf8.count)
                && label.utf8.allSatisfy {
                    ($0 >= 0x61 && $0 <= 0x7a) || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x2d || $0 == 0x5f
                }
        }
    }

    /// - Returns: nil if the text is no address.
    static func address(_ text: String) -> [UInt8]? {
        var text = text[...]
        if text.hasPrefix("["), text.hasSuffix("]") { text = text.dropFirst().dropLast() }
        // Which of this machine's networks an address is on (`%eth0`) is nobody else's business.
        text = text.prefix { $0 != "%" }
        for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
            var bytes = [UInt8](repeating: 0, count: count)
            if inet_pton(family, String(text), &bytes) == 1 { return bytes }
        }
        return nil
    }

    static func text(ofAddress bytes: [UInt8]) -> String {
        guard bytes.count == 4 || bytes.count == 16 else { return "an address of \(bytes.count) bytes" }
        var text = [CChar](repeating: 0, count: 64)
        let family = bytes.count == 4 ? AF_INET : AF_INET6
        guard inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil else { return "an address" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// What a certificate says that it is for.
struct CertificateNames {
    var dns: [[UInt8]] = []
    var addresses: [[UInt8]] = []
    /// Whether it has the extension for names, with whatever in it: then its common name does not count.
    var hasExtension = false
    var commonName: [UInt8]?

    init(_ certificate: UnsafePointer<mbedtls_x509_crt>) {
        hasExtension = certificate.pointee.ext_types & MBEDTLS_X509_EXT_SUBJECT_ALT_NAME != 0
        if hasExtension {
            withUnsafePointer(to: certificate.pointee.subject_alt_names) { first in
                var next: UnsafePointer<mbedtls_asn1_sequence>? = first
                while let entry = next {
                    let bytes = Array(
                        UnsafeBufferPointer(start: entry.pointee.buf.p, count: entry.pointee.buf.len))
                    // The kind is in the low bits: 2 is a name, 7 an address (RFC 5280, section 4.2.1.6).
                    switch entry.pointee.buf.tag & Int32(MBEDTLS_ASN1_TAG_VALUE_MASK) {
                    case 2: dns.append(bytes)
                    case 7: addresses.append(bytes)
                    default: break
                    }
                    next = UnsafePointer(entry.pointee.next)
                }
            }
        }
        withUnsafePointer(to: certificate.pointee.subject) { first in
            var next: UnsafePointer<mbedtls_asn1_named_data>? = first
            while let entry = next {
                let name = UnsafeBufferPointer(start: entry.pointee.oid.p, count: entry.pointee.oid.len)
                if name.elementsEqual(ObjectNames.commonName) {
                    commonName = Array(
                        UnsafeBufferPointer(start: entry.pointee.val.p, count: entry.pointee.val.len))
                }
                next = UnsafePointer(entry.pointee.next)
            }
        }
    }

    /// All of them, harmless to print.
    var texts: [String] {
        if hasExtension {
            return dns.map { Printable.text($0) } + addresses.map { CertificateName.text(ofAddress: $0) }
        }
        return commonName.map { [Printable.text($0)] } ?? []
    }
}
