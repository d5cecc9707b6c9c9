import Glibc
import HayateCluster
import HayateCore
import HayateJournal

/// The part of launching that goes on where a session's last host was killed: the jobs that it had are tracked and
/// counted again, and no others are submitted in their place.
extension ClusterLauncher {
    /// What is known of the last host's jobs, before anything happens. What is to be done about it is done when the
    /// pool begins.
    static func restore(_ run: ClusterRun, _ durability: Durability?, into state: inout State) {
        // Daemons may live on whose run somebody has cleaned up: no number of theirs is given again.
        let launches = (durability?.contents.daemons ?? []).compactMap { DaemonLaunch($0.launch)?.submission }
        state.nextSubmission = (launches.max() ?? 0) + 1
        guard let past = run.past else { return }
        state.nextSubmission = max(state.nextSubmission, past.nextSubmission)
        state.nextDaemon = past.nextDaemon
        let now = Instant.now
        let time = Int64(WallClock.seconds)
        let left = past.past(at: now, time: time)
        for one in left {
            let planned = time + one.planned.since(now) / 1_000_000_000
            state.jobs[one.submission.number] = PlannedJob(submission: one.submission, rendered: nil, planned: planned)
        }
        state.ledger.restore(
            left, lastStatus: lastStatus(durability, at: now, time: time), at: now, into: &state.ledgerEffects)
        let live = state.ledger.rows.filter { $0.end == nil }.map(\.key)
        state.sizing.adopted(live, at: now, into: &state.sizingEffects)
    }

    /// When the last host asked for the queue's list; nil: it is not known to have.
    private static func lastStatus(_ durability: Durability?, at now: Instant, time: Int64) -> Instant? {
        guard let note = durability?.contents.notes[ClusterRun.statusNote],
            let asked = Int64(String(decoding: note, as: UTF8.self))
        else { return nil }
        return now.advanced(by: -Duration.seconds(max(0, time - asked)).nanoseconds)
    }

    /// The session knows of the run before anything is submitted in it.
    func noteRun(then begin: @escaping @Sendable () -> Void) {
        guard daemons.durability != nil, !wasResumed else { return begin() }
        dispatcher.write([.note(ClusterRun.runNote, Array(journal.run.utf8))]) { [weak self] result in
            guard let self else { return }
            if case .failure(let error) = result { state.withLock { $0.failure = error.message } } else { begin() }
        }
    }

    func noteStatusQuery() {
        guard daemons.durability != nil else { return }
        // Rather late than early: the next host waits from then on.
        let time = String(Int64(WallClock.seconds.rounded(.up)))
        dispatcher.write([.note(ClusterRun.statusNote, Array(time.utf8))]) { _ in }
    }

    /// Of the other side.
    func notePort(_ port: UInt16) {
        guard daemons.durability != nil else { return }
        dispatcher.write([.note(ClusterRun.portNote, Array(String(port).utf8))]) { _ in }
    }

    /// Daemons of the last host whose jobs are known to have ended, or are known to nobody any more, do not come back:
    /// their tasks need not wait for them.
    func forgetLost() {
        for launch in dispatcher.absentLaunches {
            guard let known = DaemonLaunch(launch) else { continue }
            let row = state.withLock { state in state.ledger.key(of: known).flatMap { state.ledger.row($0) } }
            if let row, row.end == nil { continue }
            dispatcher.jobEnded(of: launch, Self.lossReason(row?.end))
        }
    }

    /// What schedulers and people do to jobs is not the fault of the task that ran.
    static func lossReason(_ end: JobEnd?) -> LossReason {
        end?.reason.isNoFailureOfOurs ?? true ? .reclaimed(signal: SIGKILL) : .disconnected
    }
}

extension Durability {
    /// The port of the cluster's other side that led to the last host.
    var formerPort: UInt16? {
        contents.notes[ClusterRun.portNote].flatMap { UInt16(String(decoding: $0, as: UTF8.self)) }
    }
}

extension Dispatcher {
    /// Launches whose daemons have no connection.
    var absentLaunches: [UInt64] {
        state.withLock { $0.launches.filter { $0.value.wire == nil }.keys.sorted() }
    }
}
