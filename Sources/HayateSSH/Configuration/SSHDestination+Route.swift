import HayateLaunch

extension SSHDestination {
    /// Settles how one machine is reached, with its `jumps`.
    /// - Throws: `RemoteError` at `.configuration`, which names file and line.
    static func resolve(_ host: RemoteHost, _ ssh: SSH) throws(RemoteError) -> SSHDestination {
        let way = try route(to: host, ssh)
        var destination = way[way.count - 1]
        destination.jumps = way.dropLast().map(\.named)
        return destination
    }

    /// All that the way goes through, from the nearest machine to the one that is meant, each with its own settings
    /// and without `jumps`. Only the first can have a `proxyCommand`; each of the others is reached through the one
    /// before it.
    static func route(to host: RemoteHost, _ ssh: SSH) throws(RemoteError) -> [SSHDestination] {
        let destination = try SSHDestination(host, ssh)
        return try way(to: destination, ssh, behind: [])
    }

    /// - Parameter behind: what is reached through `destination`, the nearest first.
    private static func way(
        to destination: SSHDestination, _ ssh: SSH, behind: [SSHDestination]
    ) throws(RemoteError) -> [SSHDestination] {
        let named = (behind.last ?? destination).named.description
        if behind.contains(where: { $0.isSameMachine(as: destination) }) {
            let names = (behind.reversed() + [destination]).map(\.named.description).joined(separator: " through ")
            throw RemoteError(
                host: named, .configuration,
                "the way to it goes in a circle (\(names)): write ProxyJump none for the machine that is reached "
                    + "directly")
        }
        guard behind.count < 16 else {
            throw RemoteError(
                host: named, .configuration, "the way to it has more than 16 machines: look at the lines ProxyJump")
        }
        guard let nearest = destination.jumps.first else { return [destination] }
        // As in OpenSSH, only the nearest one's own ProxyJump counts; the others are reached through each other.
        var hops: [SSHDestination] = []
        for jump in destination.jumps.dropFirst() {
            var hop = try SSHDestination(jump, ssh)
            hop.jumps = []
            hop.proxyCommand = nil
            hops.append(hop)
        }
        var last = destination
        last.jumps = []
        last.proxyCommand = nil
        let rest = hops + [last]
        for (index, hop) in rest.enumerated() where rest[..<index].contains(where: { $0.isSameMachine(as: hop) }) {
            throw RemoteError(
                host: named, .configuration,
                "the way to it goes through \(hop.named) twice: name each machine once in ProxyJump")
        }
        return try way(to: SSHDestination(nearest, ssh), ssh, behind: rest + behind) + rest
    }

    private func isSameMachine(as other: SSHDestination) -> Bool {
        hostName.lowercased() == other.hostName.lowercased() && port == other.port
    }
}
