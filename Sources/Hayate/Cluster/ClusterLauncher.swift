import Dispatch
import HayateCluster
import HayateCore
import HayateLaunch
import HayateTransport
import Logging
import Synchronization

/// Has a batch scheduler start a pool's daemons, follows what becomes of their jobs, and cancels them.
///
/// The decisions are those of `AllocationLedger` (what to ask the scheduler, and what its answers mean) and
/// `AllocationSizing` (how many daemons there should be); this is the shell around them. Commands run as tasks of their
/// own, and what happens is written down on a queue of its own, before the scheduler hears of a submission.
final class ClusterLauncher: Sendable {
    struct State {
        /// nil: the other side is not ready yet.
        var planner: PoolPlanner?
        /// How many daemons are wanted once there is a planner.
        var wanted: ClosedRange<Int>
        /// Makes the other side ready.
        var preparation: Task<Void, Never>?
        /// Why nothing can be submitted until somebody asks again.
        var obstacle: String?
        /// What is wrong with the way of daemons to the host.
        var tunnelTrouble: String?
        /// Logs that somebody waits for, on the other side.
        var awaitedLogs: [AwaitedLog] = []
        var readsLogs = false
        var ledger: AllocationLedger
        var sizing: AllocationSizing
        var ledgerEffects: [AllocationLedger.Effect] = []
        var sizingEffects: [AllocationSizing.Effect] = []
        /// What is to be done outside the lock.
        var actions: [Action] = []
        var jobs: [UInt32: PlannedJob] = [:]
        var nextSubmission: UInt32 = 1
        var nextDaemon = 0
        var timer: TimerQueue.Timer?
        /// What was said last of an end, of a refusal, or of daemons that do not dial in.
        var failure: String?
        /// How allocations ended, the last of them; for people.
        var endings: [AllocationEnding] = []
        var statusQueries = 0
        /// Whether it has begun: before that nothing is asked of the scheduler but to cancel.
        var hasBegun = false
        var isClosing = false
        /// The end, once it has begun: whoever closes the pool again waits for it, too.
        var ending: Task<Void, Never>?
        /// Nothing more is asked, decided or written down.
        var isOver = false
        var woundUp: [RaceGate] = []
    }

    enum Action: Sendable {
        case submit(PlannedJob)
        case search(UInt32, name: String)
        case status([JobID])
        case accounting([JobID], since: Int64)
        case cancel([JobElement])
        case record(AllocationEvent)
        case complain(AllocationKey)
        case tellEnd(AllocationKey, JobEnd)
        /// Its daemons will not come back.
        case jobEnded([UInt64], JobEnd)
        case abandon(String)
        case expect
        case open([RaceGate])
    }

    let target: ClusterTarget
    /// Where the host listens.
    let endpoint: Endpoint
    let daemons: Daemons
    let security: HostSecurity
    /// The other side, where the scheduler's commands are on another machine.
    let far: FarCluster?
    let reader: any AnswerReader
    let commands: any CommandTransport
    let journal: AllocationJournal
    let directory: RunDirectory
    /// Whether the run is one of the session's last host.
    let wasResumed: Bool
    let dispatcher: Dispatcher
    let state: Mutex<State>
    /// Keeps what is written down in its order; the disk may be slow.
    let writing = DispatchQueue(label: "hayate.allocations")
    static let log = Logger(label: "hayate.cluster")

