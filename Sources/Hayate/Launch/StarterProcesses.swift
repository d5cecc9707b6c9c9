import Glibc
import HayateCore
import HayateLaunch
import HayateTransport
import Synchronization

/// Processes that were asked to start daemons somewhere, like `ssh` or `sbatch`. Some end at once, some
/// live as long as the daemon.
final class StarterProcesses: Sendable {
    private struct State {
        var processes: [UInt64: LocalProcess] = [:]
        var next: UInt64 = 1
        var waiting: [RaceGate] = []
        var isEnding = false
    }

    private let state = Mutex(State())

    /// Starts one. `onFailure` hears of one that ends badly.
    func start(
        _ words: [String], onFailure: @escaping @Sendable (ProcessExit) -> Void
    ) throws(HayateError) {
        guard let program = words.first else {
            throw HayateError(.invalidArgument, "the command that starts a daemon has no words")
        }
        let number = state.withLock { state in
            defer { state.next += 1 }
            return state.next
        }
        do {
            let process = try LocalProcess.spawn(
                executable: program, arguments: Array(words.dropFirst())
            ) { [self] exit in
                ended(number)
                if !exit.succeeded { onFailure(exit) }
            }
            let isLate = state.withLock { state in
                // It may have ended already.
                if process.isRunning { state.processes[number] = process }
                return state.isEnding
            }
            if isLate { process.send(signal: SIGKILL) }
        } catch {
            throw HayateError(.launchFailed, "\(program) could not be started: \(error)")
        }
    }

    /// The process ids of those that run.
    var running: [Int32] { state.withLock { $0.processes.values.map(\.pid) } }

    private func ended(_ number: UInt64) {
        let waiting = state.withLock { state -> [RaceGate] in
            state.processes[number] = nil
            guard state.processes.isEmpty else { return [] }
            defer { state.waiting.removeAll() }
            return state.waiting
        }
        for gate in waiting { gate.open() }
    }

    /// Those that have not ended by themselves within the grace, as their daemons leave, are killed.
    @discardableResult
    func end(grace: Duration) -> TimerQueue.Timer? {
        let processes = state.withLock { state in
            state.isEnding = true
            return Array(state.processes.values)
        }
        guard !processes.isEmpty else { return nil }
        return TimerQueue.shared.schedule(after: grace) {
            for process in processes { process.send(signal: SIGKILL) }
        }
    }

    /// The same, and waits until all have ended.
    func endAll(grace: Duration) async {
        guard let timer = end(grace: grace) else { return }
        let gate = RaceGate()
        let isDone = state.withLock { state in
            guard !state.processes.isEmpty else { return true }
            state.waiting.append(gate)
            return false
        }
        if !isDone { await gate.wait() }
        TimerQueue.shared.cancel(timer)
    }
}
