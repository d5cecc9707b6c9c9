import HayateCore
import HayateDaemon
import HayateTransport
import HayateWire
import Synchronization

/// A dispatcher that joins a host like daemons do, and hands the host's tasks to daemons of its own.
///
/// For machines whose nodes the host cannot reach, and for hosts that should not hold a connection to
/// each daemon. The relay has one session with its host for each of its daemons, so that the host sees as
/// many daemons; plain daemons and relays may join and leave the same host at any time. Tasks pass
/// through as they are: the relay needs not know their types, its daemons do.
///
/// Order, priorities, timeouts and retries are the host's. When a daemon behind the relay is lost with
/// its task, the host sees the session that held it break and not come back, and does with the task what
/// its policy says. Stops are passed on, and so are log lines and what tasks print.
///
/// *Limits*: tasks that mean shared contents, or whose types need serialization hooks, do not pass through a
/// relay; what tasks submit stays behind it.
public final class Relay: Sendable {
    private struct State {
        var sessions: [DaemonRuntime] = []
        /// Sessions that have not left.
        var live = 0
        /// Where log lines go, by the task's number in the relay's pool.
        var routes: [UInt64: ForwardedTask] = [:]
        var end: End?
    }

    /// Why a relay has ended.
    public enum End: Sendable, Hashable {
        /// The host let all sessions go, or is gone for good.
        case dismissed
        /// No host answered in time.
        case neverConnected
        /// The host would not have it; with the host's words.
        case refused(String)
        /// Its own daemons do not come; with the reason.
        case noDaemons(String)
        /// It was closed here.
        case closed
    }

    /// The daemons behind it.
    public let pool: Pool
    /// Where the host listens.
    public let host: String
    private let options: DaemonOptions
    private let security: DaemonSecurity
    private let state: Mutex<State>
    private let over = RaceGate()
    /// Opens when it has ended and no session is left.
    private let gone = RaceGate()

    /// Starts daemons, or listens for them, and joins the host as they come.
    ///
    /// - Parameters:
    ///   - host: where the host listens.
    ///   - daemons: the relay's own.
    ///   - allowsPlaintext: whether the host is at a `tcp://` address that nothing protects.
    ///   - credentials: what it shows the host, as a daemon does.
    /// - Throws: as `Pool.init`; `HayateError.invalidArgument` for a synchronous pool,
    ///   `HayateError.transport` for an address that cannot be dialled.
    public init(
        to host: String, _ daemons: Daemons, connectWithin: Duration = .seconds(600),
        lease: Duration = .seconds(60), allowsPlaintext: Bool = false,
        credentials: DaemonCredentials = DaemonCredentials()
    ) throws(HayateError) {
        guard !daemons.isSynchronous else {
            throw HayateError(
                .invalidArgument, "a relay hands tasks on and needs daemons: use .local or .listening")
        }
        var options = DaemonOptions(url: host)
        options.connectWithin = connectWithin
        options.lease = lease
        // A session that broke because a daemon was lost never comes back: the host shall not wait long.
        options.reconnectWithin = .seconds(2)
        options.capturesOutput = false
        options.allowsPlaintext = allowsPlaintext
        options.credentials = credentials
        do throws(DaemonError) {
            // Once for all sessions: a key on standard input can be read once, and they share tickets.
            security = try DaemonSecurity(options)
        } catch {
            throw HayateError(.transport, error.description)
        }
        let routes = Routes()
        let own = daemons.with { daemons in
            let elsewhere = daemons.onLog
            daemons.onLog = { line in
                guard let relay = routes.relay, let task = relay.route(line.task) else {
                    return elsewhere(line)
                }
                task.log(line.level, line.text)
            }
        }
        self.host = host
        self.options = options
        state = Mutex(State())
        pool = try Pool(own)
        routes.set(self)
        Task { [weak self] in
            while let step = self?.nextStep() { guard await step() else { return } }
        }
    }

    deinit {
        for session in state.withLock({ $0.sessions }) { session.depart("the relay ended") }
    }

    /// Leads from a log line back to the relay, which has the pool that has the line's receiver.
    private final class Routes: Sendable {
        private struct Weak { weak var relay: Relay? }
        private let target = Mutex(Weak())

        var relay: Relay? { target.withLock { $0.relay } }
        func set(_ relay: Relay) { target.withLock { $0.relay = relay } }
    }

    // MARK: Sessions

    /// How many sessions it has with its host.
    public var sessions: Int { state.withLock { $0.live } }

    /// Waits for one daemon more than there are sessions, and joins the host with one more. Made so that
    /// nobody holds the relay while it waits.
    private func nextStep() -> (@Sendable () async -> Bool)? {
        let (count, isOver) = state.withLock { ($0.sessions.count, $0.end != nil) }
        guard !isOver else { return nil }
        return { [weak self, dispatcher = pool.dispatcher] in
            switch await dispatcher.waitForDaemons(count + 1, timeout: nil) {
            case .reached: return self?.join() ?? false
            case .abandoned(let reason): self?.end(.noDaemons(reason))
            case .closed, .cancelled, .late: break
            }
            return false
        }
    }

