import HayateCore
import HayateWire

/// A deterministic world: the real `Dispatch`, real `DaemonSession`s, real frames between them, and
/// everything else invented from one seed.
///
/// It is also the shortest complete description of what the shells around the two cores must do:
/// `World+Host` is the host's side, `World+Daemon` the daemon's.
public final class World {
    let seed: UInt64
    let bug: PlantedBug?
    let scenario: Scenario
    var random: RandomSource
    /// TLS on all links, or on none.
    let protection: Protection?
    var queue = EventQueue()
    var now: Int64 = 0

    // The host.
    var dispatch: Dispatch
    var effects = Effects()
    var hostDaemons: [HostDaemon?] = []
    /// Processes that were killed, or whose exit was reported.
    var goneProcesses: Set<Int> = []
    /// Counts the lives of the host.
    var epoch = 0
    var hostFrozenUntil: Int64 = 0
    var hostAwakeSince: Int64 = 0
    var hostTimerAt = Int64.max
    var isWaitingForRoom = false
    var isClosed = false
    /// What is on the host's disk, and on its way there.
    var journal: JournalModel?
    var isHostDown = false

    // The rest of the world.
    var links: [Link] = []
    var dirtyLinks: [Int] = []
    var processes: [Process] = []
    var daemonEffects: [DaemonSession.Effect] = []
    var chunks: [[UInt8]] = []
    var freeChunks: [Int] = []
    var inbox: [Message] = []
    var submitted = 0
    var isHealed = false
    var slowest: Int64 = 1
    /// What tasks want to submit: the body of a child names the entry.
    var plans: [TaskModel] = []

    // Watching.
    var ledger = Ledger()
    var events = 0
    var cursor = 0
    var isTouched = false
    var isTracing = false
    var traced: [String] = []
    var injected = Injected()

    /// How often each fault was put in.
    public struct Injected: Sendable {
        public var cuts = 0
        public var blackholes = 0
        public var stalls = 0
        public var dropped = 0
        public var duplicated = 0
        public var crashes = 0
        public var poisonings = 0
        public var freezes = 0
        public var hostFreezes = 0
        public var hostRestarts = 0
        /// Hosts with a journal that were killed.
        public var hostKills = 0
        /// Tasks that need others.
        public var needy = 0
        public var cancels = 0
        /// Children that tasks submitted, and those that their own daemons ran.
        public var children = 0
        public var helped = 0
        /// Tasks that were given to daemons beside others.
        public var beside = 0
        /// Daemons whose end a signal announced.
        public var warnings = 0
        /// Handshakes that the host finished, and those of them that a ticket made short.
        public var handshakes = 0
        public var resumed = 0
        /// Strangers that dialled, and those that came as far as to say hello.
        public var strangers = 0
        public var refused = 0
        /// Bytes that were changed on their way.
        public var damaged = 0
    }

    /// What the host's shell keeps of one daemon beside the dispatcher's record.
    struct HostDaemon: Sendable {
        let id: DaemonID
        let session: SessionID
        let process: Int
        let terms: DaemonTerms
        let joinedAt: Int64
        /// Where frames for it go: nil while it is away, and until it has said what it holds.
        var link: Int?
        /// Welcomed back; `holding` is awaited.
        var resuming: Int?
        /// Results of this session that the host has, the dropped ones included.
        var received: UInt64 = 0
        var acknowledged: UInt64 = 0
        /// It was told to leave: the end of its connection is its end.
        var isDismissed = false
        /// Starts of tasks that were not directed to it.
        var starts: UInt64 = 0
        /// When the last bytes came from it.
        var heardAt: Int64 = 0
        /// What its tasks have submitted.
        var children = HostChildren()
    }

    /// What the host keeps of the tasks that one daemon's tasks have submitted.
    struct HostChildren: Sendable {
        enum Child: Sendable {
            /// The number of the task in the ledger.
            case live(Int)
            case ended(ResultStatus, [UInt8])
        }

        var all: [UInt64: Child] = [:]
        var highest: UInt64 = 0
        /// The daemon came back; what it still wants it submits again.
        var isRepeating = false
        var repeated: Set<UInt64> = []
    }

