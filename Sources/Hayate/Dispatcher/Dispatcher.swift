import Collections
import HayateCore
import HayateDaemon
import HayateJournal
import HayateTransport
import HayateWire
import Synchronization

/// The shell around `Dispatch`: listens, speaks with daemons, and tells callers how their tasks ended.
///
/// No thread of its own. Events come from the transport's callbacks, from callers and from timers; each
/// takes the one lock, feeds the core, writes what the core wants sent into the connections' buffers, and
/// after the lock is released sends and resolves.
///
/// Safe to share: `state` is a `Mutex`, the rest is constant.
final class Dispatcher: TaskQueue, @unchecked Sendable {
    /// What waits for one task, by the task's slot in the core.
    struct Entry {
        var receiver: OutcomeReceiver?
        var index: UInt32 = 0
        var type: UInt32 = 0
        var body: [UInt8] = []
    }

    /// What is to be done outside the lock.
    struct Afterwards {
        var resolutions: [Resolved] = []
        /// The task that was last asked for by name, as many need it.
        var lastNamed: (task: TaskID, name: String?)?
        var flushes: [DaemonWire] = []
        var logs: [TaskLogLine] = []
        var expelled: [UInt64] = []
        var room: [CheckedContinuation<Void, Never>] = []
        var departures: [(launch: UInt64, Departure)] = []
        var arrived: [(launch: UInt64, host: String)] = []
        /// Launches whose connection broke.
        var disconnected: [UInt64] = []
        var joined: [UInt64] = []
        /// What the core has counted, for metrics.
        var counts: (Dispatch.Counts, number: UInt64)?
        /// Tasks wait, and daemons that left because they were idle could run them.
        var isDemanding = false
        var found: [DaemonsWaiter] = []
        /// Who waits for the journal, and why nothing more is written.
        var written: [(tell: @Sendable (JournalError?) -> Void, failure: JournalError?)] = []
        /// Freed outside the lock: unmapping much memory takes a while.
        var letGo: [SharedRegion] = []
    }

    struct Resolved {
        var receiver: OutcomeReceiver
        var index: UInt32
        var end: End
        var watch: TaskWatch?

        enum End {
            case finished(AttemptID, ResultStatus, [UInt8], TaskOutput?, daemon: String, taskTime: Int64)
            case ended(HayateError)
        }
    }

    struct State {
        var core: Dispatch
        var effects = Effects()
        var entries: ContiguousArray<Entry> = []
        var outputs: [UInt32: TaskOutput] = [:]
        /// What travels with tasks beside their bodies, where there is something.
        var details: [UInt32: TaskDetails] = [:]
        /// Who watches tasks; nobody, if the process has no tracer and no metrics.
        var watches: [UInt32: TaskWatch] = [:]
        var events: UInt64 = 0
        /// Shared contents that tasks mean, where they mean some: they live at least as long as the task.
        var shares: [UInt32: [SharedRegion]] = [:]
        var probe: MemoryProbe?
        /// Where the next random streams begin.
        var streams: StreamSource
        var typeNumbers: [ObjectIdentifier: UInt32] = [:]
        var typeNames: [String] = []
        /// Numbers of types that only daemons have named.
        var childTypes: [String: UInt32] = [:]
        var links: [UInt32: DaemonLink] = [:]
        var sessions: [SessionID: DaemonLink] = [:]
        var launches: [UInt64: DaemonLink] = [:]
        var wires: [ObjectIdentifier: DaemonWire] = [:]
        var obituaries: [DaemonID: Obituary] = [:]
        var obituaryOrder: Deque<DaemonID> = []
        var setups: [Setup] = []
        var waitingForRoom: [UInt64: CheckedContinuation<Void, Never>] = [:]
        /// Who waits for daemons.
        var waitingForDaemons: [UInt64: DaemonsWaiter] = [:]
        var afterwards = Afterwards()
        var timer: TimerQueue.Timer?
        var timerAt = Instant.distantFuture
        var isClosed = false
        /// Whether a daemon that left because it was idle may be started again.
        var isMissingIdle = false
        /// Whether a daemon has ever joined that leaves after a number of tasks.
        var hasTaskLimits = false
        /// Why no daemon will come any more.
        var abandonment: String?
        /// Connections that came before the pool was ready for them; nil: it is.
        var early: [Connection]?
        /// What a session keeps beside; nil: tasks live as long as this process.
        var durable: DurableState?
    }

