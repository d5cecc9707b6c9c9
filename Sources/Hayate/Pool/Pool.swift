import HayateCluster
import HayateCore
import HayateDaemon
import HayateTransport
import Synchronization

/// The daemons of one profile, and the tasks that wait for them.
///
/// `withDaemons` makes one for a scope and is the better choice where it fits. A pool that is made with
/// `init` lives until `close()`.
public final class Pool: Sendable {
    struct Sizing {
        var value: PoolSizing
        var timer: TimerQueue.Timer?
        var failure: HayateError?
        var isClosing = false
    }

    let dispatcher: Dispatcher
    /// The settings it was made with; they hold for all daemons that it starts.
    public let daemons: Daemons
    let launcher: LocalLauncher?
    /// The jobs of a scheduler that hold its daemons.
    let cluster: ClusterLauncher?
    /// Starts its daemons on other machines.
    let remote: RemoteLauncher?
    /// Processes that start daemons elsewhere.
    let starters = StarterProcesses()
    /// Jobs that commands of the user's own have submitted.
    let rawJobs = RawJobs()
    /// What web services have started.
    let webJobs = WebJobs()
    /// Daemons that were started once on other machines.
    let remoteStarts = RemoteStarts()
    /// The daemon of a synchronous pool.
    private let guest: GuestDaemon?
    let listener: Listener
    let security: HostSecurity
    private let directory: PrivateDirectory?
    let sizing: Mutex<Sizing>

    /// Listens and starts daemons. Does not wait for them: tasks can be submitted at once.
    ///
    /// - Throws: `HayateError.notEntered` if daemons shall be this executable and `Hayate.main` was not
    ///   called; `HayateError.transport` if the address cannot be used; `HayateError.invalidArgument`.
    public init(_ daemons: Daemons) throws(HayateError) {
        try daemons.validate()
        var daemons = daemons
        let target = try ClusterTarget.resolve(&daemons)
        // Daemons of an earlier host dial where that one listened.
        daemons.url = daemons.durability?.endpoint ?? daemons.url
        _ = Transport.raiseFileDescriptorLimit()
        let hooks = try PoolHooks(of: daemons)
        let (endpoints, directory) = try Self.place(daemons, target)
        self.directory = directory
        let hub = Hub()
        let instruments = Instruments(profile: daemons.profile)
        let dispatcher = Dispatcher(
            settings: DispatcherSettings(
                limits: daemons.limits, heartbeat: daemons.heartbeat, hooks: hooks,
                seed: daemons.seed),
            observer: Dispatcher.Observer(
                arrived: { hub.pool?.arrived($0, from: $1) },
                joined: { hub.pool?.joined($0) },
                departed: { hub.pool?.departed($0, $1) },
                disconnected: { hub.pool?.disconnected($0) },
                expelled: { hub.pool?.expelled($0) },
                demanded: { hub.pool?.demanded() },
                isOurs: { hub.pool?.owns($0, process: $1) ?? false },
                logged: daemons.onLog),
            instruments: instruments)
        self.dispatcher = dispatcher
        let restored = daemons.durability.map { dispatcher.restore($0) } ?? []
        daemons.durability = daemons.durability?.afterRestoring()
        self.daemons = daemons
        sizing = Mutex(Sizing(value: PoolSizing(limits: daemons.replacement)))
        do {
            security = try HostSecurity(daemons, at: endpoints.first)
            listener = try Self.listen(endpoints, security, dispatcher)
        } catch {
            directory?.remove()
            throw error
        }
        var options = daemons.options
        options.credentials = security.forOwnDaemons
        options.url = listener.endpoint.description
        options.isReplaceable = true
        options.allowsPlaintext = daemons.allowsPlaintext
        // The host of local daemons does not come back: when the socket breaks, they leave. That of a session does.
        options.lease = daemons.durability?.lease ?? .seconds(1)
        options.reconnectWithin = options.lease
        options.connectWithin = daemons.replacement.joinWithin
        options.capturesOutput = options.capturesOutput && daemons.taskOutput == .collected
        do {
            let isCopied = daemons.remote.map { $0.program == nil } ?? false
            if daemons.count > 0 || target != nil || isCopied { try Self.checkEntry(daemons) }
            if !daemons.isSynchronous { try security.publish(at: listener.endpoint, of: daemons) }
            guest = daemons.isSynchronous
                ? try GuestDaemon(at: options.url, security.forGuest) : nil
        } catch {
            listener.close()
            security.withdraw()
            directory?.remove()
            throw error
        }
        do {
            if let target {
                cluster = try ClusterLauncher(
                    target, daemons, at: listener.endpoint, security, dispatcher)
            } else {
                cluster = nil
            }
            if let place = daemons.remote {
                remote = try RemoteLauncher(place, daemons, at: listener.endpoint, security, dispatcher)
            } else {
                remote = nil
            }
        } catch {
            listener.close()
            security.withdraw()
            directory?.remove()
            throw error
        }
        launcher = LocalLauncher(
            executable: daemons.executable ?? Entry.executablePath, arguments: daemons.arguments,
            options: options, environment: daemons.environment, output: daemons.taskOutput,
            keyText: { [security] in security.keyText() })
        instruments?.tracing?.daemonsSet(listener.endpoint, count: daemons.count)
        hub.pool = self
        if daemons.durability != nil { goOn(with: restored) }
        dispatcher.pulse()
        guest?.start()
        if !daemons.isSynchronous { size { $0.want(daemons.count, at: .now, into: &$1) } }
        elsewhere?.start()
        dispatcher.serve()
    }

