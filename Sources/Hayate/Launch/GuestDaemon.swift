import HayateCore
import HayateDaemon
import Synchronization

/// The one daemon of a synchronous pool: in this process, with a thread of its own, at the end of a real
/// connection. It leaves when its pool is closed.
final class GuestDaemon: Sendable {
    private let runtime: DaemonRuntime
    private let gone = RaceGate()

    init(at url: String, _ credentials: DaemonCredentials) throws(HayateError) {
        var options = DaemonOptions(url: url)
        options.credentials = credentials
        options.lease = .zero
        options.connectWithin = .seconds(10)
        options.reconnectWithin = .seconds(1)
        options.capturesOutput = false
        // The address is the pool's own, and was allowed before.
        options.allowsPlaintext = credentials.key == nil && !credentials.expectsCertificate
        do {
            runtime = try DaemonRuntime(options, home: .guest)
        } catch {
            throw HayateError(.launchFailed, error.description)
        }
    }

    func start() {
        let gone = gone
        runtime.start { gone.open() }
    }

    /// Returns when it has left: at once, or after the grace if its task does not stop.
    func hasLeft() async { await gone.wait() }
}