    /// - Parameter isProtected: links are under TLS in every world, and not in some.
    public init(seed: UInt64, bug: PlantedBug? = nil, isProtected: Bool = false) {
        self.seed = seed
        self.bug = bug
        var scenario = Scenario(
            seed: seed, isWarned: bug?.isOfWarnings == true, isJournaled: bug?.isOfJournals,
            isShared: bug == .grantRepeated)
        // Rare where connections seldom break while something is on its way.
        if bug == .oldConnectionRead { scenario.faultEvery /= 8 }
        self.scenario = scenario
        random = RandomSource(seed: seed)
        let isWholly = isProtected || bug?.isOfTLS == true
        protection =
            isWholly || scenario.isProtected ? Protection(seed: seed, isThrifty: !isWholly) : nil
        dispatch = Dispatch(limits: scenario.limits)
        if scenario.isDurable {
            journal = JournalModel()
            dispatch.notesChanges = true
            ledger.isJournaled = true
        }
        ledger.isHarmless = scenario.isHarmless
        // A host that was killed cannot know whether its last orders had left: it may blame who never began.
        ledger.isPoisonOnly = scenario.isPoisonOnly && !scenario.isDurable
        ledger.isOrdered =
            scenario.isHarmless && scenario.daemons == 1 && scenario.maximumTasksShare == 0
            && scenario.idleTimeShare == 0 && scenario.wallTimeShare == 0
            && scenario.drainShare == 0 && scenario.deafShare == 0 && scenario.parentShare == 0
            && scenario.warnedShare == 0 && scenario.sharedShare == 0 && scenario.needShare == 0
        ledger.isShared = scenario.sharedShare > 0
    }

    /// Runs until everything has ended or a checker found something.
    ///
    /// - Parameter tracing: keeps the last events as text; about ten times slower.
    public func run(tracing: Bool = false) -> Report {
        isTracing = tracing
        for _ in 0..<scenario.daemons { queue.add(.launch, at: random.below(20 * millisecond)) }
        queue.add(.submit, at: 0)
        queue.add(.hostHeartbeat, at: scenario.heartbeat)
        queue.add(.heal, at: scenario.healAt)
        if protection != nil, scenario.strangerEvery > 0 {
            queue.add(.strangerDials, at: scenario.strangerEvery)
        }
        if scenario.killEvery > 0 { queue.add(.hostKill, at: scenario.killEvery) }
        if scenario.faultEvery > 0 { queue.add(.fault, at: scenario.faultEvery) }
        while ledger.violation == nil, !isOver {
            guard let entry = queue.removeFirst() else {
                ledger.fail(.liveness, "the world stands still")
                break
            }
            now = entry.at
            guard !isPutOff(entry.event) else { continue }
            events += 1
            if events > 1_000_000 { ledger.stalled(dispatch, "a million events happened", at: now) }
            if isTracing { trace("\(entry.event)") }
            happen(entry.event)
            collect()
            flush()
            check()
        }
        if journal != nil { ledger.checkTold() }
        return Report(
            seed: seed, events: events, injected: injected, tasks: ledger.tasks.count,
            violation: ledger.violation, trace: traced)
    }

    /// A frozen process is served what arrived meanwhile when it goes on; a dead one never.
    private func isPutOff(_ event: Event) -> Bool {
        var until: Int64
        switch event {
        case .arriveAtHost, .endAtHost, .hostTimer, .hostHeartbeat, .prepared, .written, .submit, .cancel,
            .drain, .processExit:
            until = hostFrozenUntil
        case .heal where isHostDown:
            until = hostFrozenUntil
        case .arriveAtDaemon(let process, _, _) where process < 0, .endAtDaemon(let process, _) where process < 0:
            return false
        case .arriveAtDaemon(let process, _, let chunk):
            guard processes[process].isAlive else {
                freeChunks.append(chunk)
                return true
            }
            until = processes[process].frozenUntil
        case .endAtDaemon(let process, _), .dial(let process), .daemonTimer(let process),
            .daemonHeartbeat(let process), .daemonPulse(let process), .taskEnds(let process, _),
            .warn(let process):
            guard processes[process].isAlive else { return true }
            until = processes[process].frozenUntil
        case .launch, .kill, .fault, .hostKill, .hostStart, .heal, .judge, .strangerDials:
            return false
        }
        guard until > now else { return false }
        queue.putOff(event, until: until)
        return true
    }

