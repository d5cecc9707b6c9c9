import HayateCluster
import HayateCore

/// Opens ways to other machines.
public protocol RemoteConnector: Sendable {
    /// Connects, checks who the machine is, and logs in.
    func connect(to host: RemoteHost) async throws(RemoteError) -> any RemoteConnection
}

/// An open way to another machine: one for each machine, which does many things at the same time.
///
/// It does not come back once it has broken: `RemoteMachine` opens another one.
public protocol RemoteConnection: AnyObject, CommandTransport {
    /// The machine as it was named.
    var host: RemoteHost { get }
    /// This machine's address that the other one was reached from; nil where others are on the way.
    var ownAddress: String? { get }
    /// Why it has broken; nil while it holds.
    var failure: RemoteError? { get }

    /// Runs a script of `/bin/sh` to its end, or to that of its time. It reaches the other side by standard input, so
    /// that nothing of it is seen among the processes there. What it starts behind itself stays when it ends.
    ///
    /// The answer to a script or a command whose connection broke is `notStarted` if it has certainly not begun, and
    /// otherwise `timedOut`, with the reason in `errors`: what it has done nobody knows.
    func run(script: String, timeLimit: Duration) async -> CommandAnswer

    /// Writes a file through SFTP: beside its place, and then in its place, so that nobody sees half of it.
    /// - Parameters:
    ///   - path: absolute, or from the home directory.
    ///   - mode: its permissions; nobody has more at any time.
    func upload(_ content: RemoteContent, to path: String, mode: UInt32) async throws(RemoteError)

    /// Has the other machine listen, and connects whoever dials there with a socket of this machine.
    /// - Parameters:
    ///   - port: 0: one that is free there.
    ///   - address: where it listens; `127.0.0.1` unless the other side allows more (`GatewayPorts`).
    ///   - local: this machine's address and port, to which each connection is handed on.
    /// - Returns: the port there.
    func forward(
        _ port: UInt16, on address: String, to local: (host: String, port: UInt16)
    ) async throws(RemoteError) -> UInt16

    /// Calls once when the connection has broken or was closed; at once if it has already.
    func whenEnded(_ body: @escaping @Sendable () -> Void)

    /// Ends it with everything that runs in it. Idempotent.
    func close() async
}

/// What a file on another machine shall hold.
public enum RemoteContent: Sendable {
    case bytes([UInt8])
    /// A file of this machine.
    case file(String)
}
