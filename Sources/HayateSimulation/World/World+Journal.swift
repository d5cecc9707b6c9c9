import HayateCore
import HayateWire

/// Hosts with a journal: nothing leaves before it is written.
extension World {
    /// Frames, the ends of connections and of processes, what callers hear: at once without a journal.
    func out(_ output: JournalModel.Output) {
        guard journal != nil, bug != .effectsBeforeCommit else { return carryOut(output) }
        journal?.current.outputs.append(output)
    }

    func note(_ record: @autoclosure () -> JournalModel.Record) {
        guard journal != nil else { return }
        journal?.current.records.append(record())
    }

    private func carryOut(_ output: JournalModel.Output) {
        switch output {
        case .frame(let link, let message): sendNow(link, message)
        case .close(let link): closePipe(link)
        case .kill(let process): die(process, leavesSilently: false)
        case .accepted(let number): ledger.toldAccepted(number)
        case .outcome(let number): ledger.toldOutcome(number)
        }
    }

    /// The event is over: what it changed is on its way to the disk.
    func collect() {
        guard journal != nil, !isHostDown else { return }
        for number in ledger.acceptances {
            if ledger.tasks[number].isDurable { note(.accepted(number)) }
            out(.accepted(number))
        }
        for change in dispatch.takeChanges() {
            guard let number = ledger.number(change.id), ledger.tasks[number].isDurable else { continue }
            if bug == .assignmentNotWritten, change.daemon != nil { continue }
            note(.progress(number, change, change.daemon.flatMap { entry($0)?.session }))
        }
        for number in ledger.endings {
            if ledger.tasks[number].isDurable, bug != .outcomeNotWritten { note(.outcome(number)) }
            out(.outcome(number))
        }
        ledger.acceptances.removeAll(keepingCapacity: true)
        ledger.endings.removeAll(keepingCapacity: true)
        guard var entry = journal?.current, !entry.isEmpty else { return }
        journal?.current = JournalModel.Entry()
        entry.highest = dispatch.highestGeneration
        // A name is written before it leaves, even one of a task that dies with its host.
        if entry.records.isEmpty, journal?.isIdle == true, entry.highest <= journal?.highest ?? 0 {
            for output in entry.outputs { carryOut(output) }
            return
        }
        journal?.waiting.append(entry)
        write()
    }

    private func write() {
        guard let waiting = journal?.waiting, !waiting.isEmpty, journal?.writing == nil else { return }
        journal?.writing = waiting
        journal?.waiting = JournalModel.Entry()
        let usual = 1 + random.below(scenario.commitTime)
        queue.add(.written(epoch: epoch), at: now + (random.below(30) == 0 ? 20 * usual : usual))
    }

    /// The records are on disk, and what waited for them leaves.
    func written(_ epoch: Int) {
        guard epoch == self.epoch, let entry = journal?.writing else { return }
        journal?.writing = nil
        journal?.write(entry)
        for output in entry.outputs { carryOut(output) }
        write()
    }

    // MARK: Death and return

    /// The host is killed at some moment; it is back after a while.
    func killHost() {
        guard journal != nil, !isHealed, !isClosed else { return }
        queue.add(.hostKill, at: now + 1 + random.below(2 * scenario.killEvery))
        guard !isHostDown else { return }
        injected.hostKills += 1
        // What was on its way to the disk may be there, and nobody was told.
        if let writing = journal?.writing, random.chance(0.5) { journal?.write(writing) }
        journal?.lose()
        ledger.acceptances = []
        ledger.endings = []
        for link in links.indices where !links[link].toDaemon.isDead || links[link].hostEnd != .closed {
            links[link].hostEnd = .closed
            closePipe(link)
        }
        protection?.restartServer()
        epoch += 1
        hostTimerAt = .max
        isHostDown = true
        let pause = random.chance(0.3) ? random.spread(millisecond, 300 * millisecond) : random.below(millisecond)
        // Those who turn to it meanwhile come after it is back.
        let start = max(now + pause, hostFrozenUntil)
        hostFrozenUntil = start + 1
        hostAwakeSince = hostFrozenUntil
        queue.add(.hostStart, at: start)
    }