    /// A task that every daemon runs before it takes others.
    struct Setup: Sendable {
        var type: UInt32
        var body: [UInt8]
        var shares: [SharedRegion] = []
    }

    /// How a daemon left, for those who decide about another in its place.
    enum Departure: Sendable {
        /// It had nothing to do.
        case idle
        /// It had done what it was meant to do: its tasks, its time, or what was asked of it.
        case agreed
        /// It was lost.
        case lost

        init(_ dismissal: DrainReason?) {
            switch dismissal {
            case .idleTime: self = .idle
            case nil: self = .lost
            default: self = .agreed
            }
        }
    }

    /// What the pool wants to hear.
    struct Observer: Sendable {
        /// A launch has dialled in from this machine, and is being set up.
        var arrived: @Sendable (_ launch: UInt64, _ host: String) -> Void = { _, _ in }
        /// A launch takes tasks.
        var joined: @Sendable (UInt64) -> Void = { _ in }
        var departed: @Sendable (_ launch: UInt64, Departure) -> Void = { _, _ in }
        /// A launch's connection broke, and may come back.
        var disconnected: @Sendable (UInt64) -> Void = { _ in }
        var expelled: @Sendable (UInt64) -> Void = { _ in }
        var demanded: @Sendable () -> Void = {}
        var isOurs: @Sendable (_ launch: UInt64, _ process: UInt32) -> Bool = { _, _ in false }
        var logged: @Sendable (TaskLogLine) -> Void = { _ in }
    }

    let state: Mutex<State>
    let settings: DispatcherSettings
    let observer: Observer
    override var instruments: Instruments? { ownInstruments }
    private let ownInstruments: Instruments?
    /// Writes tasks and reads results, with this pool's serialization hooks.
    override var encoder: BinaryEncoder { coders.0 }
    override var decoder: BinaryDecoder { coders.1 }
    private let coders: (BinaryEncoder, BinaryDecoder)
    let ledger = SharedLedger()
    /// Peers that were not let in.
    let refusals: RefusalLog

    init(
        settings: DispatcherSettings, observer: Observer, instruments: Instruments? = nil,
        refusals: RefusalLog = RefusalLog()
    ) {
        self.refusals = refusals
        ownInstruments = instruments
        self.settings = settings
        self.observer = observer
        coders = settings.hooks.coders
        state = Mutex(
            State(
                core: Dispatch(limits: settings.limits), streams: StreamSource(seed: settings.seed)))
        super.init()
        ledger.serve(self)
    }

    // MARK: The queue

    override func submit(_ request: Request) -> Result<MiraiState, HayateError> {
        submit(request) { MiraiState(task: $0, queue: self) }
    }

    override func submit(
        _ requests: [Request], from first: UInt32, to receiver: OutcomeReceiver
    ) throws(HayateError) -> Int {
        try submitMany(requests, from: first, to: receiver)
    }

    @discardableResult
    override func stop(_ task: TaskID) -> Bool { cancel(task) }

    override func stopAll(of receiver: OutcomeReceiver) { cancelAll(of: receiver) }

    override var daemonsForChunks: DaemonsForChunks { describeForChunks() }

    override func waitForRoom() async { await suspendForRoom() }

    override func waitReason(of task: TaskID) -> WaitReason? { reason(of: task) }

    // MARK: Events

    /// Feeds the core one or more events and carries out what it decides.
    func withCore<Value: Sendable>(_ body: (inout State) -> sending Value) -> Value {
        let (value, afterwards) = state.withLock { state -> (Value, Afterwards) in
            let value = body(&state)
            perform(&state)
            return (value, finish(&state))
        }
        run(afterwards)
        return value
    }

