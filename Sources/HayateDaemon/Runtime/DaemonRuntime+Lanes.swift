import Collections
import HayateCore
import HayateWire

/// Tasks beside each other: each on a thread of its own, as long as it runs.
///
/// The threads stay for later tasks until the daemon leaves, because the kernel ends a command when the thread that
/// started it ends. There are about as many as ran at once.
extension DaemonRuntime {
    struct Lanes {
        /// What was started and has not ended.
        var running: [(attempt: AttemptID, start: UInt64)] = []
        /// What no thread has taken yet.
        var jobs: Deque<Job> = []
        var threads = 0
        /// Threads that wait, less those that are being woken.
        var idle = 0

        func start(of attempt: AttemptID) -> UInt64? { running.last { $0.attempt == attempt }?.start }
    }

    /// Under the lock.
    func startLane(_ attempt: AttemptID, _ state: inout State) {
        guard var job = state.bodies.removeValue(forKey: attempt) else { return }
        state.starts += 1
        job.start = state.starts
        state.lanes.running.append((attempt, job.start))
        state.lanes.jobs.append(job)
        if state.lanes.idle > 0 {
            state.lanes.idle -= 1
            laneWake.signal()
        } else {
            state.lanes.threads += 1
            WorkerThread.start { self.workLane() }
        }
    }

    /// The daemon has left: its threads end.
    func endLanes() {
        for _ in 0..<state.withLock({ $0.lanes.threads }) { laneWake.signal() }
    }

    private func workLane() {
        let cell = TaskCell()
        while true {
            let job = state.withLock { state -> Job? in
                if let job = state.lanes.jobs.popFirst() { return job }
                if !state.isOver { state.lanes.idle += 1 }
                return nil
            }
            if let job {
                run(job, cell, at: .now)
                completeLane(cell, job)
            } else if state.withLock({ $0.isOver }) {
                return
            } else {
                laneWake.wait()
            }
        }
    }

    /// Waits for the end of the task that was started with this cell.
    private func completeLane(_ cell: TaskCell, _ job: Job) {
        while true {
            switch cell.take() {
            case .ended(_, let end, let began, _): return finishLane(job, end, began: began, at: .now)
            case .isOver: return
            case .pending: cell.wait()
            }
        }
    }

    private func finishLane(_ job: Job, _ end: TaskEnd, began: Instant, at now: Instant) {
        let result = KeptResult(attempt: job.attempt, end: end, taskTime: now.since(began))
        state.withLock { state in
            state.lastTask = now
            state.keepsMemory = true
            forwardLast(of: job.attempt, &state)
            state.lanes.running.removeAll { $0.start == job.start }
            let reported = state.session.reported
            state.session.ended(job.attempt, into: &state.effects)
            if state.session.reported > reported { state.kept.append(result) }
            perform(&state)
        }
        settle()
    }
}
