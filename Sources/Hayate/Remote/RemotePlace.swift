import HayateLaunch

/// Which other machines a pool's daemons run on, and how they are reached.
public struct RemotePlace: Sendable {
    /// How daemons reach the host.
    public enum Way: Sendable, Hashable {
        /// They dial the host's address by TLS: `Daemons.url`, or a port that is free at the address from which the
        /// machine was reached.
        case direct
        /// They dial their own machine, which hands them on through the connection that started them. The host listens
        /// on loopback only.
        /// - Parameter ports: where the other machines listen, the first that is free; empty: any that is free.
        case tunnel(ports: [UInt16])

        /// Any port that is free there.
        public static var tunnel: Way { .tunnel(ports: []) }
    }

    /// As `RemoteHost.init(_:)` reads them.
    public var hosts: [String]
    /// Daemons on each of them, at least 1.
    public var daemonsPerHost: Int
    public var connector: any RemoteConnector
    public var way = Way.direct
    /// nil: the pool's executable (`Daemons.executable`), uploaded.
    public var program: RemoteProgram?
    /// How many machines are connected to at the same time while the pool starts, at least 1.
    public var parallel = 8
    /// How long a machine that does not answer is tried before its daemons are given up; it is tried on, and used when
    /// it answers again.
    public var patience: Duration = .seconds(30)

    public init(_ hosts: [String], daemonsPerHost: Int = 1, by connector: any RemoteConnector) {
        self.hosts = hosts
        self.daemonsPerHost = daemonsPerHost
        self.connector = connector
    }
}

extension Daemons {
    /// So many daemons on each of these machines.
    ///
    /// ```swift
    /// try await withDaemons(.remote(["ssh://me@node1", "node2"], 4, by: SSH())) { pool in … }
    /// try await withDaemons(.remote(["node1"], 4, by: SSH()).tunnelled()) { pool in … }
    /// ```
    ///
    /// Lost ones are replaced. Nothing needs to be installed there: the program is copied there, once for each version
    /// of it. When the pool is closed, nothing of it runs there any more, and its key has been removed.
    public static func remote(
        _ hosts: [String], _ daemonsPerHost: Int = 1, by connector: any RemoteConnector
    ) -> Daemons {
        remote(RemotePlace(hosts, daemonsPerHost: daemonsPerHost, by: connector))
    }

    /// The same with all that can be said of the place.
    public static func remote(_ place: RemotePlace) -> Daemons {
        Daemons(url: nil, count: 0, executable: nil).with { $0.remote = place }
    }

    /// Daemons of other machines reach the host through the connections that started them.
    public func tunnelled(ports: [UInt16] = []) -> Daemons { with { $0.remote?.way = .tunnel(ports: ports) } }
}
