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
        if processes[process].isWarned, task.parent == nil {
            ledger.fail(.bounds, "\(attempt) started although the end of process \(process) was announced")
        }
        if let daemon, task.target == nil { hostDaemons[Int(daemon.slot)]?.starts += 1 }
        if task.isPoison {
            injected.poisonings += 1
            die(process, leavesSilently: false)
            ledger.died(number, on: process)
            return
        }
        let grant = processes[process].grants.removeValue(forKey: attempt)
        checkResources(of: process, beginning: number, with: grant)
        processes[process].run += 1
        processes[process].runs.append(
            Process.Run(
                serial: processes[process].run, offspring: task.offspring, attempt: attempt,
                number: number, startedAt: now,
                status: task.started.count <= task.failures ? .failure : .value, grant: grant))
        let time = max(1, task.duration * processes[process].slowness)
        queue.add(.taskEnds(process: process, run: processes[process].run), at: now + time)
    }

    func interrupt(_ attempt: AttemptID, on process: Int) {
        guard let index = processes[process].runs.firstIndex(where: { $0.attempt == attempt }),
            !ledger.tasks[processes[process].runs[index].number].isDeaf
        else { return }
        processes[process].runs[index].status = .stopped
        // Whoever waits for a child and is cancelled stops the child.
        let children = processes[process].runs[index].pending.sorted()
        processes[process].runs[index].offspring = 0
        stopWaiting(index, on: process)
        goOn(index, on: process, after: random.spread(microsecond, 2 * millisecond))
        for child in children {
            _ = processes[process].session.withdrawn(child, into: &daemonEffects)
        }
        perform(process)
    }

    /// The event that goes on with a run is a new one.
    func goOn(_ index: Int, on process: Int, after pause: Int64) {
        processes[process].run += 1
        processes[process].runs[index].serial = processes[process].run
        queue.add(.taskEnds(process: process, run: processes[process].run), at: now + pause)
    }

    func taskEnds(_ process: Int, _ serial: Int) {
        guard let index = processes[process].runs.firstIndex(where: { $0.serial == serial }) else {
            return
        }
        if processes[process].runs[index].offspring > 0 {
            return submitChildren(of: index, on: process)
        }
        let run = processes[process].runs.remove(at: index)
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
