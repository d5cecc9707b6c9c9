import HayateCluster
import HayateCore

/// A machine that one works on for a long time: its connection is opened when it is first needed, and again with
/// growing pauses when it has broken, with the same tunnels.
public final class RemoteMachine: CommandTransport {
    public let host: RemoteHost
    private let connector: any RemoteConnector

    public init(_ host: RemoteHost, by connector: any RemoteConnector) {
        self.host = host
        self.connector = connector
    }

    /// The connection that holds now, or the next one.
    /// - Throws: why none can be had: at once for what another try would not better, otherwise after `patience`.
    public func connection() async throws(RemoteError) -> any RemoteConnection {
        fatalError("comes next")
    }

    public func run(_ line: CommandLine) async -> CommandAnswer {
        fatalError("comes next")
    }

    public func run(script: String, timeLimit: Duration) async -> CommandAnswer {
        fatalError("comes next")
    }

    /// Has the other machine listen as `RemoteConnection.forward` does, also through later connections and then at the
    /// same port.
    /// - Parameter ports: tried in their order; empty: one that is free there.
    public func tunnel(
        on address: String = "127.0.0.1", ports: [UInt16] = [], to local: (host: String, port: UInt16)
    ) async throws(RemoteError) -> UInt16 {
        fatalError("comes next")
    }

    /// Calls after each time that the connection was rebuilt.
    public func whenRestored(_ body: @escaping @Sendable () -> Void) {
        fatalError("comes next")
    }

    /// For good.
    public func close() async {
        fatalError("comes next")
    }
}
