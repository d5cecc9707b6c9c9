import HayateCore

/// A dispatcher that is driven by short sentences, for tests that read as scripts.
///
/// Time moves only by `after`. Each sentence returns what the dispatcher decided, as text: `assign
/// 1#1 A` is "send task 1, attempt 1, to daemon A". Tasks are numbered as submitted, daemons
/// lettered.
struct DispatchScript {
    var dispatch: Dispatch
    var now = Instant(nanoseconds: 1_000_000_000)
    var tasks: [TaskID] = []
    var daemons: [DaemonID] = []
    var verdict: Verdict?
    var refusal: Submission.Refusal?
    var answer: HelpAnswer?
    /// What was noted, if the dispatcher notes changes.
    var journal = ScriptJournal()
    private var effects = Effects()

    init(_ adjust: (inout DispatchLimits) -> Void = { _ in }) {
        var limits = DispatchLimits()
        adjust(&limits)
        dispatch = Dispatch(limits: limits)
    }

    // MARK: Sentences

    @discardableResult
    mutating func submit(
        bytes: Int = 1, priority: Int8 = 0, timeout: Duration? = nil,
        retry: RetryPolicy = .lostDaemons, to daemon: Character? = nil, needing time: Duration? = nil,
        asking resources: ResourceRequest? = nil, after needs: [Int] = []
    ) -> [String] {
        let spec = TaskSpec(
            bytes: bytes, priority: priority, timeout: timeout, retry: retry, timeRequest: time,
            needs: needs.map { tasks[$0 - 1] }, resources: resources)
        refusal = nil
        switch dispatch.submit(spec, to: daemon.map(id), at: now, into: &effects) {
        case .accepted(let id): accepted(id, spec)
        case .refused(let why): refusal = why
        }
        return told()
    }

    private mutating func accepted(_ id: TaskID, _ spec: TaskSpec) {
        tasks.append(id)
        journal.specs[id] = spec
    }

    /// Everything was restored.
    mutating func begin() -> [String] {
        dispatch.beginRestored(at: now, into: &effects)
        return told()
    }

    /// The daemons join and are ready; the first is A.
    @discardableResult
    mutating func join(_ count: Int = 1, _ terms: DaemonTerms = DaemonTerms()) -> [String] {
        var all: [String] = []
        for _ in 0..<count {
            if let id = dispatch.joined(terms, at: now) {
                daemons.append(id)
                dispatch.ready(id, at: now, into: &effects)
            }
            all += told()
        }
        return all
    }

    /// The head of a daemon's list submits a task.
    @discardableResult
    mutating func submitChild(
        of daemon: Character, priority: Int8 = 0, retry: RetryPolicy = .lostDaemons
    ) -> [String] {
        let spec = TaskSpec(bytes: 1, priority: priority, retry: retry)
        refusal = nil
        switch dispatch.submitChild(spec, of: id(daemon), at: now, into: &effects) {
        case .accepted(let id): tasks.append(id)
        case .refused(let why): refusal = why
        }
        return told()
    }

    /// A daemon's running task waits for this child.
    @discardableResult
    mutating func help(_ task: Int, by daemon: Character) -> [String] {
        answer = dispatch.help(tasks[task - 1], by: id(daemon), at: now, into: &effects)
        return told()
    }

    @discardableResult
    mutating func finish(
        _ task: Int, attempt: UInt32 = 1, by daemon: Character, failed: Bool = false, refused: Bool = false,
        took: Duration = .microseconds(1)
    ) -> [String] {
        verdict = dispatch.finished(
            attemptID(task, attempt), by: id(daemon), failed: failed, refused: refused, taskTime: took.nanoseconds,
            at: now, into: &effects)
        return told()
    }

    @discardableResult
    mutating func giveBack(_ task: Int, attempt: UInt32 = 1, by daemon: Character) -> [String] {
        dispatch.returned(attemptID(task, attempt), by: id(daemon), at: now, into: &effects)
        return told()
    }

    @discardableResult
    mutating func cancel(_ task: Int) -> [String] {
        _ = dispatch.cancel(tasks[task - 1], at: now, into: &effects)
        return told()
    }

    @discardableResult
    mutating func lose(_ daemon: Character, _ reason: LossReason = .disconnected) -> [String] {
        dispatch.lost(id(daemon), reason, at: now, into: &effects)
        return told()
    }

