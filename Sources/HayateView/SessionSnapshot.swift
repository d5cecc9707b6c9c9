/// A session at one moment, as people see it. Times are seconds since 1970, lengths of time seconds.
public struct SessionSnapshot: Codable, Hashable, Sendable {
    public var session: SessionFacts
    public var pools: [PoolView] = []
    public var daemons: [DaemonView] = []
    public var allocations: [AllocationView] = []
    public var submissions: [SubmissionView] = []
    /// The newest failures first.
    public var failures: [FailureView] = []
    /// Unfinished tasks in order of submission, as many as were asked for.
    public var tasks: [TaskView] = []

    public init(session: SessionFacts) { self.session = session }
}

/// What a session is and how its host is.
public struct SessionFacts: Codable, Hashable, Sendable {
    public var name: String
    public var host: String
    public var process: Int32
    /// When this host process began, and when the session was made.
    public var started: Double
    public var created: Double
    /// How often a host of it was started.
    public var epoch: Int
    /// Of the snapshot.
    public var now: Double
    /// `well`, or what is wrong with the journal in one sentence.
    public var journal: String
    /// Bytes on disk.
    public var journalBytes: Int64
    /// Whether it takes no more submissions and ends when all tasks have.
    public var isDraining: Bool
    /// Why nothing moves although tasks wait; nil: something moves, or nothing waits.
    public var stalled: String?
    /// Bytes of resident memory, and processor seconds used, of the host process.
    public var memoryBytes: Int64 = 0
    public var processorSeconds: Double = 0

    public init(
        name: String, host: String, process: Int32, started: Double, created: Double, epoch: Int, now: Double,
        journal: String = "well", journalBytes: Int64 = 0, isDraining: Bool = false, stalled: String? = nil
    ) {
        self.name = name
        self.host = host
        self.process = process
        self.started = started
        self.created = created
        self.epoch = epoch
        self.now = now
        self.journal = journal
        self.journalBytes = journalBytes
        self.isDraining = isDraining
        self.stalled = stalled
    }
}

/// The daemons of one profile, in numbers.
public struct PoolView: Codable, Hashable, Sendable {
    public var profile: String
    public var url: String
    /// Daemons that are wanted, that are there, that work, and that were started and have not joined.
    public var wanted: Int
    public var connected: Int
    public var busy: Int
    public var starting: Int
    public var lost: Int
    /// Tasks that wait, that run, and that ended since this host began.
    public var waiting: Int
    public var running: Int
    public var ended: Int
    /// Tasks that ended in the last minute, by second, the newest last; at most 60.
    public var rates: [Int]

    public init(
        profile: String, url: String, wanted: Int = 0, connected: Int = 0, busy: Int = 0, starting: Int = 0,
        lost: Int = 0, waiting: Int = 0, running: Int = 0, ended: Int = 0, rates: [Int] = []
    ) {
        self.profile = profile
        self.url = url
        self.wanted = wanted
        self.connected = connected
        self.busy = busy
        self.starting = starting
        self.lost = lost
        self.waiting = waiting
        self.running = running
        self.ended = ended
        self.rates = rates
    }
}

public struct DaemonView: Codable, Hashable, Sendable {
    /// `host:pid`.
    public var name: String
    /// As `DaemonStatus.State`: preparing, idle, busy, draining, suspect, away, leaving.
    public var state: String
    public var done: Int
    /// Tasks it holds.
    public var held: Int
    /// What it runs, as `submission/element`.
    public var tasks: [String]
    public var age: Double
    /// How long it has been silent.
    public var silence: Double
    /// How much longer it takes tasks; nil: for ever.
    public var timeLeft: Double?
    /// What of its resources is used, as text; nil: it runs one task at a time.
    public var resources: String?

    public init(
        name: String, state: String, done: Int = 0, held: Int = 0, tasks: [String] = [], age: Double = 0,
        silence: Double = 0, timeLeft: Double? = nil, resources: String? = nil
    ) {
        self.name = name
        self.state = state
        self.done = done
        self.held = held
        self.tasks = tasks
        self.age = age
        self.silence = silence
        self.timeLeft = timeLeft
        self.resources = resources
    }
}

