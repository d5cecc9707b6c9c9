import HayateCore

/// What a checker found to be wrong.
public struct Violation: Sendable, CustomStringConvertible {
    public var property: Property
    public var text: String
    public var description: String { "\(property.rawValue): \(text)" }
}

/// What every world must keep, whatever its faults. Each has its file beside this one.
public enum Property: String, Sendable, CaseIterable {
    case sanity = "the dispatcher's indices agree with its records"
    case kept = "no accepted task is lost"
    case oneOutcome = "a task has exactly one outcome"
    case trueOutcome = "an outcome is what an attempt really gave"
    case notTwiceAtOnce = "nothing runs twice at once on live daemons"
    case atMostOnce = "a task that may start once never starts twice"
    case attempts = "attempts are numbered without gap, and each starts at most once"
    case order = "first in, first out within equal priority"
    case poison = "only tasks that were at a lost daemon's head are blamed for it"
    case noFalseLoss = "a daemon that answers is not lost"
    case reason = "every unfinished task says why it waits"
    case time = "time limits are kept"
    case bounds = "queues and daemons' terms are kept"
    case liveness = "after the network healed everything ends"
    case resources = "tasks beside each other have no more than their daemon"
    case children = "children end with the task that submitted them"
    case needs = "a task starts when what it needs has returned, and ends when that fails"
    case goesOn = "what runs goes on when its host was killed"
    case sealed = "bytes under TLS are those that were written, and only daemons become daemons"
    case protocolKept = "host and daemon keep the protocol"
}

/// The checkers' own record of one task, built from what crosses the border of the core.
struct TaskModel: Sendable {
    enum Phase: Sendable {
        /// Waits for a daemon, or for the one it is directed to.
        case ready
        /// Failed and waits to be tried again: may be in the queue or not.
        case paused
        /// At `daemon` as `attempt`.
        case atDaemon
        /// Its caller has an outcome.
        case ended
        /// Its host died, and nobody waits any more.
        case forgotten
    }

    /// One end of one start, at the daemon.
    struct End: Sendable {
        var attempt: UInt32
        var process: Int
        var failed: Bool
    }

    struct Running: Sendable {
        var process: Int
        var daemon: DaemonID?
        var attempt: UInt32
    }

    // What it is.
    var id: TaskID
    /// In which life of the host it was submitted.
    var epoch = 0
    var priority: Int8 = 0
    var bytes = 0
    var deadline = Int64.max
    var retry: RetryPolicy = .lostDaemons
    var target: DaemonID?
    var duration: Int64 = 0
    /// It fails at its first so many starts.
    var failures = 0
    var isPoison = false
    var isEndless = false
    /// It does not obey orders to stop.
    var isDeaf = false
    var isLarge = false
    /// Nanoseconds that its daemon must have left; 0 for any.
    var request: Int64 = 0
    /// What it asks for beside others; nil: nothing.
    var resources: ResourceRequest?
    /// Whether it asks for more than one processor.
    var isSized = false
    /// How many tasks it submits, and how many generations may follow.
    var offspring = 0
    var generations = 0
    /// It waits for the first of its children only.
    var waitsForOne = false
    /// It waits for its children as one group, as a map does.
    var isMap = false

    /// Tasks that must have returned before it starts, by their numbers.
    var needs: [Int] = []

    // Whose child it is.
    var timeout: Int64?
    var plan = -1
    /// The task that submitted it, by its number, and at which start.
    var parent: Int?
    var parentAttempt: UInt32 = 0
    var submitter: DaemonID?
    var childNumber: UInt64 = 0

    // What became of it.
    var phase = Phase.ready
    var daemon: DaemonID?
    var attempt: UInt32 = 0
    /// The next assignment must carry the same attempt number, since the last was never started.
    var keepsAttempt = false
    var isCancelled = false
    var failed = 0
    /// Losses of its daemon that have an explanation.
    var excused = 0
    /// It was at a daemon that vanished: nothing runs beside it.
    var isSuspect = false
    var started: [UInt32] = []
    var running: [Running] = []
    var ends: [End] = []
    /// Whether it ended with a value; nil while it has no outcome.
    var hasReturned: Bool?
    /// What its caller has heard, where hosts have journals.
    var isToldAccepted = false
    var isTold = false

    /// Whether it outlives a host that has a journal.
    var isDurable: Bool { target == nil && parent == nil }
    /// Never a second start, in whatever way it ends.
    var isOnce: Bool { retry.losses == 0 && retry.failures == nil }
    var isUnfinished: Bool { phase != .ended && phase != .forgotten }
}

/// All tasks of a world as the checkers see them.
struct Ledger: Sendable {
    var tasks: [TaskModel] = []
    /// The task in each slot of the dispatcher's table.
    var slots: [Int] = []
    /// Numbers of the tasks without outcome.
    var live: [Int] = []
    /// For which task each lost daemon is in a poison list.
    var blamed: [DaemonID: Int] = [:]
    /// Daemons that have told the host that a signal announced their end.
    var warned: Set<DaemonID> = []
    var violation: Violation?
    var isHarmless = false
    var isPoisonOnly = false
    var isOrdered = false
    /// Hosts have journals: what was accepted and what has ended in this event is kept for them.
    var isJournaled = false
    var acceptances: [Int] = []
    var endings: [Int] = []
    /// Daemons run tasks beside each other.
    var isShared = false
    var lastStarted: [Int8: Int] = [:]

