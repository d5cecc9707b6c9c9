import Collections

/// The dispatcher as a value: which daemon runs which task, and what becomes of tasks whose daemon
/// is lost.
///
/// It reads no clock, draws no random numbers and performs no I/O. Each event is a `mutating func`
/// that takes the instant at which it happened and appends commands to `Effects`; the shell locks,
/// calls, unlocks and carries them out. A surprise that a peer can cause (a late result, an unknown
/// task, a daemon that was declared lost) is an input with a defined answer, never a trap.
///
/// Order is first in, first out by submission within equal priority. A daemon runs its tasks in the
/// order in which they were assigned, so the oldest task it holds is the one that runs; or, if it has
/// said what it has for them, beside each other (`Dispatch+Placement.swift`).
public struct Dispatch: Sendable {
    public let limits: DispatchLimits

    var tasks: ContiguousArray<TaskRecord> = []
    var freeTasks: [UInt32] = []
    var queue = ReadyQueue()
    var tombstones = 0
    var policies: [RetryPolicy] = [.lostDaemons]
    var policyIndex: [RetryPolicy: UInt32] = [.lostDaemons: 0]
    /// Losses that counted, of tasks that had any.
    var history: [UInt32: [Loss]] = [:]
    /// The daemons of tasks that are for one daemon only.
    var targets: [UInt32: DaemonID] = [:]
    /// Tasks that ask for time at a daemon.
    var timeRequests = TimeRequests()
    /// Daemons that run several tasks at once, and tasks that ask for resources.
    var shared = SharedDaemons()
    /// Tasks that need others.
    var needs = Needs()
    /// Tasks that were asked back from the daemon that holds them because their parents' daemons, named
    /// here, want to run them.
    var wanted: [UInt32: DaemonID] = [:]

    var daemons: ContiguousArray<DaemonRecord> = []
    var freeDaemons: [UInt32] = []
    /// What daemons hold that is nobody's here, by their slots.
    var strangers: [UInt32: Set<AttemptID>] = [:]
    /// Daemons that hold nothing and may take a task.
    var idle = SlotSet()
    /// Daemons that hold something and may take more ahead.
    var hungry = SlotSet()
    /// Daemons that hold tasks they have not started.
    var laden = SlotSet()
    var hungryCursor: UInt32 = 0
    var ladenCursor: UInt32 = 0

    var deadlines = Deadlines()
    /// When a check of a daemon was last planned.
    var latestPlan = Instant.zero
    var nextSequence: UInt64 = 1
    /// Whether somebody was refused for want of room and waits to be told.
    var isRefusing = false
    public internal(set) var isClosed = false
    /// Whether changes of tasks are collected for a journal (`takeChanges`). To be set before the first event.
    public var notesChanges = false
    var notes = ChangeNotes()
    /// Of slots of tasks and daemons that were never used: above all that an earlier host gave out.
    var firstGeneration: UInt32 = 0
    /// The highest generation that any slot of a task or daemon has had. To be in the journal before anything leaves that
    /// names a task, also one that the journal does not keep.
    public internal(set) var highestGeneration: UInt32 = 0
    var restoration = Restoration()
    public internal(set) var counts = Counts()

    /// Numbers for status; each is re-derived or bounded by `sanityCheck`.
    public struct Counts: Hashable, Sendable {
        /// Daemons that joined, ever.
        public var joined: UInt64 = 0
        /// Daemons that did not leave as agreed while the pool was open, ever.
        public var lost: UInt64 = 0
        /// Daemons known now, away ones included.
        public var daemons = 0
        /// Tasks that wait for a daemon, retry pauses included.
        public var waiting = 0
        /// Tasks that wait for others, which they need.
        public var blocked = 0
        /// Bytes of the tasks that wait, for daemons or for others.
        public var waitingBytes = 0
        /// The most bytes that ever waited.
        public var peakWaitingBytes = 0
        /// Tasks at daemons whose callers still wait.
        public var assigned = 0
        /// Tasks that were told to stop and have not let go yet.
        public var stopping = 0
        /// Tasks accepted, ever.
        public var accepted: UInt64 = 0
        /// Tasks that have their outcome, ever.
        public var resolved: UInt64 = 0
        /// Results that were dropped because their attempt was not current.
        public var stale: UInt64 = 0
        /// Second starts.
        public var retried: UInt64 = 0
        /// Tasks given back by daemons before they started.
        public var returned: UInt64 = 0
    }

    public init(limits: DispatchLimits = DispatchLimits()) {
        self.limits = limits
    }

    /// The earliest instant at which `tick` has something to do.
    public var nextDeadline: Instant? { deadlines.next }

    // MARK: Tables

    func record(_ id: TaskID) -> TaskRecord? {
        guard Int(id.slot) < tasks.count else { return nil }
        let record = tasks[Int(id.slot)]
        guard record.phase != .free, record.generation == id.generation else { return nil }
        return record
    }

    /// Whether this daemon joined and is not lost.
    public func isKnown(_ id: DaemonID) -> Bool {
        guard Int(id.slot) < daemons.count else { return false }
        let record = daemons[Int(id.slot)]
        return record.phase != .free && record.generation == id.generation
    }

    func taskID(_ slot: UInt32) -> TaskID {
        TaskID(slot: slot, generation: tasks[Int(slot)].generation)
    }

    func attemptID(_ slot: UInt32) -> AttemptID {
        AttemptID(task: taskID(slot), attempt: tasks[Int(slot)].attempt)
    }

    func daemonID(_ slot: UInt32) -> DaemonID {
        DaemonID(slot: slot, generation: daemons[Int(slot)].generation)
    }

    mutating func takeTaskSlot() -> UInt32 {
        if let slot = freeTasks.popLast() { return slot }
        tasks.append(TaskRecord())
        tasks[tasks.count - 1].generation = firstGeneration
        return UInt32(tasks.count - 1)
    }

    mutating func freeTask(_ slot: UInt32) {
        if tasks[Int(slot)].losses > 0 { history[slot] = nil }
        if tasks[Int(slot)].flags.contains(.directed) { targets[slot] = nil }
        if !wanted.isEmpty { wanted[slot] = nil }
        if tasks[Int(slot)].flags.contains(.timed) { timeRequests.lengths[slot] = nil }
        if tasks[Int(slot)].flags.contains(.sized) { shared.forget(slot) }
        // A slot that an earlier host used goes on above all that it gave out.
        let generation = max(tasks[Int(slot)].generation &+ 1, firstGeneration)
        highestGeneration = max(highestGeneration, generation)
        tasks[Int(slot)] = TaskRecord()
        tasks[Int(slot)].generation = generation
        freeTasks.append(slot)
    }

    mutating func intern(_ policy: RetryPolicy) -> UInt32 {
        if policy == policies[0] { return 0 }
        if let index = policyIndex[policy] { return index }
        // Policies come from daemons too, which could invent new ones for ever: then only the losses count.
        if policies.count >= 4_096, policy.failures != nil {
            return intern(RetryPolicy(losses: policy.losses))
        }
        let index = UInt32(policies.count)
        policies.append(policy)
        policyIndex[policy] = index
        return index
    }
}
