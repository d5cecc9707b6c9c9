import HayateCore
import HayateWire

/// Tasks of tasks: what a running task submits, and what the host makes of it.
extension World {
    // MARK: The task

    func submitChildren(of index: Int, on process: Int) {
        let run = processes[process].runs[index]
        let parent = ledger.tasks[run.number]
        processes[process].runs[index].offspring = 0
        let group = parent.isMap ? UInt64(run.serial) : 0
        processes[process].runs[index].group = group
        for _ in 0..<run.offspring {
            var plan = TaskModel(id: TaskID(slot: 0, generation: 0))
            draw(&plan)
            plan.generations = parent.generations - 1
            plan.offspring = 0
            drawOffspring(&plan)
            plan.timeout = plan.deadline == .max ? nil : plan.deadline - now
            plan.parent = run.number
            plan.parentAttempt = run.attempt.attempt
            plan.plan = plans.count
            let number = processes[process].session.submitted(
                by: run.attempt, group: group, into: &daemonEffects)
            // The task of a host that is gone has nobody to submit to.
            guard let number else { continue }
            plans.append(plan)
            processes[process].children[number] = plan.plan
            processes[process].runs[index].pending.insert(number)
            if group == 0 {
                processes[process].session.waits(
                    run.attempt, for: .child(number), into: &daemonEffects)
            }
        }
        if group != 0 {
            processes[process].session.waits(run.attempt, for: .group(group), into: &daemonEffects)
        }
        processes[process].session.suspended(run.attempt, into: &daemonEffects)
        if processes[process].runs[index].pending.isEmpty {
            stopWaiting(index, on: process)
            goOn(index, on: process, after: 1)
        }
        perform(process)
    }

    func stopWaiting(_ index: Int, on process: Int) {
        let run = processes[process].runs[index]
        processes[process].runs[index].pending = []
        for number in run.pending.sorted() {
            processes[process].session.waited(run.attempt, for: .child(number))
        }
        if run.group != 0 {
            processes[process].session.waited(run.attempt, for: .group(run.group))
        }
    }

    // MARK: The daemon

    func sendChild(_ number: UInt64, from process: Int) {
        guard let link = processes[process].link, let index = processes[process].children[number]
        else { return ledger.fail(.protocolKept, "process \(process) submits what it has not") }
        if !links[link].isDefinedByDaemon {
            links[link].isDefinedByDaemon = true
            sendToHost(link, .define(index: 0, name: "Simulated"))
        }
        let plan = plans[index]
        sendToHost(
            link,
            .submit(
                SubmittedTask(
                    number: number, type: 0, priority: plan.priority,
                    timeout: plan.timeout.map { .nanoseconds($0) }, retry: plan.retry),
                body: Body(number: index).bytes()))
    }

    func childEnded(_ number: UInt64, _ status: ResultStatus, _ bytes: [UInt8], at process: Int) {
        guard processes[process].session.outcome(of: number, into: &daemonEffects) else { return }
        if let body = Body(bytes), body.number < ledger.tasks.count,
            ledger.tasks[body.number].plan != processes[process].children[number]
        {
            ledger.fail(.trueOutcome, "child \(number) of process \(process) got another's outcome")
        }
        childLetGo(number, at: process)
    }

    /// A child ended, in whatever way: its parent may go on.
    func childLetGo(_ number: UInt64, at process: Int) {
        processes[process].children[number] = nil
        let waiting = processes[process].runs.firstIndex { $0.pending.contains(number) }
        guard let index = waiting else { return }
        let run = processes[process].runs[index]
        processes[process].runs[index].pending.remove(number)
        processes[process].session.waited(run.attempt, for: .child(number))
        guard run.pending.count == 1 || ledger.tasks[run.number].waitsForOne else { return }
        stopWaiting(index, on: process)
        goOn(index, on: process, after: 1 + ledger.tasks[run.number].duration / 2)
    }

    // MARK: The host