public struct AllocationView: Codable, Hashable, Sendable {
    /// The scheduler's id of the job or element.
    public var job: String
    public var cluster: String
    public var state: String
    public var node: String?
    public var daemons: Int
    /// What is to be known of it, in a sentence; empty: nothing.
    public var reason: String

    public init(job: String, cluster: String, state: String, node: String? = nil, daemons: Int = 0, reason: String = "") {
        self.job = job
        self.cluster = cluster
        self.state = state
        self.node = node
        self.daemons = daemons
        self.reason = reason
    }
}

public struct SubmissionView: Codable, Hashable, Sendable {
    public var name: String
    public var created: Double
    /// What it runs, for people.
    public var label: String
    public var total: Int
    /// Whether all its elements are there.
    public var isComplete: Bool
    public var waiting: Int
    /// Waiting for tasks that they need.
    public var blocked: Int
    public var running: Int
    public var returned: Int
    public var failed: Int
    public var cancelled: Int
    /// Seconds until it has ended at the present rate; nil: not known, or ended.
    public var remaining: Double?
    /// When the last of its tasks ended, if all have.
    public var ended: Double?

    public init(
        name: String, created: Double, label: String = "", total: Int = 0, isComplete: Bool = true, waiting: Int = 0,
        blocked: Int = 0, running: Int = 0, returned: Int = 0, failed: Int = 0, cancelled: Int = 0,
        remaining: Double? = nil, ended: Double? = nil
    ) {
        self.name = name
        self.created = created
        self.label = label
        self.total = total
        self.isComplete = isComplete
        self.waiting = waiting
        self.blocked = blocked
        self.running = running
        self.returned = returned
        self.failed = failed
        self.cancelled = cancelled
        self.remaining = remaining
        self.ended = ended
    }

    public var isOver: Bool { isComplete && waiting + blocked + running == 0 }
}

public struct TaskView: Codable, Hashable, Sendable {
    /// `submission/element`.
    public var task: String
    /// As `TaskStatus.State`: queued, blocked, delayed, sentAhead, running, stopping.
    public var state: String
    public var attempt: Int
    public var age: Double
    public var priority: Int
    public var daemon: String?
    /// What it is, for people.
    public var label: String

    public init(
        task: String, state: String, attempt: Int = 0, age: Double = 0, priority: Int = 0, daemon: String? = nil,
        label: String = ""
    ) {
        self.task = task
        self.state = state
        self.attempt = attempt
        self.age = age
        self.priority = priority
        self.daemon = daemon
        self.label = label
    }
}

public struct FailureView: Codable, Hashable, Sendable {
    public var task: String
    public var label: String
    public var time: Double
    /// The error's code and sentence.
    public var code: String
    public var message: String
    /// The tail of what it wrote to standard error.
    public var lastWords: String
    public var daemon: String
    public var attempt: Int

    public init(
        task: String, label: String = "", time: Double = 0, code: String, message: String, lastWords: String = "",
        daemon: String = "", attempt: Int = 1
    ) {
        self.task = task
        self.label = label
        self.time = time
        self.code = code
        self.message = message
        self.lastWords = lastWords
        self.daemon = daemon
        self.attempt = attempt
    }
}

/// One attempt of one task in the past or present, for timelines.
public struct SpanView: Codable, Hashable, Sendable {
    public var task: String
    public var label: String
    public var daemon: String
    public var began: Double
    /// nil: it still runs.
    public var ended: Double?
    /// `value`, `failure`, `stopped`, `lost`; `running` if it still runs.
    public var status: String
    public var attempt: Int

    public init(
        task: String, label: String = "", daemon: String, began: Double, ended: Double?, status: String,
        attempt: Int = 1
    ) {
        self.task = task
        self.label = label
        self.daemon = daemon
        self.began = began
        self.ended = ended
        self.status = status
        self.attempt = attempt
    }
}
