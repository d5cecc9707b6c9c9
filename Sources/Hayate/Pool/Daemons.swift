import HayateCluster
import HayateCore
import HayateDaemon
import HayateLaunch
import HayateTransport
import Logging

/// Which daemons a pool has, and how they behave.
///
/// ```swift
/// .local(4)                                  // four processes of this executable
/// .local(4).maximumTasks(100)                // each replaced after 100 tasks
/// .listening(at: "tcp://127.0.0.1:5555")     // whoever dials in
/// .synchronous                               // no process: tasks run here, one after the other
/// ```
///
/// What is set here holds for all daemons that the pool starts, also later ones.
public struct Daemons: Sendable {
    /// Where daemons dial in; nil: a Unix socket in a directory that only the owner can enter.
    public var url: String?
    /// The cluster whose scheduler starts them; nil: none.
    public var place: SitePlace?
    /// The other machines that they run on; nil: none.
    public var remote: RemotePlace?
    /// Reaches a cluster whose `access` is by SSH; nil: such clusters cannot be used.
    public var connector: (any RemoteConnector)?
    /// What is started on the machines of such a cluster, unless its site names a program there; nil: `executable`,
    /// copied.
    public var remoteProgram: RemoteProgram?
    /// How many processes of this machine the pool starts and replaces.
    public var count: Int
    /// What is started; nil: this executable, which must call `Hayate.main`.
    public var executable: String?
    /// What comes before the daemon's own arguments.
    public var arguments: [String] = []
    /// Variables added to the daemons' environment.
    public var environment: [String: String] = [:]
    /// How started daemons behave.
    public var options = DaemonOptions(url: "")
    /// What becomes of what tasks print.
    public var taskOutput = TaskOutputWay.collected
    /// The dispatcher's numbers.
    public var limits = DispatchLimits()
    /// How fast lost daemons are replaced.
    public var replacement = PoolSizing.Limits()
    /// Between two signs of life, both ways.
    public var heartbeat: Duration = .seconds(5)
    /// Where the log lines of tasks go.
    public var onLog: @Sendable (TaskLogLine) -> Void = Daemons.logToStandardLogger
    /// The name of the profile, for spans and metrics.
    var profile = "default"
    /// Makes the random numbers of tasks repeatable: see `seed(_:)`.
    public var seed: Int32?
    /// How host and daemons show each other who they are, at an address that is no Unix socket.
    public var security = PoolSecurity()
    /// Whether `tcp://` is used although nothing protects it, also to other machines.
    public var allowsPlaintext = false
    /// Whether tasks run in this process.
    public internal(set) var isSynchronous = false
    /// What makes its queue outlive this process; nil: nothing does.
    var durability: Durability?
    /// How values of types that cannot be `Codable` travel; empty: by those registered for the process.
    var hooks = HookTable()

    /// So many processes of this machine; 0 or more.
    public static func local(_ count: Int, executable: String? = nil) -> Daemons {
        Daemons(url: nil, count: count, executable: executable)
    }

    /// None are started: daemons dial in at this URL, e.g. started by `hayate daemon URL`.
    public static func listening(at url: String) -> Daemons {
        Daemons(url: url, count: 0, executable: nil)
    }

    /// No other process: the tasks run in this one, one after the other, on a thread of their own.
    ///
    /// For debugging, and for machines that allow no processes. What tasks print is printed; a task that
    /// crashes takes this process with it. A timeout resolves the task in time whether or not it listens;
    /// the next one starts when it has ended. Nothing can be launched, and a number of daemons has no
    /// meaning.
    public static var synchronous: Daemons {
        Daemons(url: nil, count: 0, executable: nil).with { $0.isSynchronous = true }
    }

    init(url: String?, count: Int, executable: String?) {
        self.url = url
        self.count = count
        self.executable = executable
    }

    /// A copy with a changed setting.
    public func with(_ change: (inout Daemons) -> Void) -> Daemons {
        var copy = self
        change(&copy)
        return copy
    }

    /// Each daemon leaves, and is replaced, after so many tasks; at least 1.
    public func maximumTasks(_ count: UInt64) -> Daemons {
        with { $0.options.maximumTasks = max(1, count) }
    }

    /// Each daemon leaves after this long without a task; it is started again when tasks wait.
    public func idleTime(_ duration: Duration) -> Daemons { with { $0.options.idleTime = duration } }

    /// Each daemon takes no new task after this long, and is replaced.
    public func wallTime(_ duration: Duration) -> Daemons { with { $0.options.wallTime = duration } }

    /// Each daemon runs several tasks at once, as many as fit into what it has; nil: one at a time.
    ///
    /// Tasks say what they need with `resources:`; those that say nothing need one processor. See docs/resources.md.
    /// What Swift tasks print then goes where the daemon's own output goes, nothing is put back after them (`cleanUp`),
    /// and they submit no tasks of their own.
    public func resources(_ resources: DaemonResources?) -> Daemons {
        with {
            $0.options.resources = resources
            $0.options.offersAllCPUs = false
            $0.options.findsGPUs = false
        }
    }

    /// What daemons do when the pool is closed, or its host is gone for good: stop their task and leave
    /// (`.now`); finish it and leave; or stop it and stay, for the next pool at the same URL.
    ///
    /// `close()` does not wait for daemons that finish a task or stay. `close(endingAll: true)`, also of
    /// the next pool, ends all.
    public func autoExit(_ when: DaemonSession.AutoExit) -> Daemons { with { $0.options.autoExit = when } }