    mutating func fail(_ property: Property, _ text: String) {
        guard violation == nil else { return }
        violation = Violation(property: property, text: text)
    }

    /// The unfinished or finished task that has this id now.
    func number(_ id: TaskID) -> Int? {
        let slot = Int(id.slot)
        guard slot < slots.count, slots[slot] >= 0, tasks[slots[slot]].id == id else { return nil }
        return slots[slot]
    }

    /// A submission was accepted; returns the task's number.
    mutating func accepted(_ task: TaskModel) -> Int {
        let number = tasks.count
        if let old = self.number(task.id) {
            fail(.kept, "\(task.id) was given to task number \(old) and again to \(number)")
        }
        tasks.append(task)
        live.append(number)
        if isJournaled { acceptances.append(number) }
        let slot = Int(task.id.slot)
        while slots.count <= slot { slots.append(-1) }
        if slots[slot] >= 0, tasks[slots[slot]].isUnfinished {
            fail(.kept, "slot \(slot) was given away under task number \(slots[slot])")
        }
        slots[slot] = number
        return number
    }

    /// The host died: nobody waits for these tasks any more.
    mutating func forgetAll() {
        for number in live { tasks[number].phase = .forgotten }
        live.removeAll(keepingCapacity: true)
        for slot in slots.indices { slots[slot] = -1 }
        blamed = [:]
        warned = []
        lastStarted = [:]
    }

    mutating func end(_ number: Int) {
        tasks[number].phase = .ended
        tasks[number].daemon = nil
        if isJournaled { endings.append(number) }
        if let index = live.firstIndex(of: number) { live.remove(at: index) }
    }

    // MARK: What daemons have

    /// The dispatcher gave the task to a daemon.
    mutating func assigned(
        _ attempt: AttemptID, to daemon: DaemonID, asChild: Bool = false, timeLeft: Int64? = nil
    ) {
        guard let number = number(attempt.task), tasks[number].isUnfinished else {
            fail(.kept, "\(attempt) was assigned although it has ended")
            return
        }
        let task = tasks[number]
        guard task.phase != .atDaemon else {
            fail(.notTwiceAtOnce, "\(attempt) was assigned to \(daemon) while at another")
            return
        }
        let expected = task.keepsAttempt ? task.attempt : task.attempt + 1
        if attempt.attempt != expected {
            fail(.attempts, "\(attempt) was assigned, attempt \(expected) was due")
        }
        if let target = task.target {
            if target != daemon { fail(.bounds, "\(attempt) for \(target) went to \(daemon)") }
        } else if !asChild {
            checkOrder(of: number, timeLeft: timeLeft)
        } else if task.submitter != daemon {
            fail(.children, "\(attempt) was given to \(daemon), which did not submit it")
        }
        tasks[number].phase = .atDaemon
        tasks[number].daemon = daemon
        tasks[number].attempt = attempt.attempt
        tasks[number].keepsAttempt = false
    }

    /// The daemon gave the task back.
    mutating func returned(_ attempt: AttemptID, by daemon: DaemonID) {
        guard let number = current(attempt, at: daemon) else { return }
        putBack(number)
    }

    /// The daemon is back and has what it has.
    mutating func resumed(_ daemon: DaemonID, holding: [AttemptID]) {
        for number in live where tasks[number].daemon == daemon {
            let attempt = AttemptID(task: tasks[number].id, attempt: tasks[number].attempt)
            if !holding.contains(attempt) { putBack(number) }
        }
    }

    /// The dispatcher gave the daemon up.
    mutating func lost(_ daemon: DaemonID, _ reason: LossReason) {
        for number in live where tasks[number].daemon == daemon {
            if !reason.isUnexplained || warned.contains(daemon) {
                tasks[number].excused += 1
            } else {
                tasks[number].isSuspect = true
            }
            tasks[number].phase = .ready
            tasks[number].daemon = nil
        }
    }

    /// The task's number if this is its current attempt, at this daemon.
    func current(_ attempt: AttemptID, at daemon: DaemonID) -> Int? {
        guard let number = number(attempt.task), tasks[number].phase == .atDaemon,
            tasks[number].attempt == attempt.attempt, tasks[number].daemon == daemon
        else { return nil }
        return number
    }

    /// Whether a task is an ancestor of another.
    func isAncestor(_ number: Int, of other: Int) -> Bool {
        var next = tasks[other].parent
        while let parent = next {
            if parent == number { return true }
            next = tasks[parent].parent
        }
        return false
    }

    private mutating func putBack(_ number: Int) {
        tasks[number].phase = .ready
        tasks[number].daemon = nil
        tasks[number].keepsAttempt = true
    }
}