    /// - Throws: `HayateError.launchFailed` if nothing can be planned, or written down.
    init(
        _ target: ClusterTarget, _ daemons: Daemons, at endpoint: Endpoint, _ security: HostSecurity,
        _ dispatcher: Dispatcher, commands: any CommandTransport = LocalCommands()
    ) throws(HayateError) {
        self.target = target
        self.endpoint = endpoint
        self.daemons = daemons
        self.security = security
        self.dispatcher = dispatcher
        guard let reader = target.cluster.answerReader else {
            throw HayateError(.invalidArgument, "the cluster \(target.plan.clusterName) has no scheduler")
        }
        self.reader = reader
        let isFar = target.remote != nil && daemons.connector != nil
        let run = try ClusterRun(target, daemons.durability, isFar: isFar)
        journal = run.journal
        directory = run.directory
        wasResumed = run.past != nil
        let hub = Hub()
        if isFar, let remote = target.remote, let connector = daemons.connector {
            let far = FarCluster(
                remote, directory: run.logs, by: connector, lease: daemons.durability?.lease ?? .zero,
                formerPort: run.past == nil ? nil : daemons.durability?.formerPort
            ) { hub.launcher?.noteTunnel($0) }
            self.far = far
            self.commands = far
        } else {
            far = nil
            self.commands = commands
        }
        var planner: PoolPlanner?
        do {
            if far == nil {
                planner = try PoolPlanner(
                    target, daemons, run: journal.run,
                    at: .here(target, daemons, at: endpoint.description, security, directory))
            }
        } catch {
            // Nothing was submitted: nothing is kept.
            do throws(RegistryError) {
                if try journal.finish() { directory.remove() }
            } catch {
                Self.log.warning("\(error.message)")
            }
            throw error
        }
        var state = State(
            planner: planner, wanted: target.daemons, ledger: AllocationLedger(LedgerRules(target.cluster)),
            sizing: AllocationSizing(
                AllocationSizing.Limits(
                    minimum: 0, maximum: 0, daemonsPerAllocation: target.plan.daemonsPerJob,
                    mostElements: target.cluster.submission.mostElements ?? target.cluster.facts.mostElements)))
        Self.restore(run, daemons.durability, into: &state)
        self.state = Mutex(state)
        hub.launcher = self
    }

    /// Safe to share: `launcher` is set once, before the other side is made ready.
    private final class Hub: @unchecked Sendable {
        weak var launcher: ClusterLauncher?
    }

    /// Asks for the fewest daemons at once, and for more when tasks wait.
    func start() {
        noteRun { [weak self] in
            guard let self else { return }
            guard far == nil else { return prepare() }
            begin()
        }
    }

    /// There is a planner.
    func begin() {
        forgetLost()
        step { state in
            state.hasBegun = true
            resize(to: state.wanted, &state)
        }
        follow()
    }

    /// Looks once a second how many tasks wait.
    private func follow() {
        let isOver = state.withLock { $0.isClosing }
        guard !isOver else { return }
        let (waiting, busy) = dispatcher.demand
        step { state in
            state.sizing.demand(waiting: waiting, busy: busy, at: .now, into: &state.sizingEffects)
            state.sizing.tick(at: .now, into: &state.sizingEffects)
        }
        TimerQueue.shared.schedule(after: .seconds(1)) { [weak self] in self?.follow() }
    }

    /// Changes how many daemons are wanted, and goes on after a pause.
    func resize(to daemons: ClosedRange<Int>) {
        let isReady = state.withLock { state in
            state.wanted = daemons
            return state.hasBegun
        }
        guard isReady else { return prepare() }
        step { state in
            state.sizing.resume(at: .now, into: &state.sizingEffects)
            resize(to: daemons, &state)
        }
    }

    /// As far as the site allows jobs in the queue.
    private func resize(to daemons: ClosedRange<Int>, _ state: inout State) {
        let most = (target.cluster.submission.mostQueued ?? .max).multipliedReportingOverflow(
            by: target.plan.daemonsPerJob)
        let cap = most.overflow ? Int.max : most.partialValue
        if daemons.upperBound > cap {
            Self.log.warning(
                """
                \(daemons.upperBound) daemons are more than the \(cap) that \(target.site.id) allows in its queue \
                (submission.maxQueued); there will be \(cap)
                """)
        }
        state.sizing.resize(
            minimum: min(daemons.lowerBound, cap), maximum: min(daemons.upperBound, cap), at: .now,
            into: &state.sizingEffects)
    }

    // MARK: Daemons

    func owns(_ launch: DaemonLaunch) -> Bool { state.withLock { $0.ledger.key(of: launch) != nil } }

