import CSystem
import Collections
import Dispatch
import Glibc
import HayateCore
import HayateTransport
import HayateWire
import Logging
import Synchronization

/// A daemon: dials its host, runs its tasks one at a time or beside each other, and leaves as its session says.
///
/// The decisions are `DaemonSession`'s; this is the shell around it. Three kinds of threads meet here,
/// under one lock: the transport's callbacks, the worker thread that runs the tasks, and the timer
/// thread of the pulse.
public final class DaemonRuntime: Sendable {
    /// Which thread carries out effects: one that runs tasks looks for the next itself.
    enum Performer { case runner, other }

    /// A result that the host has not acknowledged.
    struct KeptResult: Sendable {
        var attempt: AttemptID
        var end: TaskEnd
        var taskTime: Int64
    }

    struct Job: Sendable {
        var attempt: AttemptID
        /// Counts starts. Two hosts' tasks can have the same name, two starts here have not.
        var start: UInt64 = 0
        var type: HostLink.TaskType
        var body: [UInt8]
        var details: TaskDetails
    }

    /// A task that was started, and the cell where it leaves its end.
    struct Level {
        var attempt: AttemptID
        var start: UInt64
        var cell: TaskCell
    }

    struct State {
        var session: DaemonSession
        var effects: [DaemonSession.Effect] = []
        var bodies: [AttemptID: Job] = [:]
        var kept: Deque<KeptResult> = []
        var link: HostLink?
        var sessionID: SessionID?
        var heartbeat = Duration.seconds(5)
        var silence = Duration.seconds(60)
        var lastHeard = Instant.now
        var lastPulse = Instant.now
        var lastPing = Instant.zero
        var lastTask = Instant.now
        /// Whether memory of large arguments and results may be kept for the next ones.
        var keepsMemory = false
        /// What the worker shall run next.
        var next: Job?
        var starts: UInt64 = 0
        /// What runs beside each other, and the threads for it.
        var lanes = Lanes()
        /// What runs and what waits for its children, the last on top, as in the session.
        var levels: [Level] = []
        /// Whether a thread has run a child on top of a task and not come back to where it began: until then
        /// no other thread may start a task, even if all have ended.
        var isStacked = false
        /// A task that was started where messages are received, and waits: the worker takes it over.
        var handedOver: TaskCell?
        /// Children without outcome, by number.
        var children: [UInt64: KeptChild] = [:]
        /// Children that have ended, whose receivers are told outside the lock.
        var childEnds: [(receiver: any ChildReceiver, end: ChildEnd)] = []
        /// Starts that are to be cancelled outside the lock: handlers may call back.
        var cancellations: [UInt64] = []
        /// Smoothed time of the last tasks in nanoseconds; nil before the first.
        var taskTime: Int64?
        /// Since when tasks have been run by the thread that receives; nil while they are not.
        var inlineSince: Instant?
        /// Since when results have been held back to leave together.
        var heldBackSince: Instant?
        /// What the running task said that has not been sent, and how much it may say.
        var reports = Reports()
        var exit: DaemonSession.Exit?
        var refusal: String?
        /// Why the last try to connect came to nothing.
        var trouble: String?
        var isEnding = false
        /// Whether it has left, so that the worker's thread can end.
        var isOver = false
        /// Called once, when it has left.
        var onOver: (@Sendable () -> Void)?
    }

    let options: DaemonOptions
    /// When it takes no task any more; nil for never.
    let takesUntil: Instant?
    /// The tasks that were started, so that they can be cancelled from another thread; each is added and
    /// removed by itself, under the lock, while it is alive.
    struct Running {
        var tasks: [(start: UInt64, task: RunningTask)] = []
        /// Starts that were to be cancelled.
        var interrupted: [UInt64] = []
    }

