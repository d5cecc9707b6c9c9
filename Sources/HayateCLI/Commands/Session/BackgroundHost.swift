import Foundation
import Hayate
import HayateLaunch
import Synchronization

/// A session's process that is to be started.
struct SessionLaunch: Sendable, Equatable {
    var name: String
    /// The session's directory, with the log.
    var path: String
    /// Where it runs.
    var directory: String
    var acceptsGaps: Bool
}

/// A session's process that was started.
protocol StartedHost: Sendable {
    var process: Int32 { get }
    /// How it ended; nil: it runs.
    var ending: ProcessExit? { get }
    /// What it wrote to the log so far.
    var said: String { get }
}

/// This very program as the process of a session, without a terminal, in a session of the system's of its own.
final class BackgroundHost: StartedHost {
    private let end = Mutex<ProcessExit?>(nil)
    private let started = Mutex<LocalProcess?>(nil)
    private let log: String
    private let logStart: Int

    private init(log: String, from start: Int) {
        self.log = log
        logStart = start
    }

    static func start(_ launch: SessionLaunch) throws -> BackgroundHost {
        let log = launch.path + "/" + SessionFiles.log
        let number = open(log, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard number >= 0 else { throw CommandLineError.outputFailed(log, systemMessage()) }
        let file = OwnedDescriptor(number)
        let host = BackgroundHost(log: log, from: Int(max(0, lseek(file.number, 0, SEEK_END))))
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        do {
            let process = try LocalProcess.spawn(
                executable: program,
                arguments: ["session", "host", "--name", launch.name] + (launch.acceptsGaps ? ["--accept-gaps"] : []),
                directory: launch.directory, standardOutput: file.number, standardError: file.number
            ) { exit in host.end.withLock { $0 = exit } }
            host.started.withLock { $0 = process }
        } catch {
            throw CommandLineError(code: .session, message: "\(error)", hint: "")
        }
        return host
    }

    var process: Int32 { started.withLock { $0?.pid ?? 0 } }
    var ending: ProcessExit? { end.withLock { $0 } }

    var said: String {
        guard let handle = FileHandle(forReadingAtPath: log) else { return "" }
        defer { try? handle.close() }
        try? handle.seek(toOffset: UInt64(logStart))
        return String(decoding: (try? handle.read(upToCount: 64 << 10)) ?? Data(), as: UTF8.self)
    }
}

/// Names of files in a session's directory that the commands know.
enum SessionFiles {
    static let log = "log"
}

/// What the process of a session is told on its command line.
struct HostRequest: Sendable, Equatable {
    var name: String
    var acceptsGaps = false
    /// Whether a person looks on: Ctrl-C stops the session, and the log has no times.
    var isInForeground = false
}

/// A session's process from within.
enum HostRun {
    /// Is the host of a session until it has ended. Its options are in its directory.
    static func run(_ request: HostRequest) async throws -> Int32 {
        let environment = ProgramEnvironment.current
        if !request.isInForeground {
            environment.log?.send { line in
                environment.write(Timestamp.text(Date()) + " " + line, to: environment.error)
                return true
            }
        }
        let path = try environment.sessions.path(request.name)
        guard let settings = try SessionSettings.read(path) else {
            throw CommandLineError.sessionWithoutSettings(request.name)
        }
        let options = try settings.parsed()
        let place = try options.executorOptions()
        let logins = RemoteLogins(place.ssh)
        var host = SessionHost.Options(daemons: try await place.pool(logins))
        host.name = request.name
        host.acceptsGaps = request.acceptsGaps
        if let lease = options.lease { host.lease = lease.duration }
        if let keep = options.keep { host.keep = keep.duration }
        let code = try await serve(try SessionHost(host), request, environment)
        await logins.close()
        return code
    }

    private static func serve(
        _ host: SessionHost, _ request: HostRequest, _ environment: ProgramEnvironment
    ) async throws -> Int32 {
        let interrupts = Interrupts { signal in
            guard signal == SIGINT else {
                // The machine goes down, or somebody wants this process away: as after a crash, daemons and jobs stay,
                // and the next host goes on with them. Whoever wants them to end says hayate session stop.
                environment.write(
                    "\(Timestamp.text(Date())) hayate: ended by signal \(signal); daemons and jobs of clusters stay, "
                        + "and hayate session start goes on with them\n", to: environment.error)
                _exit(128 + signal)
            }
            environment.write("\nhayate: stopping; press Ctrl-C again to end at once\n", to: environment.error)
            host.stop(draining: false)
        }
        defer { interrupts?.end() }
        try await host.run()
        if let first = interrupts?.first, first != 0 { return 128 + first }
        return ExitStatus.success
    }
}

extension CommandLineError {
    static func sessionWithoutSettings(_ name: String) -> CommandLineError {
        CommandLineError(
            code: .session, message: "session \(name) was never started",
            hint: "start it with hayate session start")
    }
}
