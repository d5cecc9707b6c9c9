import Glibc
import HayateCore

/// Why this machine has no address to listen at, in one sentence with the remedy.
public struct AddressError: Error, Hashable, Sendable, CustomStringConvertible {
    public var description: String

    public init(_ description: String) { self.description = description }
}

/// The address of this machine that daemons on other machines dial.
public struct DialBackAddress: Hashable, Sendable {
    /// A name or an address, without brackets.
    public var host: String
    /// Why this one, for people.
    public var reason: String

    /// Chooses the address.
    ///
    /// For the way to the cluster's machines, the system is asked which of this machine's addresses it would send
    /// from; nothing is sent. Where they disagree, the address for most of them is taken.
    /// - Parameter nodes: names or addresses of the cluster's machines; may be empty.
    /// - Throws: `AddressError` with what there is instead.
    public static func choose(
        _ way: DialBack, nodes: [String], all: [InterfaceAddress] = InterfaceAddress.all()
    ) throws(AddressError) -> DialBackAddress {
        switch way {
        case .host(let host):
            return DialBackAddress(host: host, reason: "the site's profile names it")
        case .interface(let name):
            guard let found = all.first(where: { $0.interface == name }) else {
                let names = Set(all.map(\.interface)).sorted().joined(separator: ", ")
                throw AddressError(
                    "network.dialBack names the interface \(name), which this machine has not or has no address: "
                        + "it has \(names)")
            }
            return DialBackAddress(host: found.address, reason: "the address of \(name)")
        case .network(let text):
            guard let network = AddressRange(text) else {
                throw AddressError(
                    "network.dialBack is \(text), but must be addresses like 10.0.0.0/8 or fd00::/8")
            }
            guard let found = all.first(where: { network.contains($0.address) }) else {
                let addresses = all.map(\.address).joined(separator: ", ")
                throw AddressError(
                    "no address of this machine lies in \(text), which network.dialBack asks for: it has \(addresses)")
            }
            return DialBackAddress(host: found.address, reason: "the address in \(text)")
        case .route:
            return byRoute(to: nodes, all)
        }
    }

    private static func byRoute(to nodes: [String], _ all: [InterfaceAddress]) -> DialBackAddress {
        var votes: [String: Int] = [:]
        var example: [String: String] = [:]
        // Names are asked for one after the other, which may take a name server's time each.
        for node in nodes.prefix(16) {
            guard let own = ownAddress(towards: node) else { continue }
            votes[own, default: 0] += 1
            example[own] = example[own] ?? node
        }
        if let best = votes.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }) {
            return DialBackAddress(
                host: best.key, reason: "the address on the way to \(example[best.key] ?? "the nodes")")
        }
        let first = all.first { !$0.isLoopback } ?? all.first
        return DialBackAddress(
            host: first?.address ?? "127.0.0.1",
            reason: nodes.isEmpty
                ? "this machine's first address, as the scheduler names no machines"
                : "this machine's first address, as no machine of the scheduler could be found by its name")
    }

    /// The address from which this machine would send to another one.
    static func ownAddress(towards node: String) -> String? {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(node, "9", &hints, &list) == 0 else { return nil }
        defer { freeaddrinfo(list) }
        var next = list
        while let entry = next {
            next = entry.pointee.ai_next
            let descriptor = socket(entry.pointee.ai_family, Int32(SOCK_DGRAM.rawValue), 0)
            guard descriptor >= 0 else { continue }
            defer { close(descriptor) }
            // A datagram socket that is connected has a way, and has sent nothing.
            guard connect(descriptor, entry.pointee.ai_addr, entry.pointee.ai_addrlen) == 0 else { continue }
            var storage = sockaddr_storage()
            var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let text = withUnsafeMutableBytes(of: &storage) { bytes -> String? in
                guard let base = bytes.baseAddress else { return nil }
                let address = base.assumingMemoryBound(to: sockaddr.self)
                guard getsockname(descriptor, address, &size) == 0 else { return nil }
                return SocketAddress.text(address, Int(size))
            }
            if let text { return text }
        }
        return nil
    }
}