    /// Under the lock: carries out the core's effects that concern connections and callers.
    func perform(_ state: inout State) {
        // The end of a daemon cancels what its tasks have submitted: more effects, when these are done.
        while !state.effects.isEmpty {
            let list = state.effects.list
            state.effects.removeAll()
            carryOut(list, &state)
        }
    }

    private func carryOut(_ list: [Effects.Effect], _ state: inout State) {
        for effect in list {
            switch effect {
            case .assign(let attempt, let daemon): assign(attempt, to: daemon, &state)
            case .assignBeside(let attempt, let grant, let daemon):
                assign(attempt, to: daemon, granting: grant, &state)
            case .assignChild(let attempt, let daemon):
                announceChild(attempt, to: daemon, &state)
                assign(attempt, to: daemon, &state)
            case .revoke(let attempt, let daemon): send(.revoke(attempt), to: daemon, &state)
            // A daemon that is told of the end of the pool knows itself what becomes of its task.
            case .stop(let attempt, let daemon):
                if !state.isClosed { send(.stop(attempt), to: daemon, &state) }
            case .dismiss(let daemon, let reason):
                state.links[daemon.slot]?.dismissal = reason
                send(.dismiss(reason), to: daemon, &state)
            case .resolve(let task, let ending): resolve(task, ending, &state)
            case .expel(let daemon, let reason): expel(daemon, reason, &state)
            case .room:
                state.afterwards.room += state.waitingForRoom.values
                state.waitingForRoom.removeAll()
            }
        }
    }

    private func assign(
        _ attempt: AttemptID, to daemon: DaemonID, granting grant: ResourceGrant? = nil, _ state: inout State
    ) {
        // A daemon without a connection gets what it should hold when it resumes.
        guard let link = state.links[daemon.slot], let wire = link.wire, !wire.awaitsHolding
        else { return }
        let slot = Int(attempt.task.slot)
        let type = state.entries[slot].type
        var details = state.details.isEmpty ? nil : state.details[attempt.task.slot]
        if let grant { details = (details ?? TaskDetails()).granting(grant) }
        let shares = state.shares.isEmpty ? nil : state.shares[attempt.task.slot]
        if !state.watches.isEmpty { state.watches[attempt.task.slot]?.assigned(attempt) }
        if wire.heldBack == nil, shares == nil {
            if let details { wire.write(.details(details)) }
            wire.assign(
                attempt, type: type, name: state.typeNames[Int(type)], body: state.entries[slot].body)
        } else {
            let assignment = Assignment(
                attempt: attempt, type: type, name: state.typeNames[Int(type)],
                body: state.entries[slot].body, details: details ?? TaskDetails(),
                shares: shares ?? [])
            wire.assign(assignment, to: link, ledger)
        }
        markDirty(wire, &state)
    }

    func send(_ message: Message, to daemon: DaemonID, _ state: inout State) {
        // Until a daemon that came back has said what it holds, nothing is sent: what still matters
        // is decided again then.
        guard let wire = state.links[daemon.slot]?.wire, !wire.awaitsHolding else { return }
        if wire.heldBack == nil {
            wire.write(message)
        } else {
            wire.heldBack?.append(.message(message))
        }
        markDirty(wire, &state)
    }

    func markDirty(_ wire: DaemonWire, _ state: inout State) {
        guard !wire.isDirty else { return }
        wire.isDirty = true
        state.afterwards.flushes.append(wire)
    }

    private func resolve(_ task: TaskID, _ ending: Ending, _ state: inout State) {
        let watch = takeWatch(task.slot, &state)
        guard let entry = takeEntry(task.slot, &state), let receiver = entry.receiver else { return }
        // It has not ended: it belongs to the next host.
        if receiver.durable != nil, state.durable?.isSealed == true { return }
        var error = HayateError(ending, task: task) { state.obituaries[$0] }
        if ending == .noDaemons, let reason = state.abandonment { error.message += ": " + reason }
        if case .neededFailed(let needed) = ending, let name = nameOfEnded(needed, &state) {
            error.message = "\(name), which the task needs, ended without returning, so the task was not started"
        }
        if let output = state.outputs.removeValue(forKey: task.slot) { error.take(output) }
        state.afterwards.resolutions.append(
            Resolved(receiver: receiver, index: entry.index, end: .ended(error), watch: watch))
    }

