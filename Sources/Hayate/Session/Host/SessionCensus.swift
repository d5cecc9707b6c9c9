import HayateCore
import HayateJournal
import HayateTransport

/// What the unfinished tasks of a session's pool do at one moment.
struct SessionCensus: Sendable {
    struct Counts: Sendable {
        /// Waiting for tasks that they need.
        var blocked = 0
        var running = 0
    }

    /// A task that runs.
    struct Running: Sendable {
        var key: TaskKey
        var daemon: String
        var attempt: Int
        /// For how long, in seconds; nil where it is not known.
        var since: Double?
    }

    var counts: [UInt32: Counts] = [:]
    var running: [Running] = []
    /// What of their resources is used, by the daemons' names; of those that run several tasks at once.
    var resources: [String: String] = [:]

    /// Of how many running tasks a census tells more than their number.
    static let mostRunning = 20_000
}

extension Dispatcher {
    func census() -> SessionCensus {
        state.withLock { state in
            let now = Instant.now
            var census = SessionCensus()
            state.core.forEachTaskInMotion { task, doing, daemon in
                let entry = state.entries[Int(task.slot)]
                guard let submission = entry.receiver?.durable else { return }
                switch doing {
                case .running:
                    census.counts[submission, default: SessionCensus.Counts()].running += 1
                    guard census.running.count < SessionCensus.mostRunning, let daemon else { return }
                    var attempt = 0
                    var since: Double?
                    if case .running(_, let began, let number)? = state.core.waitReason(of: task, at: now) {
                        attempt = Int(number)
                        since = Double(now.since(began)) / 1e9
                    }
                    census.running.append(
                        SessionCensus.Running(
                            key: TaskKey(submission: submission, element: entry.index),
                            daemon: state.links[daemon.slot]?.name ?? "\(daemon)", attempt: attempt, since: since))
                case .blocked: census.counts[submission, default: SessionCensus.Counts()].blocked += 1
                case .queued, .delayed, .sentAhead, .stopping: break
                }
            }
            for status in state.core.daemonStatus() {
                guard let all = status.resources, let free = status.free else { continue }
                census.resources[state.links[status.id.slot]?.name ?? "\(status.id)"] = all.used(leaving: free)
            }
            return census
        }
    }

    /// Unfinished tasks of submissions in order of submission.
    func durableRows(limit: Int) -> [(key: TaskKey, status: TaskStatus, age: Double, daemon: String?)] {
        guard limit > 0 else { return [] }
        return state.withLock { state in
            let now = Instant.now
            return state.core.taskStatus(limit: limit).compactMap { status in
                let entry = state.entries[Int(status.id.slot)]
                guard let submission = entry.receiver?.durable else { return nil }
                return (
                    TaskKey(submission: submission, element: entry.index), status,
                    Double(max(0, now.since(status.submitted))) / 1e9,
                    status.daemon.flatMap { state.links[$0.slot]?.name }
                )
            }
        }
    }
}

extension DaemonResources {
    /// `3/4 processors, 1/2 GPUs, 512/2048 MiB`.
    func used(leaving free: DaemonResources) -> String {
        var parts = ["\(cpus - free.cpus)/\(cpus) processors"]
        if !gpus.isEmpty { parts.append("\(gpus.count - free.gpus.count)/\(gpus.count) GPUs") }
        if let memory, let left = free.memory { parts.append("\((memory - left) >> 20)/\(memory >> 20) MiB") }
        for (name, count) in named.sorted(by: { $0.key < $1.key }) {
            parts.append("\(count - (free.named[name] ?? 0))/\(count) \(name)")
        }
        return parts.joined(separator: ", ")
    }
}