    func childSubmitted(_ submitted: SubmittedTask, _ bytes: [UInt8], by id: DaemonID) {
        let slot = Int(id.slot)
        let number = submitted.number
        guard var children = hostDaemons[slot]?.children, let body = Body(bytes) else { return }
        if children.isRepeating { children.repeated.insert(number) }
        hostDaemons[slot]?.children = children
        if let known = children.all[number] {
            if case .ended(let status, let body) = known { tell(id, number, status, body) }
            return
        }
        guard number > children.highest else { return }
        hostDaemons[slot]?.children.highest = number
        var task = plans[body.number]
        task.epoch = epoch
        task.deadline = submitted.timeout.map { now + $0.nanoseconds } ?? .max
        task.submitter = id
        task.childNumber = number
        let head = dispatch.tasks(at: id).first.flatMap { ledger.number($0.task) }
        let above = head.map { Int(ledger.tasks[$0].priority) } ?? 0
        task.priority = Int8(clamping: above + 1 + Int(submitted.priority))
        let spec = TaskSpec(
            bytes: task.bytes, priority: submitted.priority, timeout: submitted.timeout,
            retry: submitted.retry)
        switch dispatch.submitChild(spec, of: id, at: instant, into: &effects) {
        case .accepted(let accepted):
            task.id = accepted
            injected.children += 1
            let mine = ledger.accepted(task)
            hostDaemons[slot]?.children.all[number] = .live(mine)
            trace("  \(accepted) is number \(mine), child \(number) of number \(task.parent ?? -1)")
            perform()
            if task.isEndless || random.chance(scenario.cancelShare) {
                let pause = random.spread(scenario.shortTask, 4 * scenario.longTask)
                queue.add(.cancel(task: mine), at: now + pause)
            }
        case .refused(let refusal):
            if refusal != .closed || !isClosed {
                ledger.fail(.bounds, "a child was refused: \(refusal)")
            }
            let body = Body(number: Int(UInt32.max)).bytes()
            hostDaemons[slot]?.children.all[number] = .ended(.failure, body)
            tell(id, number, .failure, body)
        }
    }

    func childWithdrawn(_ number: UInt64, by id: DaemonID) {
        guard let children = hostDaemons[Int(id.slot)]?.children else { return }
        guard number == 0 else { return drop(number, of: id) }
        guard children.isRepeating else { return }
        hostDaemons[Int(id.slot)]?.children.isRepeating = false
        for number in children.all.keys.sorted() where !children.repeated.contains(number) {
            drop(number, of: id)
        }
    }

    private func drop(_ number: UInt64, of id: DaemonID) {
        let child = hostDaemons[Int(id.slot)]?.children.all.removeValue(forKey: number)
        guard case .live(let task)? = child, ledger.tasks[task].isUnfinished else { return }
        ledger.tasks[task].isCancelled = true
        _ = dispatch.cancel(ledger.tasks[task].id, at: instant, into: &effects)
        perform()
    }

    func helpWanted(_ number: UInt64, by id: DaemonID) {
        if bug == .helpIgnored { return }
        var answer = HelpAnswer.unneeded
        if case .live(let task)? = hostDaemons[Int(id.slot)]?.children.all[number] {
            answer = dispatch.help(
                ledger.tasks[task].id, by: id, at: instant, into: &effects)
        }
        if isTracing { trace("  help with \(number): \(answer)") }
        perform()
        guard answer == .unneeded, let link = entry(id)?.link else { return }
        sendToDaemon(link, .unneeded(number))
    }

    private func tell(
        _ id: DaemonID, _ number: UInt64, _ status: ResultStatus, _ body: [UInt8]
    ) {
        if bug == .outcomeForgotten { return }
        guard let link = entry(id)?.link else { return }
        sendToDaemon(link, .outcome(number, status: status, body: body))
    }

    /// A task has its outcome: if a task submitted it, that task's daemon is told.
    func tellParent(of id: TaskID, _ status: ResultStatus) {
        guard let number = ledger.number(id), let daemon = ledger.tasks[number].submitter,
            entry(daemon)?.children.all[ledger.tasks[number].childNumber] != nil
        else { return }
        let child = ledger.tasks[number].childNumber
        let body = Body(number: number).bytes()
        hostDaemons[Int(daemon.slot)]?.children.all[child] = .ended(status, body)
        tell(daemon, child, status, body)
    }

    /// A session is lost, and with it all that its tasks have submitted.
    func cancelChildren(of entry: HostDaemon) {
        if bug == .childrenKept { return }
        for number in entry.children.all.keys.sorted() {
            guard case .live(let task)? = entry.children.all[number],
                ledger.tasks[task].isUnfinished
            else { continue }
            ledger.tasks[task].isCancelled = true
            _ = dispatch.cancel(ledger.tasks[task].id, at: instant, into: &effects)
        }
    }

    // MARK: Checks

    /// No task goes on whose submitter's session is lost.
    func checkChildren() {
        for number in ledger.live {
            guard let daemon = ledger.tasks[number].submitter, entry(daemon) == nil else { continue }
            ledger.fail(
                .children, "\(ledger.tasks[number].id) goes on, though \(daemon) is lost")
        }
    }

    /// A daemon that says that a task ended has withdrawn its children before, unless it has just come
    /// back and has yet to say which it still wants.
    func checkNoChildren(of attempt: AttemptID, at id: DaemonID) {
        guard let entry = entry(id), !entry.children.isRepeating,
            let parent = ledger.number(attempt.task)
        else { return }
        for number in ledger.live
        where ledger.tasks[number].submitter == id && ledger.tasks[number].parent == parent
            && ledger.tasks[number].parentAttempt == attempt.attempt
        {
            ledger.fail(
                .children, "\(ledger.tasks[number].id) goes on, though \(attempt) has ended")
        }
    }
}