    private func happen(_ event: Event) {
        switch event {
        case .arriveAtHost(let link, let chunk):
            arriveAtHost(link, chunk)
        case .endAtHost(let link):
            endAtHost(link)
        case .hostTimer:
            hostTimer()
        case .hostHeartbeat:
            hostHeartbeat()
        case .prepared(let id, let epoch):
            prepared(id, epoch)
        case .written(let epoch):
            written(epoch)
        case .hostKill:
            killHost()
        case .hostStart:
            startHost()
        case .submit:
            submit()
        case .cancel(let task):
            cancel(task)
        case .drain:
            drain()
        case .processExit(let process):
            processExit(process)
        case .arriveAtDaemon(let process, let link, let chunk):
            arriveAtDaemon(process, link, chunk)
        case .endAtDaemon(let process, let link):
            endAtDaemon(process, link)
        case .dial(let process):
            dial(process)
        case .daemonTimer(let process):
            daemonTimer(process)
        case .daemonHeartbeat(let process):
            daemonHeartbeat(process)
        case .daemonPulse(let process):
            daemonPulse(process)
        case .taskEnds(let process, let run):
            taskEnds(process, run)
        case .launch:
            launch()
        case .warn(let process):
            warn(process)
        case .kill(let process):
            if processes[process].isAlive { die(process, leavesSilently: false) }
        case .fault:
            fault()
        case .strangerDials:
            strangerDials()
        case .heal:
            heal()
        case .judge:
            ledger.stalled(dispatch, "time is up", at: now)
        }
    }

    /// Nothing is submitted any more, every task has its outcome, and every daemon let go.
    private var isOver: Bool {
        isHealed && submitted >= scenario.tasks && ledger.live.isEmpty
            && !isHostDown && journal?.isIdle != false && dispatch.counts.stopping == 0
            && processes.allSatisfy { !$0.isAlive || !$0.isWarned }
            && (!isClosed || processes.allSatisfy { !$0.isAlive || maySurviveClose($0) })
    }

    /// Whether a daemon was told to outlive its pool, for ever or until its task ends.
    private func maySurviveClose(_ process: Process) -> Bool {
        switch scenario.settings.autoExit {
        case .now: false
        case .afterTask: process.session.startedCount > 0
        case .never: true
        }
    }

    /// The checkers that run after every event.
    private func check() {
        guard isTouched, !isHostDown else { return }
        isTouched = false
        scheduleHostTimer()
        if let text = dispatch.sanityCheck() { ledger.fail(.sanity, text) }
        let unfinished = dispatch.counts.waiting + dispatch.counts.blocked + dispatch.counts.assigned
        if unfinished != ledger.live.count {
            ledger.fail(
                .kept,
                "\(ledger.live.count) tasks have no outcome, the dispatcher has \(unfinished)")
        }
        guard !ledger.live.isEmpty else { return }
        if scenario.parentShare > 0 { checkChildren() }
        cursor = cursor + 1 < ledger.live.count ? cursor + 1 : 0
        ledger.checkReason(of: ledger.live[cursor], dispatch, at: now)
        ledger.checkTime(of: ledger.live[cursor], at: now, awake: hostAwakeSince)
    }

    /// Reasons of all tasks, where an event may have changed many.
    func checkAll() {
        for number in ledger.live {
            ledger.checkReason(of: number, dispatch, at: now)
            ledger.checkTime(of: number, at: now, awake: hostAwakeSince)
        }
    }

    func trace(_ text: @autoclosure () -> String) {
        guard isTracing else { return }
        if traced.count >= 120 { traced.removeFirst(60) }
        traced.append("\(now / 1000) us  \(text())")
    }

    var instant: Instant { Instant(nanoseconds: now) }
}

/// What became of one seed's world.
public struct Report: Sendable {
    public var seed: UInt64
    public var events: Int
    public var injected: World.Injected
    /// Tasks that were accepted.
    public var tasks: Int
    public var violation: Violation?
    /// The last events, if they were traced.
    public var trace: [String]
}
