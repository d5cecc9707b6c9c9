import HayateCore
import HayateWire

/// What tasks do at a daemon: take time, fail, kill their daemon, obey an order to stop or not.
extension World {
    func start(_ attempt: AttemptID, on process: Int) {
        guard let bytes = processes[process].bodies.removeValue(forKey: attempt),
            let body = Body(bytes)
        else {
            ledger.fail(.protocolKept, "process \(process) starts \(attempt) without its body")
            return
        }
        let number = body.number
        let under = hostDaemons.first { $0 != nil && $0?.session == processes[process].sessionID }
        let daemon = under.flatMap { $0?.id }
        ledger.started(number, attempt: attempt.attempt, on: process, under: daemon) {
            entry($0) != nil
        }
        let task = ledger.tasks[number]
        if let daemon, task.target == nil { hostDaemons[Int(daemon.slot)]?.starts += 1 }
        if task.isPoison {
            injected.poisonings += 1
            processes[process].running = nil
            die(process, leavesSilently: false)
            ledger.died(number, on: process)
            return
        }
        processes[process].run += 1
        processes[process].running = Process.Run(
            attempt: attempt, number: number, startedAt: now,
            status: task.started.count <= task.failures ? .failure : .value)
        let time = max(1, task.duration * processes[process].slowness)
        queue.add(.taskEnds(process: process, run: processes[process].run), at: now + time)
    }

    func interrupt(_ attempt: AttemptID, on process: Int) {
        guard let run = processes[process].running, run.attempt == attempt,
            !ledger.tasks[run.number].isDeaf
        else { return }
        processes[process].running?.status = .stopped
        processes[process].run += 1
        queue.add(
            .taskEnds(process: process, run: processes[process].run),
            at: now + random.spread(microsecond, 2 * millisecond))
    }

    func taskEnds(_ process: Int, _ number: Int) {
        guard processes[process].run == number, let run = processes[process].running else { return }
        processes[process].running = nil
        ledger.ended(
            run.number, attempt: run.attempt.attempt, on: process, failed: run.status != .value)
        let body = Body(number: run.number, attempt: run.attempt.attempt, process: process)
        let size = ledger.tasks[run.number].isLarge ? 66_000 : 12
        let before = processes[process].session.reported
        processes[process].session.ended(run.attempt, into: &daemonEffects)
        // A session that was given up numbers nothing: its result is for nobody.
        if processes[process].session.reported > before {
            processes[process].results.append(
                Process.Result(
                    attempt: run.attempt, status: run.status, body: body.bytes(paddedTo: size),
                    taskTime: now - run.startedAt))
        }
        perform(process)
    }
}
