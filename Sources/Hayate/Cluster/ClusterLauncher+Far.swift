import HayateCluster
import HayateCore
import HayateLaunch

/// A log on the other side that somebody waits for.
struct AwaitedLog: Sendable {
    var key: AllocationKey
    /// nil: its daemons have not dialled in.
    var end: JobEnd?
}

/// The part of launching that a cluster on another machine needs.
extension ClusterLauncher {
    /// Whether the other side is being made ready.
    var isPreparing: Bool { state.withLock { $0.preparation != nil && $0.planner == nil && $0.obstacle == nil } }

    /// Connects and makes the other side ready, again and again while another try may do better.
    func prepare() {
        guard let far else { return }
        state.withLock { state in
            guard !state.isClosing, state.planner == nil, state.preparation == nil || state.obstacle != nil
            else { return }
            let isAgain = state.obstacle != nil
            state.obstacle = nil
            state.preparation = Task { [weak self] in
                if isAgain { await far.forget() }
                while let self, !Task.isCancelled, await !self.prepareOnce(far) {
                    try? await Task.sleep(for: Self.pause)
                }
            }
        }
    }

    private static let pause = Duration.seconds(10)

    /// - Returns: whether there is nothing more to try.
    private func prepareOnce(_ far: FarCluster) async -> Bool {
        do {
            let side = try await far.prepare(target, endpoint, program, key: security.keyText(), reader)
            let planner = try PoolPlanner(target, daemons, run: journal.run, at: place(side))
            let isWanted = state.withLock { state in
                guard !state.isClosing else { return false }
                state.planner = planner
                state.failure = nil
                return true
            }
            guard isWanted else { return true }
            notePort(side.port)
            dispatcher.expectDaemons()
            Self.log.debug("daemons dial \(planner.place.url), which leads to \(endpoint)")
            begin()
            return true
        } catch {
            let transient = (error as? RemoteError)?.isTransient ?? false
            let text = (error as? HayateError)?.message ?? "\(error)"
            let isClosing = state.withLock { state in
                state.failure = text
                if !transient { state.obstacle = text }
                return state.isClosing
            }
            guard !isClosing else { return true }
            Self.log.warning("\(text)")
            if !transient { dispatcher.abandon(text) }
            return !transient
        }
    }

    private var program: RemoteProgram {
        if let installed = target.site.runtime.daemon { return .installed(installed, arguments: daemons.arguments) }
        if let program = daemons.remoteProgram { return program }
        return .uploaded(daemons.executable ?? Entry.executablePath, arguments: daemons.arguments)
    }

    /// None of this process's variables, and not its directory: they mean nothing over there.
    private func place(_ side: FarSide) -> JobPlace {
        let host = side.relay.host.contains(":") ? "[\(side.relay.host)]" : side.relay.host
        let path = endpoint.webPath ?? ""
        var credentials = security.forOtherDaemons()
        if security.keyText() != nil { credentials.keyFile = side.keyFile }
        return JobPlace(
            user: side.user, workingDirectory: side.home, environment: [:], program: side.program,
            url: "\(endpoint.scheme.rawValue)://\(host):\(side.relay.port)\(path)", credentials: credentials,
            logs: side.directory)
    }

    /// Before anything is taken away that it brings.
    func endPreparation() async {
        let preparation = state.withLock { $0.preparation }
        preparation?.cancel()
        await preparation?.value
    }

    /// What is wrong with the way of daemons to the host; nil: nothing any more.
    func noteTunnel(_ trouble: String?) {
        let isNew = state.withLock { state in
            defer { state.tunnelTrouble = trouble }
            return state.tunnelTrouble != trouble
        }
        if isNew, let trouble { Self.log.warning("\(trouble)") }
    }

    // MARK: Logs

    /// Logs are read by one script for all that are waited for.
    func awaitLog(_ log: AwaitedLog) {
        let begins = state.withLock { state in
            state.awaitedLogs.append(log)
            defer { state.readsLogs = true }
            return !state.readsLogs
        }
        guard begins, let far else { return }
        Task { while await readLogs(far) {} }
    }

    /// - Returns: whether there may be more.
    private func readLogs(_ far: FarCluster) async -> Bool {
        let awaited = state.withLock { state -> [(log: AwaitedLog, row: AllocationRow)] in
            defer { state.awaitedLogs.removeAll() }
            if state.awaitedLogs.isEmpty { state.readsLogs = false }
            return state.awaitedLogs.compactMap { log in state.ledger.row(log.key).map { (log, $0) } }
        }
        guard !awaited.isEmpty else { return state.withLock { $0.readsLogs } }
        // Nobody looks at the logs of those that ended as they should.
        let telling = awaited.filter { entry in
            entry.log.end.map { !AllocationEnding(job: "", end: $0).wasExpected } ?? true
        }
        let words = telling.isEmpty ? [] : await far.tails(of: telling.map { ($0.row.name, $0.log.key.element) })
        let found = Dictionary(
            zip(telling.map(\.log.key), words).map { ($0, $1) }, uniquingKeysWith: { $1 ?? $0 })
        for (log, row) in awaited {
            let lastWords = found[log.key] ?? nil
            if let end = log.end { tell(row, end) { lastWords } } else { complain(row, lastWords) }
        }
        return true
    }
}
