import HayateCore

/// What is known of a site: its clusters, how daemons run there, and how they reach the host.
///
/// The values of a site's file with all layers over it; `SiteSettings` tells where each comes from.
public struct SiteProfile: Hashable, Sendable {
    /// Its short name, as in `--profile narval`.
    public var id: String
    public var title: String?
    public var contact: String?
    public var url: String?
    public var documentation: String?
    /// How the site is recognised; the first that fits is enough.
    public var detection: [DetectionRule] = []
    public var clusters: [String: ClusterProfile] = [:]
    public var runtime = RuntimeProfile()
    public var network = NetworkProfile()
    /// Sets of wishes under a name; `default` is meant where none is named.
    public var profiles: [String: ComputeProfile] = [:]

    public init(id: String) { self.id = id }
}

/// One way to recognise a site.
public enum DetectionRule: Hashable, Sendable {
    /// The machine's full name fits this regular expression.
    case hostName(String)
    /// A variable has this value.
    case environment(name: String, value: String)
    /// What a command prints has a line that fits.
    case command([String], match: String)
}

/// A set of wishes under a name.
public struct ComputeProfile: Hashable, Sendable {
    /// Which of the site's clusters; nil: the only one.
    public var cluster: String?
    public var request = JobRequest()
    /// Daemons of each job; nil: one for each of its tasks.
    public var daemonsPerJob: Int?
    /// The fewest and the most daemons of a pool that follows its queue; nil: the number that was asked for.
    public var minimumDaemons: Int?
    public var maximumDaemons: Int?
    /// How long a daemon may be without a task before it ends.
    public var idleTime: Duration?

    public init() {}
}

/// A cluster: a scheduler with its limits and habits.
public struct ClusterProfile: Hashable, Sendable {
    public var scheduler: SchedulerKind
    public var access = ClusterAccess.local
    public var commands = CommandRules()
    public var submission = SubmissionRules()
    public var polling = PollingRules()
    public var memory = MemoryRules()
    public var naming = NamingRules()
    public var parallelEnvironment = ParallelEnvironmentRules()
    public var gpu = GPURules()
    /// Fields of a request that must be given: `account`, `walltime`, …
    public var required: [String] = []
    /// Where the account comes from if nobody gives one: a variable.
    public var accountVariable: String?
    /// What holds where a request says nothing.
    public var defaults = JobRequest()
    public var queues: [String: QueueLimits] = [:]
    /// Whether all queues that fit are given as a list, of which the scheduler takes the first that has room.
    public var listsQueues = false
    public var extraDirectives: [String] = []
    public var dropDirectives: [String] = []
    /// How much warning the scheduler gives before it takes a job's place.
    public var preemptionGrace: Duration?
    /// The template of scripts; nil: the scheduler's own.
    public var template: String?

    public init(_ scheduler: SchedulerKind) { self.scheduler = scheduler }

    public var facts: SchedulerFacts { .of(scheduler) }
}

/// How the scheduler's commands are reached.
public enum ClusterAccess: Hashable, Sendable {
    /// They run here.
    case local
    /// On another machine, by SSH.
    case ssh(host: String, user: String?, port: Int?, proxyJump: [String], identity: String?)
}

public struct CommandRules: Hashable, Sendable {
    /// Words in the place of `sbatch`, `squeue` and so on: a path, or a wrapper with its arguments; nil: as usual.
    public var submit: [String]?
    public var status: [String]?
    public var cancel: [String]?
    public var accounting: [String]?
    /// How long each may take.
    public var timeout: Duration = .seconds(30)
    /// Variables that they need, such as `SGE_ROOT`.
    public var environment: [String: String] = [:]
    /// The cluster's name for `-M` on each of Slurm's commands; nil: the option is not given.
    public var clusterFlag: String?

    public init() {}
}

public struct SubmissionRules: Hashable, Sendable {
    public enum Way: String, Hashable, Sendable, CaseIterable {
        /// The script is the command's standard input.
        case standardInput = "stdin"
        /// The script is a file beside the logs, named to the command.
        case file
    }

    public var way = Way.standardInput
    /// How many submissions may be made in which time.
    public var rate = Rate(10, per: .seconds(10))
    /// The most jobs of ours in the queue, each element counting; nil: no limit is known.
    public var mostQueued: Int?
    /// The most elements of one array; nil: the scheduler's own default.
    public var mostElements: Int?
    /// How many elements of an array run at once, at most; nil: no limit.
    public var throttle: Int?
    /// How many jobs one command cancels, at most.
    public var cancelBatch = 50
    /// Variables that submissions do not see, beside those of the scheduler.
    public var unset: [String] = []

    public init() {}
}

/// So many in so long a time.
public struct Rate: Hashable, Sendable {
    /// 1 or more.
    public var count: Int
    /// More than zero.
    public var period: Duration

    public init(_ count: Int, per period: Duration) {
        self.count = count
        self.period = period
    }
}

