import HayateCore
import HayateWire

/// How the host carries out what the dispatcher decided. In order; only the end of a daemon calls back into
/// the dispatcher, which cancels what the daemon's tasks have submitted: the effects of that come after.
extension World {
    func perform() {
        while !effects.isEmpty {
            let list = effects.list
            effects.removeAll()
            for index in list.indices {
                perform(bug == .orderSwapped ? swapped(list, index) : list[index])
            }
        }
    }

    /// Two neighbouring assignments change places.
    private func swapped(_ list: [Effects.Effect], _ index: Int) -> Effects.Effect {
        guard case .assign = list[index] else { return list[index] }
        let partner = index % 2 == 0 ? index + 1 : index - 1
        guard partner < list.count, case .assign = list[partner] else { return list[index] }
        return list[partner]
    }

    private func perform(_ effect: Effects.Effect) {
        if isTracing { trace("  effect \(effect)") }
        switch effect {
        case .assign(let attempt, let id):
            assign(attempt, to: id)
        case .assignBeside(let attempt, let grant, let id):
            injected.beside += 1
            assign(attempt, to: id, grant: grant)
        case .assignChild(let attempt, let id):
            injected.helped += 1
            assign(attempt, to: id, asChild: true)
        case .revoke(let attempt, let id):
            if let link = entry(id)?.link { sendToDaemon(link, .revoke(attempt)) }
        case .stop(let attempt, let id):
            if bug == .stopForgotten { return }
            if let link = entry(id)?.link { sendToDaemon(link, .stop(attempt)) }
        case .resolve(let task, let ending):
            if bug == .resolveForgotten { return }
            ledger.resolved(task, ending, at: now, isClosed: isClosed)
            tellParent(of: task, .failure)
            if bug == .resolvedTwice {
                ledger.resolved(task, ending, at: now, isClosed: isClosed)
            }
        case .dismiss(let id, let reason):
            dismiss(id, reason)
        case .expel(let id, let reason):
            expel(id, reason)
        case .room:
            if bug == .roomForgotten { return }
            guard isWaitingForRoom else { return }
            isWaitingForRoom = false
            queue.add(.submit, at: now)
        }
    }

    private func assign(
        _ attempt: AttemptID, to id: DaemonID, asChild: Bool = false, grant: ResourceGrant? = nil
    ) {
        ledger.assigned(attempt, to: id, asChild: asChild, timeLeft: timeLeft(of: id))
        guard let number = ledger.number(attempt.task), let entry = entry(id) else {
            ledger.fail(.protocolKept, "\(attempt) was assigned to \(id), which is lost")
            return
        }
        if !asChild { checkTerms(entry, number) }
        // Without a connection nothing is sent: `resumed` finds out and assigns it again.
        guard let link = entry.link else {
            if ledger.tasks[number].target == nil {
                ledger.fail(.bounds, "\(attempt) was assigned to \(id), which is away")
            }
            return
        }
        if bug == .requeueForgotten, attempt.attempt > 1 { return }
        if !links[link].isDefined {
            links[link].isDefined = true
            sendToDaemon(link, .define(index: 0, name: "Simulated"))
        }
        if asChild { sendToDaemon(link, .help(ledger.tasks[number].childNumber)) }
        if let grant { send(grant, to: link) }
        let size = ledger.tasks[number].isLarge ? 70_000 : 12
        let mistake = bug == .bodyMixedUp && number > 0 ? 1 : 0
        let body = Body(number: number - mistake).bytes(paddedTo: size)
        sendToDaemon(link, .assign(attempt, type: 0, body: body))
        if bug == .assignedTwice { sendToDaemon(link, .assign(attempt, type: 0, body: body)) }
    }

    /// How much longer a daemon takes tasks that held nothing before the last one; nil for others.
    private func timeLeft(of id: DaemonID) -> Int64? {
        guard scenario.requestShare > 0,
            let status = dispatch.daemonStatus().first(where: { $0.id == id }), status.held <= 1
        else { return nil }
        return status.takesUntil.map { $0.nanoseconds - now } ?? .max
    }

    /// A daemon is not given more than its terms allow.
    private func checkTerms(_ entry: HostDaemon, _ number: Int) {
        guard ledger.tasks[number].target == nil else { return }
        if let wall = entry.terms.wallTime?.nanoseconds,
            now > max(entry.joinedAt + wall, hostAwakeSince)
        {
            ledger.fail(.bounds, "\(entry.id) was given a task after its wall time")
        }
        if let wall = entry.terms.wallTime?.nanoseconds, ledger.tasks[number].request > 0,
            now + ledger.tasks[number].request > entry.joinedAt + wall
        {
            ledger.fail(.bounds, "\(entry.id) was given a task that asks for more time than it has left")
        }
        // A host that was killed may not have written how many it had given.
        if let most = entry.terms.maximumTasks, entry.starts >= most, !scenario.isDurable {
            ledger.fail(.bounds, "\(entry.id) was given more than \(most) tasks")
        }
    }

    private func dismiss(_ id: DaemonID, _ reason: DrainReason) {
        guard let entry = entry(id) else {
            ledger.fail(.protocolKept, "\(id) was dismissed and is lost")
            return
        }
        if ledger.live.contains(where: { ledger.tasks[$0].daemon == id }) {
            ledger.fail(.kept, "\(id) was dismissed with tasks in hand")
        }
        hostDaemons[Int(id.slot)]?.isDismissed = true
        if bug == .dismissForgotten { return }
        if let link = entry.link { sendToDaemon(link, .dismiss(reason)) }
    }

    private func expel(_ id: DaemonID, _ reason: LossReason) {
        let mayBeSlow = reason == .unresponsive && scenario.deafShare > 0
        // A closed pool hangs up on daemons that were told to outlive it, and in the end forgets them.
        let outlives = isClosed && scenario.settings.autoExit != .now
        if scenario.isHarmless, !mayBeSlow, !outlives, let entry = entry(id), !entry.isDismissed,
            processes[entry.process].isAlive,
            processes[entry.process].sessionID == entry.session
        {
            ledger.fail(.noFalseLoss, "\(id) was expelled as \(reason) though nothing broke")
        }
        ledger.lost(id, reason)
        guard let entry = entry(id) else {
            ledger.fail(.protocolKept, "\(id) was expelled and is lost")
            return
        }
        hostDaemons[Int(id.slot)] = nil
        note(.daemonGone(entry.session))
        cancelChildren(of: entry)
        if bug == .expelForgotten { return }
        for link in [entry.link, entry.resuming] {
            if let link { closeAtHost(link) }
        }
        if entry.terms.isReplaceable {
            goneProcesses.insert(entry.process)
            out(.kill(process: entry.process))
        }
    }
}