    let security: DaemonSecurity
    let state: Mutex<State>
    /// A lock of its own: every task takes it twice, and the main one is busy. Never taken under the main
    /// one: while it is held, handlers of cancelled tasks run, and they may want the main one.
    let running = Mutex(Running())
    let workerWake = DispatchSemaphore(value: 0)
    let laneWake = DispatchSemaphore(value: 0)
    /// What it has for tasks that run beside each other; nil: it runs one at a time.
    let resources: DaemonResources?
    /// Where it lives: what it may do to its process, and who does its tasks.
    let home: DaemonHome
    /// What tasks draw from that bring no stream along; the host says where it begins.
    let ownStream = RandomStream()
    let capture: OutputCapture?
    let cleaning: Mutex<Cleaning>
    /// nil if the process has no tracer.
    let tracing: DaemonTracing?
    let coding = TaskCoding()
    package var coders: (encoder: BinaryEncoder, decoder: BinaryDecoder) { (coding.encoder, coding.decoder) }
    let backoff: Backoff

    /// - Throws: `DaemonError` for a URL that cannot be dialled or must not be.
    public convenience init(_ options: DaemonOptions) throws(DaemonError) {
        try self.init(options, home: .ownProcess)
    }

    /// - Parameter security: what was made of the options before, for several daemons with the same; nil: it
    ///   is made here.
    package init(
        _ options: DaemonOptions, home: DaemonHome, security: DaemonSecurity? = nil
    ) throws(DaemonError) {
        self.options = options
        self.home = home
        // Dialling on the same machine costs nothing: a host that comes back shall not be kept waiting.
        backoff = options.url.hasPrefix("ipc:") ? Backoff(cap: .seconds(1)) : Backoff()
        // A guest begins with its runtime: its process is older than it.
        let age = home.ownsProcess ? ThisProcess.age : 0
        takesUntil = options.wallTime.map { Instant.now.advanced(by: -age).advanced(by: $0.nanoseconds) }
        // Not `??`, which cannot throw this type.
        if let security {
            self.security = security
        } else {
            self.security = try DaemonSecurity(options)
        }
        if home.ownsProcess {
            for (name, value) in DaemonOptions.startVariables {
                if let current = getenv(name), String(cString: current) == value { unsetenv(name) }
            }
        }
        resources = home.ownsProcess ? options.offeredResources : nil
        // Of tasks beside each other nobody can tell which one printed what.
        capture = options.collectsOutput && home.ownsProcess ? OutputCapture() : nil
        if let capture { try capture.install() }
        tracing = DaemonTracing(url: options.url)
        // What belongs to the process is a guest's to leave alone.
        // Nor can it be put back between tasks that others overlap.
        let cleansUp = home.ownsProcess && !options.cleanUp.isEmpty && resources == nil
        cleaning = Mutex(Cleaning(process: cleansUp ? ProcessState(options.cleanUp) : nil))
        let settings = DaemonSession.Settings(
            autoExit: options.autoExit, hostLease: options.lease,
            connectWithin: options.connectWithin)
        state = Mutex(State(session: DaemonSession(settings: settings, at: .now)))
    }

    /// Runs until the daemon leaves. Blocks the calling thread. For a process that is nothing but this daemon.
    /// - Returns: why it left, and the host's words if it was refused.
    public func run() -> (exit: DaemonSession.Exit, refusal: String?) {
        signal(SIGPIPE, SIG_IGN)
        _ = Transport.raiseFileDescriptorLimit()
        hayate_keep_large_blocks()
        TaskContext.becomeDaemon()
        let over = DispatchSemaphore(value: 0)
        let signals = WarningSignals { [weak self] number in
            guard self?.warned(by: number) == true else { return }
            DaemonProgram.complain(
                "\(SignalName.name(of: number)): this daemon begins no more tasks, and leaves when the one that "
                    + "runs has ended")
        }
        defer { signals.end() }
        start { over.signal() }
        over.wait()
        return leaving
    }

    /// A signal announced the end of this process.
    /// - Returns: whether it is the first that did.
    private func warned(by signal: Int32) -> Bool {
        let isFirst = state.withLock { state in
            defer { perform(&state) }
            return state.session.warned(
                by: UInt8(clamping: signal), isAwaited: state.link != nil, into: &state.effects)
        }
        settle()
        return isFirst
    }

    /// Why the last try to connect came to nothing; nil if nothing was heard at all.
    var lastTrouble: String? { state.withLock { $0.trouble } }

    /// The same while no host has admitted this daemon.
    var earlyTrouble: String? { state.withLock { $0.sessionID == nil ? $0.trouble : nil } }

