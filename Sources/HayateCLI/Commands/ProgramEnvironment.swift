import Hayate
import HayateCluster
import HayateDaemon
import HayateLaunch
import HayateSSH

/// What the commands need from outside: descriptors, and those who do the work.
///
/// A task-local value, because the structs of ArgumentParser are made by decoding and can hold
/// nothing else.
struct ProgramEnvironment: Sendable {
    typealias Body = @Sendable (any ElementExecutor) async throws -> Int32

    @TaskLocal static var current = ProgramEnvironment()

    var input: Int32 = 0
    var output: Int32 = 1
    var error: Int32 = 2
    /// Whether Ctrl-C is ours to handle.
    var handlesSignals = false

    /// Starts daemons, runs the body with them, and leaves no process behind. Passes on what the
    /// body returns and throws.
    var withExecutor: @Sendable (ExecutorOptions, Body) async throws -> Int32 = { _, _ in
        throw CommandLineError.noExecutor
    }

    /// Is a daemon until there is no more to do.
    ///
    /// - Returns: the exit code of the process.
    var runDaemon: @Sendable (DaemonOptions) async throws -> Int32 = { _ in
        throw CommandLineError.noExecutor
    }

    /// Is a dispatcher for another host until there is no more to do.
    ///
    /// - Returns: the exit code of the process.
    var runDispatcher: @Sendable (DispatcherOptions) async throws -> Int32 = { _ in
        throw CommandLineError.noExecutor
    }

    /// Where the log's lines go; nil: there is no log.
    var log: LogLines?

    /// The registry of allocations; nil: the user's.
    var registry: AllocationRegistry?

    /// Runs a cluster's commands; nil where that cannot be done from here.
    var transport: @Sendable (ClusterAccess, SSH) -> (any CommandTransport)? = { access, ssh in
        if case .local = access { return LocalCommands() }
        return try? FarMachines.shared.machine(access, by: RemoteLogins(ssh))
    }

    /// Reaches other machines.
    var connector: @Sendable (SSH) -> any RemoteConnector = { RemoteLogins($0) }

    /// Reaches sessions, and starts them.
    var sessions = SessionAccess()

    /// Finds the sites of this machine.
    var siteFinder: @Sendable () -> SiteFinder = { SiteFinder() }

    func write(_ text: String, to descriptor: Int32) {
        _ = Array(text.utf8).withUnsafeBytes { writeAll($0, to: descriptor) }
    }
}

/// Which daemons to start.
struct ExecutorOptions: Sendable {
    /// How many daemons at the most, at least 1, or 0 where others can join.
    var daemons: Int
    /// Where others can join; nil: nowhere.
    var place: ListenOptions?
    /// The cluster whose scheduler starts them; nil: none.
    var cluster: SitePlace?
    /// The other machines that they run on; nil: none.
    var remote: RemoteRequest?
    /// How other machines are logged in to, but for whom to ask.
    var ssh = SSH()
    /// What each daemon has, where commands ask for resources; nil: it runs one command at a time.
    var offer: Offer?
}