    /// Under the lock: what people call a task that has ended in this very event. Those that need it end right behind it,
    /// many one after the other.
    private func nameOfEnded(_ task: TaskID, _ state: inout State) -> String? {
        if let last = state.afterwards.lastNamed, last.task == task { return last.name }
        let ended = state.afterwards.resolutions.last { resolved in
            switch resolved.end {
            case .finished(let attempt, _, _, _, _, _): attempt.task == task
            case .ended(let error): error.task == task.rawValue
            }
        }
        let name = ended.flatMap { $0.receiver.name(of: $0.index) }
        state.afterwards.lastNamed = (task, name)
        return name
    }

    func takeEntry(_ slot: UInt32, _ state: inout State) -> Entry? {
        guard Int(slot) < state.entries.count else { return nil }
        let entry = state.entries[Int(slot)]
        state.entries[Int(slot)] = Entry()
        if !state.details.isEmpty { state.details[slot] = nil }
        if !state.shares.isEmpty, let shares = state.shares.removeValue(forKey: slot) {
            state.afterwards.letGo += shares
        }
        return entry
    }

    private func expel(_ daemon: DaemonID, _ reason: LossReason, _ state: inout State) {
        guard let link = state.links[daemon.slot], link.id == daemon else { return }
        if link.launch != 0 { state.afterwards.expelled.append(link.launch) }
        link.wire?.connection.close(.refused(reason.clause))
        forget(link, &state)
    }

    /// Under the lock: this daemon's session is over; what it still says is nobody's.
    func forget(_ link: DaemonLink, _ state: inout State) {
        if state.obituaries[link.id] == nil { remember(link, lastWords: "", &state) }
        noteGone(link, &state)
        if !link.children.isEmpty { cancelChildren(of: link, &state) }
        state.sessions[link.session] = nil
        if state.links[link.id.slot] === link { state.links[link.id.slot] = nil }
        if state.launches[link.launch] === link { state.launches[link.launch] = nil }
        link.wire?.link = nil
        link.wire = nil
        if link.launch != 0 {
            state.afterwards.departures.append((link.launch, Departure(link.dismissal)))
        }
    }

    /// Under the lock: keeps what errors of its tasks will say of a daemon that is gone. Bounded: tasks
    /// look within a few losses of their own.
    func remember(_ link: DaemonLink, lastWords: String, _ state: inout State) {
        if state.obituaries.updateValue(
            Obituary(name: link.name, lastWords: lastWords), forKey: link.id) == nil
        {
            state.obituaryOrder.append(link.id)
        }
        if state.obituaryOrder.count > 1_000, let oldest = state.obituaryOrder.popFirst() {
            state.obituaries[oldest] = nil
        }
    }

    /// Under the lock, last: hands frames to the connections and sets the timer.
    func finish(_ state: inout State) -> Afterwards {
        if state.isMissingIdle || state.abandonment != nil { provideForWaiting(&state) }
        if !state.waitingForDaemons.isEmpty { findDaemons(&state) }
        holdBack(&state)
        for wire in state.afterwards.flushes {
            wire.handOver()
            wire.isDirty = false
        }
        count(&state)
        let afterwards = state.afterwards
        state.afterwards = Afterwards()
        setTimer(&state)
        return afterwards
    }

    /// Under the lock: tasks that wait although nothing moves get daemons again, or their error.
    private func provideForWaiting(_ state: inout State) {
        guard state.core.counts.waiting > 0 else { return }
        if state.isMissingIdle {
            state.isMissingIdle = false
            state.afterwards.isDemanding = true
        }
        if state.abandonment != nil, state.core.counts.daemons == 0 {
            state.core.abandon(at: .now, into: &state.effects)
            perform(&state)
        }
    }