    private func join() -> Bool {
        let session: DaemonRuntime
        do {
            session = try DaemonRuntime(
                options,
                home: .relay { [weak self] task in
                    guard let self else { return nil }
                    return await self.forward(task)
                }, security: security)
        } catch {
            // The address was tried in `init`.
            end(.refused(error.description))
            return false
        }
        let isWanted = state.withLock { state in
            guard state.end == nil else { return false }
            state.sessions.append(session)
            state.live += 1
            return true
        }
        guard isWanted else { return false }
        session.start { [weak self, weak session] in
            guard let self, let session else { return }
            self.left(session)
        }
        return true
    }

    private func left(_ session: DaemonRuntime) {
        let (isLast, isOver) = state.withLock { state in
            state.live -= 1
            return (state.live == 0, state.end != nil)
        }
        guard isLast else { return }
        guard !isOver else { return gone.open() }
        let (exit, refusal) = session.leaving
        switch exit {
        case .dismissed, .hostLost, .warned: end(.dismissed)
        case .neverConnected: end(.neverConnected)
        case .refused: end(.refused(refusal ?? ""))
        }
    }

    private func end(_ reason: End) {
        let (sessions, isEmpty) = state.withLock { state in
            guard state.end == nil else { return ([DaemonRuntime](), false) }
            state.end = reason
            return (state.sessions, state.live == 0)
        }
        for session in sessions { session.depart("the relay ends") }
        over.open()
        if isEmpty { gone.open() }
    }

    // MARK: Tasks

    /// Does a task in the relay's pool.
    private func forward(_ task: ForwardedTask) async -> TaskEnd? {
        var details = task.details
        details.origin = TaskDetails.Origin(task: task.task, attempt: UInt32(clamping: task.attempt))
        let request = Dispatcher.Request(
            type: ForeignType.identifier(of: task.name), name: task.name, body: task.body,
            // Whether a lost task may start again is for the host to say.
            spec: TaskSpec(bytes: task.body.count, retry: .never), details: details)
        let submission: Result<MiraiState, HayateError> = pool.dispatcher.submit(request) { id in
            // Before it can log anything.
            state.withLock { $0.routes[id.rawValue] = task }
            return MiraiState(task: id, queue: pool.dispatcher)
        }
        guard let mirai = try? submission.get() else { return nil }
        let resolution = await mirai.wait()
        state.withLock { $0.routes[mirai.task.rawValue] = nil }
        switch resolution {
        case .value(let body): return TaskEnd(status: .value, body: body)
        case .valueWithOutput(let body, let output):
            pass(output, of: task)
            return TaskEnd(status: .value, body: body)
        case .error(let error):
            if let output = error.output, error.code != .daemonLost { pass(output, of: task) }
            return TaskEnd(forwarding: error)
        }
    }

    private func route(_ task: UInt64) -> ForwardedTask? { state.withLock { $0.routes[task] } }

    private func pass(_ output: TaskOutput, of task: ForwardedTask) {
        if !output.standardOutput.isEmpty { task.print(1, output.standardOutput) }
        if !output.standardError.isEmpty { task.print(2, output.standardError) }
    }

    // MARK: The end

    /// Waits until the relay has nothing to do any more, and ends its daemons.
    /// - Returns: why.
    @discardableResult
    public func ended() async -> End {
        await over.wait()
        await pool.close()
        await gone.wait()
        return state.withLock { $0.end } ?? .closed
    }

    /// Leaves the host and ends its own daemons. The host starts the tasks it had here elsewhere, as their
    /// policies say.
    public func close() async {
        end(.closed)
        await ended()
    }
}

extension TaskEnd {
    /// How a task ended that had no value; nil if it was lost.
    fileprivate init?(forwarding error: HayateError) {
        // As the daemon described it, with all that the error brought along.
        if let failure = error.failure {
            self = .failure(failure)
            return
        }
        switch error.code {
        case .taskFailed:
            self = .failure(
                RemoteFailure(kind: .thrown, type: error.errorType ?? "", message: error.message))
        case .refused:
            self = .failure(
                RemoteFailure(
                    kind: .undecodable, type: error.errorType ?? "", message: error.message))
        case .malformed: self.init(status: .failure, body: [])
        case .cancelled: self = .stopped
        default: return nil
        }
    }
}

/// Types that this process need not have, told apart by their names.
private enum ForeignType {
    private final class Key: Sendable {}
    private static let keys = Mutex<[String: Key]>([:])

    static func identifier(of name: String) -> ObjectIdentifier {
        keys.withLock { keys in
            if let key = keys[name] { return ObjectIdentifier(key) }
            let key = Key()
            keys[name] = key
            return ObjectIdentifier(key)
        }
    }
}
