import CSystem
import Collections
import Dispatch
import Glibc
import HayateCore
import HayateTransport
import HayateWire
import Logging
import Synchronization

/// A daemon: dials its host, runs its tasks one at a time, and leaves as its session says.
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
        var type: HostLink.TaskType
        var body: [UInt8]
        var details: TaskDetails
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
        /// Smoothed time of the last tasks in nanoseconds; nil before the first.
        var taskTime: Int64?
        /// Since when tasks have been run by the thread that receives; nil while they are not.
        var inlineSince: Instant?
        /// Since when results have been held back to leave together.
        var heldBackSince: Instant?
        var exit: DaemonSession.Exit?
        var refusal: String?
        var isEnding = false
    }

    let options: DaemonOptions
    /// The task that runs, so that it can be cancelled from another thread; set and cleared by the task
    /// itself, under the lock, while it is alive.
    struct Running {
        var task: RunningTask?
        var interrupted: AttemptID?
    }

    let endpoint: Endpoint
    let state: Mutex<State>
    /// A lock of its own, taken last: every task takes it twice, and the main one is busy.
    let running = Mutex(Running())
    let workerWake = DispatchSemaphore(value: 0)
    /// What tasks draw from that bring no stream along; the host says where it begins.
    let ownStream = RandomStream()
    private let over = DispatchSemaphore(value: 0)
    let capture: OutputCapture?
    let backoff = Backoff()

    /// - Throws: `DaemonError` for a URL that cannot be dialled or must not be.
    public init(_ options: DaemonOptions) throws(DaemonError) {
        self.options = options
        do {
            endpoint = try Endpoint(options.url)
        } catch {
            throw DaemonError(error.message)
        }
        guard endpoint.isLoopback || options.allowsPlaintext else {
            throw DaemonError(
                "\(options.url) would send tasks over the network unprotected: use an address of this "
                    + "machine, or spell out --insecure-plaintext")
        }
        for (name, value) in DaemonOptions.startVariables {
            if let current = getenv(name), String(cString: current) == value { unsetenv(name) }
        }
        capture = options.capturesOutput ? OutputCapture() : nil
        if let capture { try capture.install() }
        let settings = DaemonSession.Settings(
            autoExit: options.autoExit, hostLease: options.lease,
            connectWithin: options.connectWithin)
        state = Mutex(State(session: DaemonSession(settings: settings, at: .now)))
    }

    /// Runs until the daemon leaves. Blocks the calling thread.
    /// - Returns: why it left, and the host's words if it was refused.
    public func run() -> (exit: DaemonSession.Exit, refusal: String?) {
        signal(SIGPIPE, SIG_IGN)
        _ = Transport.raiseFileDescriptorLimit()
        hayate_keep_large_blocks()
        WorkerThread.start { self.work() }
        dial(after: .zero)
        pulse()
        over.wait()
        return state.withLock { ($0.exit ?? .dismissed, $0.refusal) }
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
                // A task of an earlier host may have had the same name and been told to stop.
                running.withLock { $0.interrupted = nil }
                // Where nobody takes it right away, the worker is woken.
                if thread == .other { workerWake.signal() }
            case .interrupt(let attempt):
                running.withLock { running in
                    running.interrupted = attempt
                    running.task?.cancel()
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
        let (link, exit, isEnding) = state.withLock { state in
            defer { if state.exit != nil { state.isEnding = true } }
            return (state.link, state.exit, state.isEnding)
        }
        if exit != nil {
            guard !isEnding else { return }
            guard let link else {
                over.signal()
                return
            }
            link.connection.drainAndClose(deadline: .seconds(2))
            // `closed` comes back when the last frames are out, and signals `over`.
            return
        }
        link?.connection.flush()
    }

    func end() { over.signal() }
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
