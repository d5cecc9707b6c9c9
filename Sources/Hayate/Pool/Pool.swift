import HayateCore
import HayateDaemon
import HayateTransport
import Synchronization

/// The daemons of one profile, and the tasks that wait for them.
///
/// `withDaemons` makes one for a scope and is the better choice where it fits. A pool that is made with
/// `init` lives until `close()`.
public final class Pool: Sendable {
    private struct Sizing {
        var value: PoolSizing
        var timer: TimerQueue.Timer?
        var failure: HayateError?
        var isClosing = false
    }

    let dispatcher: Dispatcher
    private let launcher: LocalLauncher?
    private let listener: Listener
    private let directory: PrivateDirectory?
    private let sizing: Mutex<Sizing>

    /// Listens and starts daemons. Does not wait for them: tasks can be submitted at once.
    ///
    /// - Throws: `HayateError.notEntered` if daemons shall be this executable and `Hayate.main` was not
    ///   called; `HayateError.transport` if the address cannot be used; `HayateError.launchFailed`.
    public init(_ daemons: Daemons) throws(HayateError) {
        _ = Transport.raiseFileDescriptorLimit()
        let (endpoint, directory) = try Self.place(daemons)
        self.directory = directory
        let hub = Hub()
        let dispatcher = Dispatcher(
            settings: DispatcherSettings(
                limits: daemons.limits, heartbeat: daemons.heartbeat, seed: daemons.seed),
            observer: Dispatcher.Observer(
                arrived: { hub.pool?.arrived($0) },
                joined: { hub.pool?.joined($0) },
                departed: { hub.pool?.departed($0, wasIdle: $1) },
                expelled: { hub.pool?.launcher?.kill($0) },
                demanded: { hub.pool?.demanded() },
                isOurs: { hub.pool?.launcher?.owns($0, process: $1) ?? false },
                logged: daemons.onLog))
        self.dispatcher = dispatcher
        sizing = Mutex(Sizing(value: PoolSizing(limits: daemons.replacement)))
        do {
            listener = try Listener(endpoint) { dispatcher.accept($0) }
        } catch {
            directory?.remove()
            throw HayateError(.transport, error.message)
        }
        var options = daemons.options
        options.url = listener.endpoint.description
        options.isReplaceable = true
        options.allowsPlaintext = daemons.allowsPlaintext
        // The host of local daemons does not come back: when the socket breaks, they leave.
        options.lease = .seconds(1)
        options.reconnectWithin = .seconds(1)
        options.connectWithin = daemons.replacement.joinWithin
        let executable: String
        do {
            executable = try Self.executable(for: daemons)
        } catch {
            listener.close()
            directory?.remove()
            throw error
        }
        launcher = LocalLauncher(
            executable: executable, arguments: daemons.arguments, options: options,
            environment: daemons.environment)
        hub.pool = self
        dispatcher.pulse()
        size { $0.want(daemons.count, at: .now, into: &$1) }
    }

    /// Breaks the circle between the pool and its dispatcher, which needs the pool's callbacks before the
    /// pool exists. Safe to share: `pool` is set once, before the first daemon is started or admitted,
    /// and read by others only after that through the locks of the transport.
    private final class Hub: @unchecked Sendable {
        weak var pool: Pool?
    }

    private static func place(
        _ daemons: Daemons
    ) throws(HayateError) -> (Endpoint, PrivateDirectory?) {
        do {
            guard let url = daemons.url else {
                let directory = try PrivateDirectory()
                return (try directory.endpoint(named: "pool"), directory)
            }
            let endpoint = try Endpoint(url)
            guard endpoint.isLoopback || daemons.allowsPlaintext else {
                throw TransportError(
                    .invalidEndpoint,
                    "\(url) would send tasks over the network unprotected: use an address of this "
                        + "machine, or allow plaintext explicitly")
            }
            return (endpoint, nil)
        } catch {
            throw HayateError(.transport, (error as? TransportError)?.message ?? "\(error)")
        }
    }

    private static func executable(for daemons: Daemons) throws(HayateError) -> String {
        if let executable = daemons.executable { return executable }
        guard daemons.count == 0 || Entry.wasEntered else {
            throw HayateError(
                .notEntered,
                "daemons of this executable would run this program again: put the program's body into "
                    + "Hayate.main { … }, which turns the executable into a daemon when it is started as "
                    + "one, or name another executable")
        }
        return Entry.executablePath
    }