    /// The next host: it knows what is on disk.
    func startHost() {
        guard let disk = journal else { return }
        isHostDown = false
        isTouched = true
        dispatch = Dispatch(limits: scenario.limits)
        dispatch.notesChanges = true
        if bug != .generationsForgotten { dispatch.restoreGenerations(from: disk.highest) }
        let names = restoreDaemons(disk)
        goneProcesses = goneProcesses.filter { !processes[$0].isAlive }
        let lost = ledger.restart(disk, names: names, epoch: epoch)
        guard ledger.violation == nil else { return }
        for number in disk.tasks.keys.sorted() {
            let task = ledger.tasks[number]
            // Tasks that died with the host before are not held against the daemon's terms.
            if let daemon = task.daemon, task.started.contains(task.attempt) {
                hostDaemons[Int(daemon.slot)]?.starts += 1
            }
            var progress = disk.tasks[number]?.progress ?? TaskProgress(id: task.id)
            progress.daemon = task.daemon
            dispatch.restore(spec(of: task), progress, at: instant)
            if task.isCancelled { queue.add(.cancel(task: number), at: now + 1 + random.below(10 * millisecond)) }
        }
        dispatch.beginRestored(at: instant, into: &effects)
        perform()
        // Callers whose tasks were never accepted for good come again.
        if isWaitingForRoom || submitted >= scenario.tasks && lost > 0 {
            isWaitingForRoom = false
            queue.add(.submit, at: now)
        }
        submitted -= min(lost, submitted)
        checkAll()
    }

    /// What is left of their terms, as the next host finds it.
    private func restoreDaemons(_ disk: JournalModel) -> [DaemonID: DaemonID] {
        var names: [DaemonID: DaemonID] = [:]
        hostDaemons = []
        for old in disk.daemons.values.sorted(by: { ($0.joinedAt, $0.process) < ($1.joinedAt, $1.process) }) {
            var terms = old.terms
            if let wall = terms.wallTime { terms.wallTime = max(.zero, wall - .nanoseconds(now - old.joinedAt)) }
            if let most = terms.maximumTasks { terms.maximumTasks = most - min(most, old.received) }
            let wait = (terms.reconnectWithin ?? scenario.limits.reconnectWithin).nanoseconds
            let until = instant.advanced(by: wait)
            guard let id = dispatch.restoreDaemon(terms, awayUntil: until, at: instant) else { continue }
            names[old.id] = id
            while hostDaemons.count <= Int(id.slot) { hostDaemons.append(nil) }
            var daemon = HostDaemon(
                id: id, session: old.session, process: old.process, terms: old.terms, joinedAt: old.joinedAt,
                link: nil, received: old.received, acknowledged: old.received)
            daemon.starts = old.received
            hostDaemons[Int(id.slot)] = daemon
            // From now on the journal knows it by this name.
            journal?.write(JournalModel.Entry(records: [.daemon(daemon)]))
            // Whoever starts daemons looks after those of the host before.
            if !processes[old.process].isAlive, processes[old.process].isOwn {
                queue.add(.processExit(process: old.process), at: now + 1 + random.below(10 * millisecond))
            }
        }
        return names
    }

    /// What runs at a daemon that is back goes on as it was.
    func checkGoesOn(at id: DaemonID, holding: [AttemptID]) {
        guard journal != nil, let entry = entry(id) else { return }
        for run in processes[entry.process].runs where holding.contains(run.attempt) {
            let task = ledger.tasks[run.number]
            guard task.isDurable, task.isUnfinished else { continue }
            if task.phase != .atDaemon || task.daemon != id || task.attempt != run.attempt.attempt {
                ledger.fail(
                    .goesOn, "\(run.attempt) runs at \(id), which is back, and the host has it as \(task.phase)")
            }
        }
    }
}
