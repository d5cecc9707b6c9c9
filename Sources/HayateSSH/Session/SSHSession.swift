import CLibSSH
import CSystem
import Glibc
import HayateLaunch
import Synchronization

/// An open session of SSH, and the thread that it belongs to.
///
/// The library allows one thread for a session. Others hand jobs to it (`post`), and everything that goes on in the
/// session is an `Activity` there. Nothing on that thread waits but for the descriptors of all activities together,
/// once somebody is logged in.
// @unchecked: `shared` is behind its mutex, and all other variables are those of the session's thread alone.
final class SSHSession: @unchecked Sendable {
    struct Job {
        var run: @Sendable (SSHSession) -> Void
        /// Called instead if there is no session any more.
        var refuse: @Sendable (RemoteError) -> Void
    }

    struct Shared {
        var inbox: [Job] = []
        var isClosing = false
        /// Why there is no session any more.
        var failure: RemoteError?
        /// The thread is done, but for its last step.
        var hasEnded = false
        var endings: [@Sendable () -> Void] = []
        var thread: pthread_t?
        /// A second descriptor of the session's socket while it is being opened, by which it is broken off. The
        /// first one may be closed by the library at any time.
        var socket: Int32?
        /// The session before it on the way.
        var hop: SSHSession?
        var ownAddress: String?
    }

    let host: RemoteHost
    let ssh: SSH
    /// All machines that are passed, the last is the one that is meant; nil: to be found from `host`.
    let givenRoute: [SSHDestination]?
    /// The machine that this one is on the way to.
    let target: RemoteHost?
    let shared = Mutex(Shared())
    private let wakeDescriptor = hayate_event()

    // MARK: the thread's own