    // MARK: Daemons

    /// Where daemons dial in.
    public var url: String { listener.endpoint.description }

    /// Changes how many local daemons are wanted; surplus ones are ended, missing ones started.
    public func resize(to count: Int) {
        dispatcher.expectDaemons()
        size { $0.want(count, at: .now, into: &$1) }
    }

    /// The process ids of the local daemons that run.
    public var localProcesses: [Int32] { launcher?.processes ?? [] }

    /// Daemons that were started and have not joined yet.
    var startingDaemons: Int { sizing.withLock { $0.value.starting } }

    /// Peers turned away at the socket because they are other users.
    var refusedPeers: Int { listener.refusedPeers }

    private func arrived(_ launch: UInt64) {
        sizing.withLock { $0.value.arrived(launch) }
    }

    private func joined(_ launch: UInt64) {
        sizing.withLock { $0.value.joined(launch) }
    }

    private func departed(_ launch: UInt64, wasIdle: Bool) {
        size { $0.ended(launch, wasIdle: wasIdle, at: .now, into: &$1) }
    }

    /// Tasks wait: daemons that left because they were idle are started again.
    func demanded() {
        size { $0.demanded(at: .now, into: &$1) }
    }

    /// Feeds the sizing an event and carries out what it decides.
    private func size(_ event: (inout PoolSizing, inout [PoolSizing.Effect]) -> Void) {
        let effects = sizing.withLock { sizing -> [PoolSizing.Effect] in
            guard !sizing.isClosing else { return [] }
            var effects: [PoolSizing.Effect] = []
            event(&sizing.value, &effects)
            if let timer = sizing.timer { TimerQueue.shared.cancel(timer) }
            sizing.timer = sizing.value.nextDeadline.map { next in
                TimerQueue.shared.schedule(after: .nanoseconds(max(0, next.since(.now)))) {
                    [weak self] in self?.size { $0.tick(at: .now, into: &$1) }
                }
            }
            return effects
        }
        for effect in effects {
            switch effect {
            case .launch(let number): launch(number)
            case .end(let number): dispatcher.endLaunch(number) { launcher?.kill(number) }
            case .giveUp: giveUp()
            }
        }
    }

    private func launch(_ number: UInt64) {
        do {
            try launcher?.launch(number) { [weak self] exit, lastWords in
                guard let self else { return }
                if !exit.succeeded { self.note(exit, lastWords) }
                self.dispatcher.processEnded(launch: number, exit, lastWords: lastWords)
            }
        } catch {
            sizing.withLock { $0.failure = error }
            departed(number, wasIdle: false)
        }
    }

    /// Keeps why the last daemon could not join, for the error of tasks that then wait in vain.
    private func note(_ exit: ProcessExit, _ lastWords: String) {
        let words = lastWords.split(separator: "\n").suffix(3).joined(separator: " | ")
        sizing.withLock { sizing in
            sizing.failure = HayateError(
                .launchFailed,
                "a daemon ended with \(exit)" + (words.isEmpty ? "" : ", saying: \(words)"))
        }
    }

    private func giveUp() {
        let failure = sizing.withLock { $0.failure }
        dispatcher.abandon(
            "daemons end before they join, so no more are started"
                + (failure.map { " (the last: \($0))" } ?? ""))
    }

    // MARK: The end

    /// Stops every task, ends every daemon that this pool started, and tells the others to leave.
    /// Returns when no process of the pool is left. Idempotent.
    public func close() async {
        let isFirst = sizing.withLock { sizing in
            defer { sizing.isClosing = true }
            if let timer = sizing.timer { TimerQueue.shared.cancel(timer) }
            return !sizing.isClosing
        }
        let told = dispatcher.close()
        await launcher?.endAll(but: told, grace: .seconds(4))
        guard isFirst else { return }
        listener.close()
        dispatcher.cut()
        directory?.remove()
    }

    deinit {
        // A pool that was dropped without `close`: nobody is left to wait, but nothing may stay behind.
        let told = dispatcher.close()
        launcher?.end(but: told, grace: .seconds(4))
        listener.close()
        dispatcher.cut()
        directory?.remove()
    }
}