    /// Breaks the circle between the pool and its dispatcher, which needs the pool's callbacks before the
    /// pool exists. Safe to share: `pool` is set once, before the first daemon is started or admitted,
    /// and read by others only after that through the locks of the transport.
    private final class Hub: @unchecked Sendable {
        weak var pool: Pool?
    }

    private static func listen(
        _ endpoints: Endpoints, _ security: HostSecurity, _ dispatcher: Dispatcher
    ) throws(HayateError) -> Listener {
        do throws(TransportError) {
            return try endpoints.firstThatIsFree { endpoint throws(TransportError) in try Listener(
                endpoint, security: security.server.connections(at: endpoint),
                turnedAway: { dispatcher.refusals.note($0, "only this user's own processes may connect") }
            ) { dispatcher.accept($0) } }
        } catch {
            throw HayateError(.transport, error.message)
        }
    }

    private static func place(
        _ daemons: Daemons, _ target: ClusterTarget?
    ) throws(HayateError) -> (Endpoints, PrivateDirectory?) {
        if let url = daemons.url {
            return (Endpoints(try Daemons.endpoint(url, allowsPlaintext: daemons.allowsPlaintext)), nil)
        }
        if let target { return (try target.endpoints(), nil) }
        if let remote = daemons.remote {
            return (Endpoints(try Daemons.endpoint(remote.endpoint, allowsPlaintext: false)), nil)
        }
        do {
            let directory = try PrivateDirectory()
            return (Endpoints(try directory.endpoint(named: "pool")), directory)
        } catch {
            throw HayateError(.transport, error.message)
        }
    }

    /// Whether this executable can be started as a daemon.
    static func checkEntry(_ daemons: Daemons) throws(HayateError) {
        guard daemons.executable != nil || !isOnDaemon else {
            throw HayateError(
                .notEntered,
                "a task has no daemons of its own: submit to the pool that runs it, by context.pool")
        }
        guard daemons.executable != nil || Entry.wasEntered else {
            throw HayateError(
                .notEntered,
                "daemons of this executable would run this program again: put the program's body into "
                    + "Hayate.main { … }, which turns the executable into a daemon when it is started as "
                    + "one, or name another executable")
        }
    }

    // MARK: Daemons

    /// Where daemons dial in.
    public var url: String { listener.endpoint.description }

    /// The same for daemons of other machines: where the pool listens at all addresses, the first of this
    /// machine's that others can reach.
    public var urlForOthers: String {
        guard listener.endpoint.isWildcard,
            let first = HostURL.network().first.flatMap({ try? Endpoint($0) }), let host = first.host
        else { return url }
        return listener.endpoint.with(host: host).description
    }

    /// The file with the key of this pool's daemons, mode 0600: what `hayate daemon --key-file` needs on
    /// another machine, if the file can be read there. nil at a Unix socket, with certificates and with plaintext.
    public var daemonKeyFile: String? { security.daemonKeyFile }

    /// What `hayate daemon` needs beside the address to join this pool, as words of a command line.
    public var daemonOptions: [String] {
        security.forOtherDaemons().arguments + (daemons.allowsPlaintext ? ["--insecure-plaintext"] : [])
    }

