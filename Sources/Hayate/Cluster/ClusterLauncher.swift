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
    /// Where daemons dial in.
    let url: String
    let planner: PoolPlanner
    let reader: any AnswerReader
    let commands: any CommandTransport
    let journal: AllocationJournal
    let directory: RunDirectory
    let dispatcher: Dispatcher
    let state: Mutex<State>
    /// Keeps what is written down in its order; the disk may be slow.
    let writing = DispatchQueue(label: "hayate.allocations")
    static let log = Logger(label: "hayate.cluster")

    /// - Throws: `HayateError.launchFailed` if nothing can be planned, or written down.
    init(
        _ target: ClusterTarget, _ daemons: Daemons, at url: String, _ security: HostSecurity,
        _ dispatcher: Dispatcher, commands: any CommandTransport = LocalCommands()
    ) throws(HayateError) {
        self.target = target
        self.url = url
        self.commands = commands
        self.dispatcher = dispatcher
        guard let reader = target.cluster.answerReader else {
            throw HayateError(.invalidArgument, "the cluster \(target.plan.clusterName) has no scheduler")
        }
        self.reader = reader
        var run = AllocationRun.ofThisProcess(
            site: target.site.id, clusterName: target.plan.clusterName, cluster: target.cluster, logDirectory: nil)
        directory = try RunDirectory(in: target.site.runtime.sharedDirectory, run: run.id)
        run.logDirectory = directory.path
        do {
            journal = try AllocationRegistry.default().begin(run)
        } catch {
            directory.remove()
            throw HayateError(.launchFailed, error.message)
        }
        do {
            planner = try PoolPlanner(target, daemons, at: url, security, run: run.id, directory)
        } catch {
            // Nothing was submitted: nothing is kept.
            do throws(RegistryError) { try journal.finish() } catch { Self.log.warning("\(error.message)") }
            directory.remove()
            throw error
        }
        state = Mutex(
            State(
                ledger: AllocationLedger(LedgerRules(target.cluster)),
                sizing: AllocationSizing(
                    AllocationSizing.Limits(
                        minimum: 0, maximum: 0, daemonsPerAllocation: planner.daemonsPerAllocation,
                        mostElements: target.cluster.submission.mostElements ?? target.cluster.facts.mostElements))))
    }

    /// Asks for the fewest daemons at once, and for more when tasks wait.
    func start() {
        step { resize(to: target.daemons, &$0) }
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
        step { state in
            state.sizing.resume(at: .now, into: &state.sizingEffects)
            resize(to: daemons, &state)
        }
    }

    /// As far as the site allows jobs in the queue.
    private func resize(to daemons: ClosedRange<Int>, _ state: inout State) {
        let most = (target.cluster.submission.mostQueued ?? .max).multipliedReportingOverflow(
            by: planner.daemonsPerAllocation)
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
        guard planner.daemonsPerAllocation == 1 else { return }
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
        await withCheckedContinuation { continuation in
            writing.async { [self] in
                if all, rest.isEmpty { noteCancelled() }
                do throws(RegistryError) { try journal.finish() } catch { Self.log.warning("\(error.message)") }
                if all, rest.isEmpty, !hasFailed || !directory.hasLogs { directory.remove() }
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