    /// How long a task may go on after it was told to stop, before its daemon is ended and replaced
    /// (5 s).
    public func stopGrace(_ duration: Duration) -> Daemons { with { $0.limits.stopGrace = duration } }

    /// How many bytes of encoded tasks may wait for a daemon (2 GiB); nil, 0 and less: as many as there is
    /// memory. What runs does not count. A single task waits in any case, however large.
    ///
    /// `mirai` then gives a mirai with the error `queueFull`, `tryMirai` nil; `submit` and `map` wait.
    public func maximumMemory(_ bytes: Int?) -> Daemons {
        with { $0.limits.queuedBytes = bytes.map { $0 > 0 ? $0 : .max } ?? .max }
    }

    /// Tasks go at once to one daemon after the other in turn, each of which has its own backlog; there is
    /// no common queue as long as a daemon is there, and nothing is taken back from a busy daemon for an
    /// idle one. Less traffic between host and daemons, for tasks that take equally long.
    ///
    /// Tasks of a lost daemon go to the others, or end as `daemonLost` with `retry: .never`.
    public func withoutDispatcher() -> Daemons { with { $0.limits.scheduling = .roundRobin } }

    /// What becomes of what tasks print; see `TaskOutputWay`.
    public func output(_ way: TaskOutputWay) -> Daemons { with { $0.taskOutput = way } }

    /// What each daemon puts back after a task, as its set-up left it; everything unless this is called.
    public func cleanUp(_ parts: CleanUp) -> Daemons { with { $0.options.cleanUp = parts } }

    /// Gives each task a random stream of its own, so that a program draws the same numbers whatever the
    /// number of daemons and whichever of them runs what.
    ///
    /// Streams are those of L'Ecuyer's MRG32k3a (`MRG32k3a`), handed out in the order of submission: the
    /// first task has the state after R's `set.seed(seed, kind = "L'Ecuyer-CMRG")`, each further one the next
    /// of `parallel::nextRNGStream`. That is what R's mirai does with the same seed, so that there `runif` and
    /// here `context.random.nextUnit()` give the same numbers. A task that was refused, and set-ups
    /// (`everywhere`), use none up; a task that is started again has the same stream again.
    public func seed(_ seed: Int32) -> Daemons { with { $0.seed = seed } }

    /// Logs a task's line through swift-log, under the label `hayate.task`.
    @Sendable
    public static func logToStandardLogger(_ line: TaskLogLine) {
        let done = line.progress.map { "\(Int(($0 * 100).rounded())) % " } ?? ""
        Logger(label: "hayate.task").log(
            level: line.level, "\(done)\(line.text)",
            metadata: ["task": "\(line.task)", "daemon": "\(line.daemon)"])
    }
}

/// What becomes of what tasks write to standard output and error.
public enum TaskOutputWay: String, Sendable, Hashable, CaseIterable {
    /// It comes to the caller with the outcome: `Mirai.output`.
    case collected
    /// It appears where this process's own output does. Of local daemons only.
    case passedOn
    /// It is dropped. Of local daemons only; others keep it to themselves.
    case discarded
}

extension Daemons {
    /// Checks what can be checked without doing anything.
    /// - Throws: `HayateError.invalidArgument` or `.transport`, with the value and the remedy.
    func validate() throws(HayateError) {
        guard count >= 0 else {
            throw HayateError(
                .invalidArgument, "the number of daemons must be zero or greater, and is \(count)")
        }
        for (name, time) in [
            ("idleTime", options.idleTime), ("wallTime", options.wallTime), ("stopGrace", limits.stopGrace),
            ("lease", options.lease),
        ] {
            guard time ?? .zero >= .zero else {
                throw HayateError(
                    .invalidArgument, "\(name) must not be negative, and is \(time ?? .zero)")
            }
        }
        try validateResources()
        guard heartbeat > .zero else {
            throw HayateError(.invalidArgument, "heartbeat must be more than zero, and is \(heartbeat)")
        }
        guard !environment.keys.contains(where: { $0.isEmpty || $0.contains("=") }) else {
            throw HayateError(
                .invalidArgument,
                "the environment has a variable whose name is empty or holds \"=\": leave it out")
        }
        if let remote { try remote.validate(for: self) }
        if let url { _ = try Self.endpoint(url, allowsPlaintext: allowsPlaintext) }
        guard options.autoExit != .never || url != nil || isSynchronous else {
            throw HayateError(
                .invalidArgument,
                "daemons that never leave need an address at which the next host can listen: give the "
                    + "pool a url, such as ipc:///run/user/1000/pool")
        }
    }

    /// Reads an address at which a pool may listen.
    static func endpoint(_ url: String, allowsPlaintext: Bool) throws(HayateError) -> Endpoint {
        let endpoint: Endpoint
        do {
            endpoint = try Endpoint(url)
        } catch {
            throw HayateError(.transport, error.message)
        }
        guard endpoint.isProtectable || allowsPlaintext else {
            throw HayateError(
                .transport,
                "\(url) would send tasks over the network unprotected: write tls+tcp://, or spell out "
                    + "allowsPlaintext (--insecure-plaintext)")
        }
        return endpoint
    }
}