    func arrived(_ launch: DaemonLaunch, from host: String) {
        step { state in
            state.ledger.dialledIn(
                launch.submission, place: launch.place, node: host, at: .now, into: &state.ledgerEffects)
            // Before the answers that the new daemon brings: it counts from now on.
            settle(&state)
            guard let key = state.ledger.key(of: launch) else { return }
            state.sizing.joined(key, at: .now, into: &state.sizingEffects)
        }
    }

    func disconnected(_ launch: DaemonLaunch) {
        step { state in
            state.ledger.disconnected(
                launch.submission, place: launch.place, at: .now, into: &state.ledgerEffects)
        }
    }

    func departed(_ launch: DaemonLaunch, _ departure: Dispatcher.Departure) {
        step { state in
            state.ledger.departed(
                launch.submission, place: launch.place, departure == .lost ? .lost : .agreed, at: .now,
                into: &state.ledgerEffects)
            guard let key = state.ledger.key(of: launch) else { return }
            state.sizing.departed(key, wasIdle: departure == .idle, at: .now, into: &state.sizingEffects)
        }
    }

    /// The dispatcher has given a daemon up. Where it is alone in its job, the job ends with it.
    func expelled(_ launch: DaemonLaunch) {
        guard target.plan.daemonsPerJob == 1 else { return }
        step { state in
            guard let key = state.ledger.key(of: launch) else { return }
            state.ledger.cancel([key], at: .now, into: &state.ledgerEffects)
        }
    }

    // MARK: The end

    /// Cancels what is left, and returns when the scheduler has taken the order, or cannot be reached.
    /// - Parameter all: also what runs; otherwise only what waits.
    func end(all: Bool) async {
        let ending = state.withLock { state in
            state.isClosing = true
            let ending = state.ending ?? Task { await windUp(all: all) }
            state.ending = ending
            return ending
        }
        await ending.value
    }

    private func windUp(all: Bool) async {
        await endPreparation()
        let gate = RaceGate()
        step { state in
            state.sizing.close()
            state.ledger.hold()
            state.woundUp.append(gate)
            if all {
                state.ledger.cancelAll(at: .now, into: &state.ledgerEffects)
            } else {
                let waiting = state.ledger.rows.filter { $0.started == nil && $0.end == nil }.map(\.key)
                state.ledger.cancel(waiting, at: .now, into: &state.ledgerEffects)
            }
        }
        let patience = target.cluster.commands.timeout * 2 + .seconds(5)
        let timer = TimerQueue.shared.schedule(after: patience) { gate.open() }
        if all { await gate.wait() }
        TimerQueue.shared.cancel(timer)
        let rest = state.withLock { state -> [AllocationRow] in
            if let timer = state.timer { TimerQueue.shared.cancel(timer) }
            state.timer = nil
            state.isOver = true
            return state.ledger.isWoundUp ? [] : state.ledger.rows.filter { $0.end == nil }
        }
        let hasFailed = state.withLock { $0.failure != nil }
        let isDone = all && rest.isEmpty
        var isClean = true
        if let far { isClean = await far.remove(isDone ? (hasFailed ? .allButLogs : .everything) : .secrets) }
        await withCheckedContinuation { continuation in
            writing.async { [self, isClean] in
                if isDone { noteCancelled() }
                do throws(RegistryError) { try journal.finish(keeping: !isClean) } catch { Self.log.warning("\(error.message)") }
                if isDone, isClean, far != nil || !hasFailed || !directory.hasLogs { directory.remove() }
                continuation.resume()
            }
        }
        if all, let first = rest.first {
            Self.log.warning(
                """
                \(rest.count) jobs could not be cancelled, \(first.name) among them: run 'hayate allocations clean' \
                when the scheduler answers again
                """)
        }
    }

    /// The scheduler has taken the order: for this host they have ended.
    private func noteCancelled() {
        let events = state.withLock { state in
            state.ledger.rows.filter { $0.end == nil && $0.element != nil }.map {
                AllocationEvent.ended($0.key, JobEnd(.cancelled(by: AllocationLedger.canceller)))
            }
        }
        do throws(RegistryError) { try journal.write(events) } catch { Self.log.warning("\(error.message)") }
    }
}