    /// How errors name it; fixed once it is open.
    var errorName: String
    /// Set from `open` on, until the session is freed.
    var raw: ssh_session!
    var socket: LentSocket?
    var readiness: Readiness!
    var counter = UnsafeMutablePointer<ssh_counter_struct>.allocate(capacity: 2)
    let globalRequests = GlobalRequests()
    var forwards: [Forward] = []
    var boundPort: UInt16 = 0
    var proxy: ProxyProgram?
    var slots = SessionSlots()
    var keepAlive = KeepAlive()
    var activities: [ObjectIdentifier: any Activity] = [:]
    /// Those to which something has happened.
    var readyActivities: [ObjectIdentifier: any Activity] = [:]
    /// Those to which anything that comes from the other side may matter, such as a confirmation or more window.
    var attentive: [ObjectIdentifier: any Activity] = [:]
    var timers: [ObjectIdentifier: UInt64] = [:]
    var descriptors: [UInt64: any Activity] = [:]
    var nextKey: UInt64 = 2
    /// Whether the socket takes nothing more at the moment.
    var isClogged = false
    var hasUnsettledOutput = false
    var mayHaveNews = true
    var seenPackets: UInt64 = 0
    var sessionEvents: Readiness.Events = .read
    var event: ssh_event?
    /// Where local sockets are read into.
    let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 128 << 10, alignment: 16)

    static let wakeKey: UInt64 = 0
    static let sessionKey: UInt64 = 1

    init(_ host: RemoteHost, _ ssh: SSH, route: [SSHDestination]? = nil, onTheWayTo target: RemoteHost? = nil) {
        self.host = host
        self.ssh = ssh
        givenRoute = route
        self.target = target
        errorName = target.map { "\(host) on the way to \($0)" } ?? host.description
        counter.initialize(repeating: ssh_counter_struct(), count: 2)
    }

    deinit {
        counter.deallocate()
        scratch.deallocate()
        if wakeDescriptor >= 0 { close(wakeDescriptor) }
    }

    // MARK: from other threads

    /// Starts the thread, which opens the session and calls `onOpened` once.
    func start(onOpened: @escaping @Sendable (Result<Void, RemoteError>) -> Void) {
        let context = Unmanaged.passRetained(ThreadStart(session: self, onOpened: onOpened))
        var thread = pthread_t()
        // Under the lock, so that the thread cannot end before it is known.
        let failure = shared.withLock { shared in
            let failure = pthread_create(
                &thread, nil,
                { context in
                    if let context {
                        let start = Unmanaged<ThreadStart>.fromOpaque(context).takeRetainedValue()
                        start.session.run(start.onOpened)
                    }
                    return nil
                }, context.toOpaque())
            if failure == 0 { shared.thread = thread }
            return failure
        }
        guard failure != 0 else { return }
        context.release()
        let error = RemoteError(
            host: errorName, .connect, "no thread could be started: see how much runs on this machine",
            isTransient: true)
        shared.withLock {
            $0.failure = error
            $0.hasEnded = true
        }
        onOpened(.failure(error))
    }

    /// Has the session's thread do something.
    func post(
        _ run: @escaping @Sendable (SSHSession) -> Void, orElse refuse: @escaping @Sendable (RemoteError) -> Void
    ) {
        let failure: RemoteError? = shared.withLock { shared in
            if let failure = shared.failure { return failure }
            shared.inbox.append(Job(run: run, refuse: refuse))
            return nil
        }
        if let failure { refuse(failure) } else { wake() }
    }

    /// Calls once the session is over and its things are gone; at once if they are.
    func whenEnded(_ body: @escaping @Sendable () -> Void) {
        let isOver = shared.withLock { shared in
            if !shared.hasEnded { shared.endings.append(body) }
            return shared.hasEnded
        }
        if isOver { body() }
    }

    /// Ends the session, also one that is being opened.
    func stop() {
        let hop = shared.withLock { shared in
            shared.isClosing = true
            if let socket = shared.socket { shutdown(socket, Int32(SHUT_RDWR)) }
            return shared.hop
        }
        wake()
        hop?.stop()
    }

    /// Waits for the thread, after its last step but one (`whenEnded`), or gives it up.
    func joinThread() {
        let thread = shared.withLock { shared in
            defer { shared.thread = nil }
            return shared.thread
        }
        if let thread { pthread_join(thread, nil) }
    }

    func detachThread() {
        let thread = shared.withLock { shared in
            defer { shared.thread = nil }
            return shared.thread
        }
        if let thread { pthread_detach(thread) }
    }

    private func wake() {
        var one: UInt64 = 1
        _ = write(wakeDescriptor, &one, MemoryLayout.size(ofValue: one))
    }

    // MARK: the thread

    /// What a thread is started with.
    private final class ThreadStart {
        let session: SSHSession
        let onOpened: @Sendable (Result<Void, RemoteError>) -> Void

        init(session: SSHSession, onOpened: @escaping @Sendable (Result<Void, RemoteError>) -> Void) {
            self.session = session
            self.onOpened = onOpened
        }
    }

    private func run(_ onOpened: @Sendable (Result<Void, RemoteError>) -> Void) {
        // Signals are for the program's own threads. SIGPIPE most of all: it would end the program where a socket or
        // the pipe of a proxy command has lost its other end, and is told to the thread that wrote.
        var signals = sigset_t()
        sigfillset(&signals)
        for number in [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT] { sigdelset(&signals, number) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        do {
            try open(wakeDescriptor)
        } catch {
            end(error)
            onOpened(.failure(error))
            return finish()
        }
        closeSecondDescriptor()
        onOpened(.success(()))
        let failure = loop(wakeDescriptor)
        end(failure)
        finish()
    }

    /// Leaves nothing of the session. Whoever waits for something is told.
    private func end(_ failure: RemoteError) {
        let (jobs, hop) = shared.withLock { shared in
            shared.failure = failure
            defer { shared.inbox = [] }
            return (shared.inbox, shared.hop)
        }
        for activity in activities.values { activity.sessionEnded() }
        globalRequests.end()
        for job in jobs { job.refuse(failure) }
        activities = [:]
        readyActivities = [:]
        attentive = [:]
        descriptors = [:]
        forwards = []
        if let raw {
            if let event {
                ssh_event_remove_session(event, raw)
                ssh_event_free(event)
            }
            ssh_disconnect(raw)
            ssh_free(raw)
        }
        closeSecondDescriptor()
        socket?.close()
        socket = nil
        event = nil
        raw = nil
        readiness = nil
        proxy?.end()
        proxy = nil
        if let hop {
            hop.stop()
            hop.joinThread()
            shared.withLock { $0.hop = nil }
        }
    }

    private func closeSecondDescriptor() {
        shared.withLock { shared in
            if let socket = shared.socket { close(socket) }
            shared.socket = nil
        }
    }

    private func finish() {
        let endings = shared.withLock { shared in
            shared.hasEnded = true
            defer { shared.endings = [] }
            return shared.endings
        }
        for body in endings { body() }
    }
}
