/// What a job of a batch scheduler shall have, in words that all schedulers share.
///
/// What is nil is left to the site's profile, and then to the scheduler.
public struct JobRequest: Hashable, Sendable {
    /// What people see in the queue's list; the launcher makes it unique.
    public var name: String?
    /// Partition of Slurm, queue of the others; nil: chosen from the limits of the site's queues.
    public var queue: String?
    public var account: String?
    /// Where it is something else than the account: PBS Pro, Grid Engine, LSF.
    public var project: String?
    public var qualityOfService: String?
    public var reservation: String?
    /// Names of licences and how many of each.
    public var licences: [Licence] = []
    /// How many machines; nil: one.
    public var nodes: Int?
    /// How many processes (MPI ranks, or daemons) on each machine; nil: one.
    public var tasksPerNode: Int?
    /// Processors of each task; nil: one.
    public var cpus: Int?
    /// Memory of the job on each machine.
    public var memory: MemorySize?
    /// How long the job may run.
    public var wallTime: Duration?
    /// Graphics processors on each machine.
    public var gpus: GPURequest?
    /// Whether the machines are for this job alone.
    public var isExclusive: Bool?
    /// What the machines must have: `--constraint` of Slurm, `select[…]` of LSF, `-l` of Grid Engine, a property of Torque.
    public var constraint: String?
    /// Whether this is a job of so many elements.
    public var array: ArrayRequest?
    /// The file for what the job prints: `{name}`, `{job}`, `{task}`, `{user}` and `{host}` stand for what they
    /// say, as far as the scheduler knows them.
    public var output: String?
    /// The same for errors; nil: with the output.
    public var errorOutput: String?
    /// Where the job starts; nil: where it was submitted.
    public var directory: String?
    /// Variables of the job. Nothing else is passed on.
    public var environment: [String: String] = [:]
    /// Names for `module load`.
    public var modules: [String] = []
    /// Lines of shell before the command, after the modules.
    public var prologue: [String] = []
    /// Lines of shell after the command, whatever its exit code; the job ends with the command's.
    public var epilogue: [String] = []
    public var dependencies: [JobDependency] = []
    /// A signal some time before the limit, where the scheduler can.
    public var warning: WarningSignal?
    public var mail: MailRequest?
    /// In the scheduler's own numbers.
    public var priority: Int?
    /// Whether the scheduler may start it again after it lost a node or made room; nil: no.
    public var isRequeued: Bool?
    /// Whether it waits until somebody releases it.
    public var isHeld: Bool?
    /// Directives that are added as they are, without their prefix: `--switches=1`.
    public var extraDirectives: [String] = []
    /// Directives that are left out, by their option: `--mem`.
    public var dropDirectives: [String] = []
    /// Words for the command line of `sbatch`, `qsub` or `bsub`, as they are.
    public var rawOptions: [String] = []
    /// The template of the script's layout; nil: the site's, or the scheduler's own.
    public var template: String?

    public init() {}
}

/// A licence that a job needs.
public struct Licence: Hashable, Sendable {
    public var name: String
    /// 1 or more.
    public var count: Int

    public init(_ name: String, count: Int = 1) {
        self.name = name
        self.count = count
    }
}

/// Graphics processors of a job on each of its machines.
public struct GPURequest: Hashable, Sendable {
    /// 1 or more.
    public var count: Int
    /// The site's word for a model, such as `a100`; nil: any.
    public var type: String?

    public init(_ count: Int, type: String? = nil) {
        self.count = count
        self.type = type
    }
}

/// A job of many elements.
public struct ArrayRequest: Hashable, Sendable {
    /// 1 or more.
    public var count: Int
    /// How many may run at once; nil: as many as there is room.
    public var throttle: Int?

    public init(_ count: Int, throttle: Int? = nil) {
        self.count = count
        self.throttle = throttle
    }
}

/// A condition on other jobs.
public struct JobDependency: Hashable, Sendable {
    public enum Condition: String, Hashable, Sendable, CaseIterable {
        /// They have started.
        case after
        /// They have ended, however.
        case afterAny
        /// They have ended well.
        case afterOK
        /// They have failed.
        case afterNotOK
        /// Each element waits for the same element of theirs.
        case afterCorresponding
    }

    public var condition: Condition
    public var jobs: [JobID]

    public init(_ condition: Condition, _ jobs: [JobID]) {
        self.condition = condition
        self.jobs = jobs
    }
}

/// A signal that shall come before the end of the time.
public struct WarningSignal: Hashable, Sendable {
    /// Without `SIG`: `USR1`, `TERM`.
    public var name: String
    /// How long before.
    public var before: Duration

    public init(_ name: String, before: Duration) {
        self.name = name
        self.before = before
    }
}

/// When the scheduler writes to whom.
public struct MailRequest: Hashable, Sendable {
    public enum Event: String, Hashable, Sendable, CaseIterable { case begin, end, fail }

    public var address: String
    public var events: Set<Event>

    public init(_ address: String, events: Set<Event> = [.end, .fail]) {
        self.address = address
        self.events = events
    }
}
