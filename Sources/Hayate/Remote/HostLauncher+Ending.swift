import HayateCore
import HayateLaunch
import HayateTransport

extension HostLauncher {
    /// How long the end may take on a machine: one that cannot be reached must not keep the pool.
    static let endsWithin = Duration.seconds(20)
    /// How long a machine that is away is waited for.
    private static let lastPatience = Duration.seconds(5)

    /// Ends what runs there, takes the directory away, and closes the connection. Whoever ends it again waits, too.
    func end(all: Bool) async {
        let ending = state.withLock { state in
            state.isClosing = true
            let ending = state.ending ?? Task { await windUp(all: all) }
            state.ending = ending
            return ending
        }
        await ending.value
    }

    private func windUp(all: Bool) async {
        let (waits, hasTouched, timer) = state.withLock { ($0.isWorking, $0.hasTouched, $0.timer) }
        if let timer { TimerQueue.shared.cancel(timer) }
        let gate = RaceGate()
        let patience = TimerQueue.shared.schedule(after: Self.endsWithin) { [self] in
            if !gate.isOpen { warn("in time") }
            gate.open()
        }
        Task { [self] in
            // Who still waits for the connection, or copies the program, need not.
            if !hasTouched { await machine.close() }
            // A script that is starting daemons must not overtake the one that ends them.
            if waits { await stoppedOrUnreachable() }
            await endThere(all: all)
            await machine.close()
            gate.open()
        }
        await gate.wait()
        TimerQueue.shared.cancel(patience)
    }

    /// A worker that waits for a connection which does not come is let go by closing the machine.
    private func stoppedOrUnreachable() async {
        let timer = TimerQueue.shared.schedule(after: Self.lastPatience) { [self] in
            if machine.present == nil { Task { [machine] in await machine.close() } }
        }
        await stopped.wait()
        TimerQueue.shared.cancel(timer)
    }

    private func endThere(all: Bool) async {
        let (hasTouched, early) = state.withLock { state in
            (state.hasTouched, state.launches.filter { $0.value.wasStarted && !$0.value.hasArrived }.map(\.key))
        }
        guard hasTouched, all || !early.isEmpty else { return }
        do throws(RemoteError) {
            _ = try await machine.connection(within: Self.lastPatience)
        } catch {
            return warn("(\(error.reason))")
        }
        let script = all
            ? RemoteScripts.close(run, polite: 40) : RemoteScripts.end(early.map(number), of: run)
        let answer = await machine.run(script: script, timeLimit: .seconds(15))
        if !answer.succeeded {
            warn(answer.errors.split(separator: "\n").last.map { "(\($0))" } ?? "")
        }
    }

    private func warn(_ reason: String) {
        Self.log.warning(
            """
            \(name): the daemons there could not be ended \(reason); they leave by themselves \
            \(orders.lease.components.seconds) s after they have lost this host
            """)
    }
}