    /// Starts, and returns at once; `onOver` is called when the daemon has left.
    package func start(onOver: @escaping @Sendable () -> Void) {
        state.withLock { $0.onOver = onOver }
        WorkerThread.start { self.work() }
        dial(after: .zero)
        pulse()
    }

    /// Why it left, and the host's words if it was refused.
    package var leaving: (exit: DaemonSession.Exit, refusal: String?) {
        state.withLock { ($0.exit ?? .dismissed, $0.refusal) }
    }

    // MARK: Effects

    /// Carries out what the session decided. Under the lock; `flush` follows outside it.
    func perform(_ state: inout State, by thread: Performer = .other) {
        guard !state.effects.isEmpty else { return }
        let effects = state.effects
        state.effects.removeAll(keepingCapacity: true)
        for effect in effects {
            switch effect {
            case .start(let attempt):
                state.next = state.bodies.removeValue(forKey: attempt)
                state.starts += 1
                state.next?.start = state.starts
                // A child starts where its parent was. Else, where nobody takes the task right away, the
                // worker is woken.
                if let parent = state.levels.last {
                    parent.cell.wake()
                } else if thread == .other {
                    workerWake.signal()
                }
            case .startBeside(let attempt): startLane(attempt, &state)
            case .interrupt(let attempt):
                if let level = state.levels.last(where: { $0.attempt == attempt }) {
                    state.cancellations.append(level.start)
                } else if let next = state.next, next.attempt == attempt {
                    state.cancellations.append(next.start)
                } else if let start = state.lanes.start(of: attempt) {
                    state.cancellations.append(start)
                }
            case .discard(let attempt):
                state.bodies[attempt] = nil
            case .giveBack(let attempt):
                state.link?.write(.returned(attempt))
            case .report(_, let number):
                let first = state.session.acknowledged + 1
                guard number >= first, number - first < UInt64(state.kept.count) else { continue }
                state.link?.writeFinished(state.kept[Int(number - first)])
            case .forget:
                let surplus = state.kept.count - state.session.unacknowledgedCount
                if surplus > 0 { state.kept.removeFirst(surplus) }
            case .submit, .withdraw, .help, .orphan: perform(child: effect, &state)
            case .announce(let signal): state.link?.write(.leaving(signal: signal))
            case .dial(let attempt):
                let random = UInt64.random(in: .min ... .max)
                dial(after: backoff.delay(afterFailures: Int(attempt), random: random))
            case .exit(let exit):
                state.exit = exit
            }
        }
        state.link?.handOver()
    }

    /// After an event, outside the lock: sends what was written, and ends the daemon if it is time.
    func settle() {
        let (link, exit, isEnding, hasMore) = state.withLock { state in
            defer { if state.exit != nil { state.isEnding = true } }
            let hasMore = !state.childEnds.isEmpty || !state.cancellations.isEmpty
            return (state.link, state.exit, state.isEnding, hasMore)
        }
        if hasMore {
            deliverChildEnds()
            cancelInterrupted()
        }
        if exit != nil {
            guard !isEnding else { return }
            guard let link else {
                end()
                return
            }
            link.connection.drainAndClose(deadline: .seconds(2))
            // `closed` comes back when the last frames are out, and calls `end`; unless a task that does not
            // stop keeps the connection's thread.
            TimerQueue.shared.schedule(after: .seconds(3)) { [weak self] in self?.end() }
            return
        }
        link?.connection.flush()
    }

    func end() {
        let onOver = state.withLock { state in
            state.isOver = true
            return state.onOver.take()
        }
        // Its thread sees that it is not needed any more.
        workerWake.signal()
        endLanes()
        onOver?()
    }
}

/// Threads that run what must not run on the transport's.
enum WorkerThread {
    private final class Start {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Starts a detached thread with the 8 MiB stack that programs are used to.
    static func start(_ body: @escaping @Sendable () -> Void) {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        pthread_attr_setstacksize(&attributes, 8 << 20)
        var thread = pthread_t()
        let start = Unmanaged.passRetained(Start(body))
        let result = pthread_create(
            &thread, &attributes,
            { argument in
                if let argument {
                    Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().body()
                }
                return nil
            }, start.toOpaque())
        precondition(result == 0, "the system gives this process no thread: \(result)")
        pthread_attr_destroy(&attributes)
    }
}