    @discardableResult
    mutating func disconnect(_ daemon: Character) -> [String] {
        dispatch.disconnected(id(daemon), at: now, into: &effects)
        return told()
    }

    @discardableResult
    mutating func resume(_ daemon: Character, holding: [(Int, UInt32)]) -> [String] {
        let attempts = holding.map { attemptID($0.0, $0.1) }
        _ = dispatch.resumed(id(daemon), holding: attempts, at: now, into: &effects)
        return told()
    }

    @discardableResult
    mutating func hear(_ daemon: Character) -> [String] {
        dispatch.heard(id(daemon), at: now, into: &effects)
        return told()
    }

    @discardableResult
    mutating func drain(_ daemon: Character) -> [String] {
        dispatch.drain(id(daemon), .requested, at: now, into: &effects)
        return told()
    }

    /// The daemon says that a signal announced its end.
    @discardableResult
    mutating func warn(_ daemon: Character) -> [String] {
        dispatch.warned(id(daemon), by: 15, at: now, into: &effects)
        return told()
    }

    @discardableResult
    mutating func close() -> [String] {
        dispatch.close(at: now, into: &effects)
        return told()
    }

    @discardableResult
    mutating func abandon() -> [String] {
        dispatch.abandon(at: now, into: &effects)
        return told()
    }

    /// Time passes; the timer fires whenever something is due, as a punctual shell's would.
    @discardableResult
    mutating func after(_ pause: Duration) -> [String] {
        let end = now.advanced(by: pause.nanoseconds)
        var all: [String] = []
        while let next = dispatch.nextDeadline, next <= end {
            now = max(now, next)
            dispatch.tick(at: now, into: &effects)
            all += told()
        }
        now = end
        return all
    }

    /// Time passes and the host sleeps: its timer fires once, at the end.
    @discardableResult
    mutating func asleep(_ pause: Duration) -> [String] {
        now = now.advanced(by: pause.nanoseconds)
        dispatch.tick(at: now, into: &effects)
        return told()
    }

    // MARK: Names

    func id(_ daemon: Character) -> DaemonID {
        daemons[Int((daemon.asciiValue ?? 65) - 65)]
    }

    func attemptID(_ task: Int, _ attempt: UInt32) -> AttemptID {
        AttemptID(task: tasks[task - 1], attempt: attempt)
    }

    func reason(_ task: Int) -> WaitReason? { dispatch.waitReason(of: tasks[task - 1], at: now) }

    private func name(_ daemon: DaemonID) -> Character {
        let index = daemons.lastIndex(of: daemon) ?? daemons.count
        return Character(UnicodeScalar(UInt8(65 + index)))
    }

    private func name(_ task: TaskID) -> Int { (tasks.lastIndex(of: task) ?? tasks.count) + 1 }

    private func name(_ attempt: AttemptID) -> String { "\(name(attempt.task))#\(attempt.attempt)" }

    private mutating func told() -> [String] {
        defer { effects.removeAll() }
        journal.write(dispatch.takeChanges())
        if let wrong = dispatch.sanityCheck() { return ["INSANE: \(wrong)"] }
        return effects.list.map { effect in
            switch effect {
            case .assign(let attempt, let daemon): "assign \(name(attempt)) \(name(daemon))"
            case .assignBeside(let attempt, let grant, let daemon):
                "beside \(name(attempt)) \(name(daemon))" + grant.gpus.map { " gpu\($0)" }.joined()
            case .assignChild(let attempt, let daemon):
                "help \(name(attempt)) \(name(daemon))"
            case .revoke(let attempt, let daemon): "revoke \(name(attempt)) \(name(daemon))"
            case .stop(let attempt, let daemon): "stop \(name(attempt)) \(name(daemon))"
            case .resolve(let task, let ending): "resolve \(name(task)) \(name(ending))"
            case .dismiss(let daemon, let reason): "dismiss \(name(daemon)) \(reason)"
            case .expel(let daemon, let reason): "expel \(name(daemon)) \(reason)"
            case .room: "room"
            }
        }
    }

    private func name(_ ending: Ending) -> String {
        switch ending {
        case .timedOut(let running): running ? "timedOut running" : "timedOut waiting"
        case .cancelled: "cancelled"
        case .poisoned(let losses): "poisoned \(losses.count)"
        case .daemonLost(let loss): "daemonLost \(loss.reason)"
        case .closed: "closed"
        case .noDaemons: "noDaemons"
        case .neededFailed(let task): "neededFailed \(name(task))"
        }
    }
}
