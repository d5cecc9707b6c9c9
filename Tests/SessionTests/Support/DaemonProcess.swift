import Glibc
import HayateDaemon
import HayateLaunch

/// A daemon that a test has started by hand; it is killed with its owner.
final class DaemonProcess: Sendable {
    private let process: LocalProcess

    init(_ url: String) throws {
        process = try LocalProcess.spawn(
            executable: Program.testDaemon, arguments: [DaemonOptions.marker, url], standardOutput: nil,
            standardError: nil, onExit: { _ in })
    }

    deinit {
        process.send(signal: SIGCONT)
        process.send(signal: SIGKILL)
    }
}
