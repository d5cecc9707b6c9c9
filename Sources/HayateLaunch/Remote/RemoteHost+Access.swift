import HayateCluster

extension RemoteHost {
    /// The machine where a cluster's commands are, as its site's profile names it; nil: they are here.
    /// - Throws: `RemoteError` for what is no name of a machine.
    public init?(_ access: ClusterAccess) throws(RemoteError) {
        guard case .ssh(let host, let user, let port, let jumps, let identity) = access else { return nil }
        let name = host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host
        try self.init((user.map { "\($0)@" } ?? "") + name + (port.map { ":\($0)" } ?? ""))
        for jump in jumps { self.jumps.append(try RemoteHost(jump)) }
        self.identity = identity
    }
}