    /// Outside the lock.
    func run(_ afterwards: Afterwards) {
        for wire in afterwards.flushes { wire.connection.flush() }
        // What a task said comes before its outcome.
        for line in afterwards.logs { observer.logged(line) }
        deliver(afterwards.resolutions)
        if let counts = afterwards.counts {
            instruments?.metrics?.counted(counts.0, number: counts.number)
        }
        for arrival in afterwards.arrived { observer.arrived(arrival.launch, arrival.host) }
        for launch in afterwards.joined { observer.joined(launch) }
        for launch in afterwards.disconnected { observer.disconnected(launch) }
        for launch in afterwards.expelled { observer.expelled(launch) }
        for departure in afterwards.departures {
            observer.departed(departure.launch, departure.1)
            // Only now does the pool know that there is one to start again.
            if departure.1 == .idle { withCore { $0.isMissingIdle = true } }
        }
        if afterwards.isDemanding { observer.demanded() }
        for waiter in afterwards.room { waiter.resume() }
        for waiter in afterwards.found { waiter.gate.open() }
        for waiter in afterwards.written { waiter.tell(waiter.failure) }
    }

    /// Runs of outcomes for the same receiver, as maps have them, are handed over together.
    private func deliver(_ all: [Resolved]) {
        var index = 0
        while index < all.count {
            let receiver = all[index].receiver
            var batch: [OutcomeReceiver.Item] = []
            while index < all.count, all[index].receiver === receiver {
                let resolution = resolution(of: all[index])
                all[index].watch?.ended(resolution)
                batch.append((all[index].index, resolution))
                index += 1
            }
            receiver.resolve(batch)
        }
    }

    func resolution(of resolved: Resolved) -> Resolution {
        switch resolved.end {
        case .ended(let error):
            return .error(error)
        case .finished(_, .value, let body, let output, _, _):
            return output.map { .valueWithOutput(body, $0) } ?? .value(body)
        case .finished(let attempt, let status, let body, let output, let daemon, _):
            var error = HayateError(
                failure: body, status: status, attempt: attempt, daemon: daemon)
            if let output { error.take(output) }
            return .error(error)
        }
    }

    // MARK: Time

    /// A sign of life to every daemon, and the receipt of what it sent; again and again.
    func pulse() {
        let isOpen = withCore { state in
            guard !state.isClosed else { return false }
            let stamp = UInt64(bitPattern: Instant.now.nanoseconds)
            for link in state.links.values {
                guard let wire = link.wire, !wire.awaitsHolding, wire.hasSpoken else { continue }
                link.acknowledge()
                giveUpProbe(of: link, wire, &state)
                wire.writeNow(.ping(stamp: stamp))
                markDirty(wire, &state)
            }
            return true
        }
        guard isOpen else { return }
        TimerQueue.shared.schedule(after: settings.heartbeat) { [weak self] in self?.pulse() }
    }

    private func setTimer(_ state: inout State) {
        guard let next = state.core.nextDeadline, next < state.timerAt else { return }
        if let timer = state.timer { TimerQueue.shared.cancel(timer) }
        state.timerAt = next
        let delay = max(0, next.since(.now))
        state.timer = TimerQueue.shared.schedule(after: .nanoseconds(delay)) { [weak self] in
            self?.tick()
        }
    }

    private func tick() {
        withCore { state in
            state.timer = nil
            state.timerAt = .distantFuture
            state.core.tick(at: .now, into: &state.effects)
        }
    }
}

/// How a dispatcher speaks with its daemons.
struct DispatcherSettings: Sendable {
    var limits = DispatchLimits()
    /// Between two signs of life, both ways.
    var heartbeat: Duration = .seconds(5)
    var hooks = PoolHooks()
    /// Gives each task a random stream of its own; nil: each daemon has one.
    var seed: Int32?
}
