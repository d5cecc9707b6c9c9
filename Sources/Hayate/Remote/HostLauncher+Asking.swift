import HayateCluster
import HayateCore
import HayateLaunch

extension HostLauncher {
    private static let timeLimit = Duration.seconds(30)

    func start(_ launches: [(number: UInt64, index: Int)], _ readiness: Readiness) async {
        let numbers = launches.map(\.number)
        do throws(RemoteError) {
            // A connection is waited for here, so that the reason for none is known.
            _ = try await machine.connection()
        } catch {
            return miss(error, numbers)
        }
        let start = orders.start(
            launches.map { (number($0.number), $0.index) }, in: run, words: readiness.words,
            address: readiness.address, areReplaced: true)
        let answer = await machine.run(script: RemoteScripts.start(start), timeLimit: Self.timeLimit)
        if case .notStarted(let reason) = answer.end {
            return miss(RemoteError(host: name, .launch, reason, isTransient: true), numbers)
        }
        let report = RemoteReport(answer.output)
        if answer.succeeded || report.fates.isEmpty == false {
            return lookLater(at: numbers)
        }
        guard case .process(.exited) = answer.end else {
            // What it has done is unknown: looking tells.
            return lookLater(at: numbers)
        }
        let words = answer.errors.split(separator: "\n").suffix(3).joined(separator: " | ")
        let error = RemoteError(host: name, .launch, words.isEmpty ? "the script ended badly" : words)
        note(error)
        for launch in numbers { gone(launch) }
    }

    private func lookLater(at launches: [UInt64]) {
        step { state in
            let soon = Instant.now.advanced(by: 1_000_000_000)
            for launch in launches where state.launches[launch]?.hasArrived == false {
                state.launches[launch]?.nextLook = soon
            }
        }
    }

    /// Runs a script that tells of these launches, and draws the conclusions.
    func ask(_ script: String, of launches: [UInt64]) async {
        guard !launches.isEmpty else { return }
        let answer = await machine.run(script: script, timeLimit: Self.timeLimit)
        let report = RemoteReport(answer.output)
        for launch in launches {
            switch report.fates[number(launch)] {
            case .ended(let exit, let lastWords)?: ended(launch, exit, lastWords)
            case .unknown?: gone(launch)
            case .alive?, .started?: lives(launch, isSeen: true)
            case nil: lives(launch, isSeen: false)
            }
        }
    }

    /// Its process is there, or nobody knows: the dispatcher's own patience decides, and one looks again later.
    private func lives(_ launch: UInt64, isSeen: Bool) {
        let isConnected = dispatcher.isConnected(launch: number(launch))
        step { state in
            guard var known = state.launches[launch] else { return }
            known.looks += 1
            let pause = min(Int64(15), Int64(1) << Int64(min(known.looks, 4)))
            known.nextLook = isConnected && !known.isDeparted ? nil : .now.advanced(by: pause * 1_000_000_000)
            if known.isDeparted, isSeen {
                state.toEnd.insert(launch)
                known.nextLook = nil
            }
            state.launches[launch] = known
            guard known.isDeparted, isSeen, known.looks > 5 else { return }
            // Stuck in its kernel: it ends when that lets go of it.
            Self.log.warning("\(self.name): a daemon that was lost there cannot be ended")
            state.toEnd.remove(launch)
            state.launches[launch] = nil
        }
    }

    private func ended(_ launch: UInt64, _ exit: ProcessExit, _ lastWords: String) {
        guard let known = forget(launch) else { return }
        if !known.hasArrived {
            let words = lastWords.split(separator: "\n").suffix(3).joined(separator: " | ")
            let reason = known.isLate ? "it did not dial in in time, and was ended" : "\(exit)"
            note(RemoteError(host: name, .launch, reason + (words.isEmpty ? "" : ": \(words)")))
        }
        guard !known.isDeparted else { return }
        dispatcher.processEnded(launch: number(launch), exit, lastWords: lastWords)
    }

    /// Nothing is left of it over there, not even its end.
    private func gone(_ launch: UInt64) {
        guard let known = forget(launch), !known.isDeparted else { return }
        if known.hasArrived {
            dispatcher.jobEnded(of: number(launch), .disconnected)
        } else {
            departed(launch, .lost)
        }
    }

    /// - Returns: what was known of it.
    private func forget(_ launch: UInt64) -> Launch? {
        state.withLock { state in
            guard let known = state.launches[launch] else { return nil }
            state.toEnd.remove(launch)
            if known.isDeparted {
                state.launches[launch] = nil
            } else {
                state.launches[launch]?.isGone = true
                state.launches[launch]?.nextLook = nil
            }
            return known
        }
    }

    private func note(_ error: RemoteError) {
        let isClosing = state.withLock { state in
            if !state.isClosing { state.failure = error }
            return state.isClosing
        }
        // Nobody is waited for any more, and what is broken off has no other reason.
        if !isClosing { Self.log.warning("\(error.description)") }
    }
}

extension Dispatcher {
    /// Whether the daemon of this launch has a connection now.
    func isConnected(launch: UInt64) -> Bool { state.withLock { $0.launches[launch]?.wire != nil } }
}
