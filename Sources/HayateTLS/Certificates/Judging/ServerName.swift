/// The name or address of a server, as it was dialled, and whether a certificate is for it.
struct ServerName: Sendable, Hashable {
    /// As it was dialled.
    let text: String
    private let address: [UInt8]?
    private let name: String

    init(_ text: String) {
        self.text = text
        address = CertificateName.address(text)
        name = CertificateName.normal(text)
    }

    /// What the client says in the open so that the server can choose its certificate; addresses are not
    /// allowed there (RFC 6066).
    var forIndication: String? {
        // mbedTLS takes no longer ones, and no name is longer.
        address == nil && (1...253).contains(name.utf8.count) ? name : nil
    }

    /// Whether a certificate with these names is for the server that was dialled.
    ///
    /// mbedTLS 2.28 compares no addresses, and nothing at all when it was told no name (CVE-2025-27809): this
    /// does not depend on what it finds.
    func isAmong(_ names: CertificateNames) -> Bool {
        if let address {
            // An address is never a name: not `127.0.0.1` as text, not by a wildcard.
            return names.addresses.contains(address)
        }
        guard !name.isEmpty else { return false }
        if names.hasExtension { return names.dns.contains { matches($0) } }
        return names.commonName.map { matches($0) } ?? false
    }

    /// The same name, or a pattern whose left-most part is `*` for exactly one part (RFC 6125, section 6.4).
    private func matches(_ pattern: [UInt8]) -> Bool {
        var pattern = pattern.map { $0 >= 0x41 && $0 <= 0x5a ? $0 + 0x20 : $0 }
        if pattern.last == 0x2e { pattern.removeLast() }
        let name = Array(name.utf8)
        if pattern == name { return true }
        guard pattern.starts(with: Array("*.".utf8)), let dot = name.firstIndex(of: 0x2e), dot > 0 else {
            return false
        }
        return pattern.dropFirst().elementsEqual(name[dot...]) && pattern.count > 2
    }
}
