import HayateCore
import HayateDaemon
import Logging

/// Which daemons a pool has, and how they behave.
///
/// ```swift
/// .local(4)                                  // four processes of this executable
/// .local(4).maximumTasks(100)                // each replaced after 100 tasks
/// .listening(at: "tcp://127.0.0.1:5555")     // whoever dials in
/// ```
public struct Daemons: Sendable {
    /// Where daemons dial in; nil: a Unix socket in a directory that only the owner can enter.
    public var url: String?
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
    /// The dispatcher's numbers.
    public var limits = DispatchLimits()
    /// How fast lost daemons are replaced.
    public var replacement = PoolSizing.Limits()
    /// Between two signs of life, both ways.
    public var heartbeat: Duration = .seconds(5)
    /// Where the log lines of tasks go.
    public var onLog: @Sendable (TaskLogLine) -> Void = Daemons.logToStandardLogger
    /// Makes the random numbers of tasks repeatable: see `seed(_:)`.
    public var seed: Int32?
    /// Whether plain `tcp://` to other machines is allowed although nothing protects it.
    public var allowsPlaintext = false

    /// So many processes of this machine.
    public static func local(_ count: Int, executable: String? = nil) -> Daemons {
        Daemons(url: nil, count: max(0, count), executable: executable)
    }

    /// None are started: daemons dial in at this URL, e.g. started by `hayate daemon URL`.
    public static func listening(at url: String) -> Daemons {
        Daemons(url: url, count: 0, executable: nil)
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

    /// Each daemon leaves, and is replaced, after so many tasks.
    public func maximumTasks(_ count: UInt64) -> Daemons {
        with { $0.options.maximumTasks = max(1, count) }
    }

    /// Each daemon leaves after this long without a task; it is started again when tasks wait.
    public func idleTime(_ duration: Duration) -> Daemons { with { $0.options.idleTime = duration } }

    /// Each daemon takes no new task after this long, and is replaced.
    public func wallTime(_ duration: Duration) -> Daemons { with { $0.options.wallTime = duration } }

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
        Logger(label: "hayate.task").log(
            level: line.level, "\(line.text)",
            metadata: ["task": "\(line.task)", "daemon": "\(line.daemon)"])
    }
}
