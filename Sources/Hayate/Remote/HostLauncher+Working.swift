import HayateCore
import HayateLaunch
import HayateTransport

extension HostLauncher {
    private enum Job: Sendable {
        case prepare
        case start([(number: UInt64, index: Int)], Readiness)
        case end([UInt64])
        case look([UInt64])
    }

    /// Under the lock: whether there is something to do now; sets the timer for what is to be done later.
    func hasWork(_ state: inout State) -> Bool {
        if let timer = state.timer { TimerQueue.shared.cancel(timer) }
        state.timer = nil
        let now = Instant.now
        switch state.phase {
        case .wanted:
            if state.target > 0 { return true }
        case .unreachable(_, let retry):
            if state.target > 0, retry <= now { return true }
        case .ready:
            if !state.batch.isEmpty { return true }
        case .preparing, .failed: break
        }
        if !state.toEnd.isEmpty { return true }
        let look = state.launches.values.compactMap(\.nextLook).min() ?? .distantFuture
        if look <= now { return true }
        var next = min(look, state.sizing.nextDeadline ?? .distantFuture)
        if case .unreachable(_, let retry) = state.phase, state.target > 0 { next = min(next, retry) }
        if next < .distantFuture {
            // A moment more, so that it is due.
            state.timer = TimerQueue.shared.schedule(after: .nanoseconds(max(1_000_000, next.since(now)))) {
                [weak self] in self?.step { $0.sizing.tick(at: .now, into: &$0.effects) }
            }
        }
        return false
    }

    /// One script after the other, as long as there is something to do.
    func work() async {
        while let job = takeJob() {
            switch job {
            case .prepare: await prepare()
            case .start(let launches, let readiness): await start(launches, readiness)
            case .end(let launches): await ask(RemoteScripts.end(launches.map(number), of: run), of: launches)
            case .look(let launches): await ask(RemoteScripts.look(at: launches.map(number), of: run), of: launches)
            }
        }
    }

    private func takeJob() -> Job? {
        state.withLock { state in
            guard !state.isClosing, hasWork(&state) else {
                state.isWorking = false
                if state.isClosing { stopped.open() }
                return nil
            }
            switch state.phase {
            case .wanted where state.target > 0, .unreachable where state.target > 0 && isDue(state.phase):
                state.phase = .preparing
                state.wasRestored = false
                return .prepare
            case .ready(let readiness) where !state.batch.isEmpty:
                let batch = state.batch
                state.batch.removeAll()
                state.hasTouched = true
                for launch in batch { state.launches[launch]?.wasStarted = true }
                return .start(batch.map { (number: $0, index: nextIndex()) }, readiness)
            default: break
            }
            if !state.toEnd.isEmpty {
                let launches = Array(state.toEnd)
                state.toEnd.removeAll()
                return .end(launches)
            }
            let now = Instant.now
            return .look(state.launches.filter { ($0.value.nextLook ?? .distantFuture) <= now }.map(\.key))
        }
    }

    private func isDue(_ phase: Phase) -> Bool {
        if case .unreachable(_, let retry) = phase { return retry <= .now }
        return false
    }

    // MARK: Making ready

    private func prepare() async {
        do throws(RemoteError) {
            await orders.gate.enter()
            defer { orders.gate.leave() }
            let connection = try await machine.connection()
            let words = try await orders.program.words(on: connection)
            let former = state.withLock { state in state.former.flatMap { $0.until > .now ? $0.port : nil } }
            let address = try await orders.address(of: machine, over: connection, former: former)
            // Another try would find it taken, by this one.
            state.withLock { $0.former = nil }
            var readiness = Readiness(words: words, address: address)
            if case .tunnel = orders.way {
                readiness.port = address.lastIndex(of: ":").flatMap { UInt16(address[address.index(after: $0)...]) }
            }
            if let port = readiness.port { tunnelled(port) }
            Self.log.debug("\(name): its daemons dial \(address)")
            let ready = readiness
            step { state in
                state.phase = .ready(ready)
                state.sizing.want(state.target, at: .now, into: &state.effects)
            }
        } catch {
            miss(error)
        }
    }

    /// The machine cannot be worked with, now or at all: what waits to be started there is given up.
    func miss(_ error: RemoteError, _ launches: [UInt64] = []) {
        // Tried again and again, it is said once.
        let isNews = state.withLock { $0.failure != error }
        Self.log.log(level: isNews ? .warning : .debug, "\(error.description)")
        step { state in
            state.failure = error
            let retry: Instant = state.wasRestored ? .now : .now.advanced(by: 30_000_000_000)
            state.phase = error.isTransient ? .unreachable(error, retry: retry) : .failed(error)
            // Nothing is started in their place until the machine is back.
            state.sizing.want(0, endingSurplus: false, at: .now, into: &state.effects)
            for launch in launches + state.batch {
                state.launches[launch] = nil
                state.sizing.ended(launch, at: .now, into: &state.effects)
            }
            state.batch.removeAll()
        }
    }

    /// The connection is there again.
    func restored() {
        // Whoever has read that it broke wants to know.
        Self.log.warning("\(name): it is connected again")
        step { state in
            state.wasRestored = true
            // What was in doubt can be looked at.
            let now = Instant.now
            for launch in state.launches.keys where state.launches[launch]?.nextLook != nil {
                state.launches[launch]?.nextLook = now.advanced(by: 500_000_000)
            }
            switch state.phase {
            case .unreachable(let error, _): state.phase = .unreachable(error, retry: now)
            case .ready(let readiness):
                // Daemons that could not dial while the tunnel was down say nothing of the next ones.
                if state.sizing.hasGivenUp { state.sizing.want(state.target, at: now, into: &state.effects) }
                guard let port = readiness.port, let failure = machine.tunnelFailure(at: port) else { return }
                // Those who dialled there leave with their lease; others get another port.
                Self.log.warning("\(failure.description)")
                state.failure = failure
                state.phase = .wanted
            case .wanted, .preparing, .failed: break
            }
        }
    }
}