public struct PollingRules: Hashable, Sendable {
    /// The least time between two status queries, whatever the number of jobs.
    public var interval: Duration = .seconds(60)
    /// The same between two queries of the accounting.
    public var accounting: Duration = .seconds(300)
    /// How long a job may be missing from the queue and the accounting before its end counts as unknown.
    public var grace: Duration = .seconds(120)
    /// How long a job may run without a word from its daemons before that is a complaint.
    public var dialIn: Duration = .seconds(90)

    public init() {}
}

public struct MemoryRules: Hashable, Sendable {
    /// What the scheduler's memory option counts for.
    public enum Scope: String, Hashable, Sendable, CaseIterable { case node, cpu, job, slot }

    /// nil: as the scheduler does by itself.
    public var scope: Scope?
    /// Grid Engine's name for memory: `h_vmem`, `mem_free`, `m_mem_free`, …; nil: none is asked for.
    public var complex: String?
    /// The unit of LSF's limits where it takes no suffix: `KB`, `MB`, `GB`.
    public var limitUnit: String?
    /// Whether LSF's limit counts for the job and not for each process.
    public var perJobLimit = false
    /// Whether LSF's reservation counts for each task.
    public var perTaskReserve = false
    /// Requests below are raised to it.
    public var minimum: MemorySize?

    public init() {}
}

public struct NamingRules: Hashable, Sendable {
    /// The most characters of a job's name; nil: what the scheduler takes.
    public var longest: Int?
    /// The characters of names, as the inside of a bracket expression: `A-Za-z0-9_.-`; nil: what the scheduler takes.
    public var allowed: String?

    public init() {}
}

/// Grid Engine's way to give a job more than one processor.
public struct ParallelEnvironmentRules: Hashable, Sendable {
    /// `smp`, `shm`, …; nil: jobs of more than one processor are refused.
    public var name: String?
    /// It is named for jobs of more slots than this.
    public var whenSlotsAbove = 1

    public init() {}
}

public struct GPURules: Hashable, Sendable {
    public enum Directive: String, Hashable, Sendable, CaseIterable {
        /// Slurm: `--gres=gpu:type:n`.
        case gres
        /// Slurm: `--gpus-per-node=type:n`.
        case gpusPerNode = "gpus-per-node"
        /// PBS: `ngpus` of the chunk; Torque: `gpus` of the node.
        case select
        /// LSF: `-gpu`.
        case lsfGPU = "lsf-gpu"
        /// Grid Engine: `-l NAME=n`.
        case complex
    }

    /// nil: as is usual with the scheduler.
    public var directive: Directive?
    /// The name of Grid Engine's complex.
    public var complex = "gpu"
    /// The site's names of models, by the words of requests.
    public var types: [String: String] = [:]

    public init() {}
}

/// What jobs of a queue may have. Nil: no limit is known.
public struct QueueLimits: Hashable, Sendable {
    /// What the scheduler calls it, where several sets of limits are one queue: nil: as the site's file; empty: jobs
    /// name no queue.
    public var name: String?
    public var minWallTime: Duration?
    public var maxWallTime: Duration?
    /// Of one machine.
    public var minCPUs: Int?
    public var maxCPUs: Int?
    /// Of one machine.
    public var minMemory: MemorySize?
    public var maxMemory: MemorySize?
    public var minNodes: Int?
    public var maxNodes: Int?
    /// Of one machine; 0: none.
    public var maxGPUs: Int?
    /// Whether jobs must ask for graphics processors.
    public var needsGPU = false
    /// The models that it has; empty: any that is asked for.
    public var gpuTypes: [String] = []
    /// Whether machines are always given whole.
    public var wholeNodes = false
    /// The processors and memory of one machine, for whole ones.
    public var nodeCPUs: Int?
    public var nodeMemory: MemorySize?
    /// Who may use it; empty: everybody.
    public var accounts: [String] = []
    public var qualityOfService: String?
    public var reservation: String?
    /// Higher is tried first.
    public var priority = 0
    /// Whether it is chosen only by those who name it.
    public var isExplicit = false
    public var extraDirectives: [String] = []

    public init() {}
}

/// How daemons run on the machines of a site.
public struct RuntimeProfile: Hashable, Sendable {
    /// Reads the script.
    public var shell = "/bin/sh"
    public var prologue: [String] = []
    public var epilogue: [String] = []
    public var modules: [String] = []
    /// Whether `module purge` comes before.
    public var purgesModules = false
    /// The daemon's program on those machines; nil: the host's own.
    public var daemon: String?
    public var environment: [String: String] = [:]
    /// A directory that all machines see, for logs; nil: in the home directory.
    public var sharedDirectory: String?
    /// How long before the job's limit its daemons take no new tasks.
    public var wallTimeMargin: Duration = .seconds(120)

    public init() {}
}

/// How daemons reach the host.
public struct NetworkProfile: Hashable, Sendable {
    /// Which address of the host they dial.
    public typealias DialBack = HayateCore.DialBack

    public var dialBack = DialBack.route
    /// The ports at which the host may listen; nil: any.
    public var ports: ClosedRange<Int>?
    /// `tls+tcp` or `wss`; also `tcp` on a single machine.
    public var scheme = "tls+tcp"

    public init() {}
}
