import HayateCore
import HayateWire
import Logging

/// Where a daemon lives, and who does its tasks.
package enum DaemonHome: Sendable {
    /// The process is this daemon and nothing else: output, environment and memory are its own.
    case ownProcess
    /// A guest in a process that is the host's: it changes nothing that belongs to the process.
    case guest
    /// A guest that hands its tasks on.
    case relay(Forwarding)

    /// Does a task elsewhere. Cancelled, it stops the task there. nil: the task was lost there, and nobody
    /// knows whether it had an effect.
    package typealias Forwarding = @Sendable (ForwardedTask) async -> TaskEnd?

    var ownsProcess: Bool { if case .ownProcess = self { true } else { false } }
    var forwards: Bool { if case .relay = self { true } else { false } }
}

/// A task as it travels: nobody on its way has to know its type.
package struct ForwardedTask: Sendable {
    package var name: String
    package var body: [UInt8]
    package var details: TaskDetails
    /// Its number at its host, and which start it is.
    package var task: UInt64
    package var attempt: Int
    /// Takes a line that the task logged.
    package var log: @Sendable (Logger.Level, String) -> Void
    /// Takes what the task wrote: to stream 1, standard output, or 2, standard error.
    package var print: @Sendable (UInt8, [UInt8]) -> Void
}

extension DaemonRuntime {
    /// In the host's process: the task can tell, by a task-local value.
    func performAsGuest(_ job: Job, in context: TaskContext) async -> TaskEnd {
        await TaskContext.$isGuest.withValue(true) {
            await TaskPerformer.perform(
                job.type.type, name: job.type.name, body: job.body, in: context,
                coding: coding)
        }
    }

    func performByRelay(_ job: Job, _ forward: DaemonHome.Forwarding) async -> TaskEnd {
        let attempt = job.attempt
        let task = ForwardedTask(
            name: job.type.name, body: job.body, details: job.details, task: attempt.task.rawValue,
            attempt: Int(attempt.attempt),
            log: { [weak self] level, text in self?.forward(.line(level, text), of: attempt) },
            print: { [weak self] stream, bytes in self?.pass(bytes, stream: stream, of: attempt) })
        if let end = await forward(task) { return end }
        // What the host knows is that a daemon was lost with its task; so that is what it gets to see.
        vanish()
        return .stopped
    }

    /// Breaks off without a word, as a daemon whose process died. It comes back as a new one.
    private func vanish() {
        let link = state.withLock { state in
            defer { state.link = nil }
            state.session.vanished(into: &state.effects)
            state.sessionID = nil
            // Without a connection a dial is under way already.
            if state.link != nil { state.session.disconnected(at: .now, into: &state.effects) }
            perform(&state)
            return state.link
        }
        // Results of earlier tasks still go out.
        link?.connection.drainAndClose(deadline: .seconds(2))
    }

    /// Leaves at once, with all that it holds.
    package func depart(_ reason: String) {
        state.withLock { state in
            guard state.exit == nil else { return }
            state.refusal = state.refusal ?? reason
            state.session.refused(into: &state.effects)
            perform(&state)
        }
        settle()
    }

    private func pass(_ bytes: [UInt8], stream: UInt8, of attempt: AttemptID) {
        state.withLock { state in
            guard state.session.running == attempt, let link = state.link, link.isAdmitted else { return }
            for start in Swift.stride(from: 0, to: bytes.count, by: OutputCapture.pieceBytes) {
                let end = min(start + OutputCapture.pieceBytes, bytes.count)
                link.write(.output(attempt, stream: stream, bytes: Array(bytes[start..<end])))
            }
            link.handOver()
        }
        settle()
    }
}
