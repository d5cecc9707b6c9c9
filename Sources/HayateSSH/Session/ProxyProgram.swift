import CSystem
import Glibc
import HayateCore
import HayateLaunch

/// The program of a `ProxyCommand`, whose standard input and output are the way to the machine.
final class ProxyProgram: Sendable {
    private let process: LocalProcess
    private let errors: Int32
    private let exit: BlockingOutcome<ProcessExit>

    /// Ours is `descriptor`.
    static func start(
        _ command: String, errorName: String
    ) throws(RemoteError) -> (program: ProxyProgram, descriptor: Int32) {
        func fail(_ reason: String) -> RemoteError { RemoteError(host: errorName, .connect, reason) }
        let errors = hayate_output_file()
        guard errors >= 0, let (ours, its) = HostSocket.pair(nonBlockingFirst: true) else {
            if errors >= 0 { close(errors) }
            throw fail("no descriptors are left for its ProxyCommand: see how many files are open here")
        }
        defer { close(its) }
        let exit = BlockingOutcome<ProcessExit>()
        do {
            let process = try LocalProcess.spawn(
                executable: "/bin/sh", arguments: ["-c", "exec \(command)"], standardInput: its, standardOutput: its,
                standardError: errors, onExit: { exit.set($0) })
            return (ProxyProgram(process: process, errors: errors, exit: exit), ours)
        } catch {
            close(ours)
            close(errors)
            throw fail("its ProxyCommand did not start: \(error.description)")
        }
    }

    private init(process: LocalProcess, errors: Int32, exit: BlockingOutcome<ProcessExit>) {
        self.process = process
        self.errors = errors
        self.exit = exit
    }

    deinit {
        close(errors)
    }

    /// What it said at last, and how it ended if it did.
    var lastWords: String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        var status = stat()
        let size = fstat(errors, &status) == 0 ? Int(status.st_size) : 0
        let count = pread(errors, &buffer, buffer.count, off_t(max(0, size - buffer.count)))
        let text = String(decoding: buffer[..<max(0, count)], as: UTF8.self)
        let line = text.split(whereSeparator: \.isNewline).last.map { "ProxyCommand: \($0)" }
        guard let exit = exit.wait(until: 0) else { return line }
        return (line ?? "ProxyCommand") + ", which ended (\(exit))"
    }

    /// Ends it, and waits until it is gone.
    func end() {
        process.terminate(graceMilliseconds: 1000)
        _ = exit.wait()
    }
}