    /// Changes how many daemons are wanted, 0 or more: on a cluster those of its jobs, and a pause is over; on other
    /// machines so many in all, spread evenly; otherwise local ones, of which surplus ones are ended and missing ones
    /// started. A synchronous pool has none: nothing happens.
    public func resize(to count: Int) {
        guard guest == nil else { return }
        dispatcher.expectDaemons()
        if let elsewhere { return elsewhere.resize(to: max(0, count)) }
        size { $0.want(count, at: .now, into: &$1) }
    }

    /// Daemons that were started and have not joined yet.
    var startingDaemons: Int { sizing.withLock { $0.value.starting } + (elsewhere?.coming ?? 0) }

    /// Why the last daemon that failed to join did.
    var lastFailure: HayateError? { sizing.withLock { $0.failure } ?? elsewhere?.lastFailure }

    /// Peers turned away at the socket because they are other users.
    var refusedPeers: Int { listener.refusedPeers }

    /// Feeds the sizing an event and carries out what it decides.
    func size(_ event: (inout PoolSizing, inout [PoolSizing.Effect]) -> Void) {
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
                self.note(launch: number, exit, lastWords)
                self.dispatcher.processEnded(launch: number, exit, lastWords: lastWords)
            }
        } catch {
            sizing.withLock { $0.failure = error }
            departed(number, .lost)
        }
    }

    /// Keeps why the last daemon could not join, for the error of tasks that then wait in vain.
    private func note(launch number: UInt64, _ exit: ProcessExit, _ lastWords: String) {
        // One that joined and left as agreed says nothing of those that cannot join.
        guard !exit.succeeded || sizing.withLock({ $0.value.isStarting(number) }) else { return }
        let words = lastWords.split(separator: "\n").suffix(3).joined(separator: " | ")
        sizing.withLock { sizing in
            sizing.failure = HayateError(
                .launchFailed,
                "a daemon ended with \(exit)" + (words.isEmpty ? "" : ", saying: \(words)")
                    + (exit.succeeded
                        ? " before it dialled in: is it a program that calls Hayate.main { … }?" : ""))
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
    ///
    /// Daemons that were told to finish their task or to stay when the pool ends (`Daemons.autoExit`) do
    /// so, and are not waited for; with `endingAll` they end too.
    public func close(endingAll: Bool = false) async {
        let isFirst = sizing.withLock { sizing in
            defer { sizing.isClosing = true }
            if let timer = sizing.timer { TimerQueue.shared.cancel(timer) }
            return !sizing.isClosing
        }
        elsewhere?.hold()
        dispatcher.seal()
        let told = dispatcher.close(ending: endingAll)
        if daemons.options.autoExit == .now || endingAll {
            await launcher?.endAll(but: told, grace: .seconds(4))
            await starters.endAll(grace: .seconds(4))
            await guest?.hasLeft()
        } else {
            launcher?.letGo(but: told)
        }
        await elsewhere?.end(all: daemons.options.autoExit == .now || endingAll)
        await remoteStarts.end(all: daemons.options.autoExit == .now || endingAll)
        await rawJobs.end(cancelling: daemons.options.autoExit == .now || endingAll)
        await webJobs.end(cancelling: daemons.options.autoExit == .now || endingAll)
        guard isFirst else { return }
        listener.close()
        security.withdraw()
        dispatcher.cut()
        directory?.remove()
        dispatcher.instruments?.tracing?.daemonsReset(listener.endpoint)
    }

    deinit {
        // A pool that was dropped without `close`: nobody is left to wait, but nothing may stay behind.
        rawJobs.endLater(cancelling: daemons.options.autoExit == .now)
        webJobs.endLater(cancelling: daemons.options.autoExit == .now)
        elsewhere?.hold()
        dispatcher.seal()
        let told = dispatcher.close()
        if let elsewhere { Task { [all = daemons.options.autoExit == .now] in await elsewhere.end(all: all) } }
        Task { [remoteStarts, all = daemons.options.autoExit == .now] in await remoteStarts.end(all: all) }
        if daemons.options.autoExit == .now {
            launcher?.end(but: told, grace: .seconds(4))
            starters.end(grace: .seconds(4))
        } else {
            launcher?.letGo(but: told)
        }
        listener.close()
        security.withdraw()
        dispatcher.cut()
        directory?.remove()
        dispatcher.instruments?.tracing?.daemonsReset(listener.endpoint)
    }
}
