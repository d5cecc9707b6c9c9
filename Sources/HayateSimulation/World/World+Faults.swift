import HayateCore
import HayateWire

/// What breaks, and how it is healed.
extension World {
    func fault() {
        guard !isHealed else { return }
        queue.add(.fault, at: now + 1 + random.below(2 * scenario.faultEvery))
        guard let fault = scenario.fault(&random) else { return }
        trace("  fault: \(fault)")
        switch fault {
        case .cut:
            guard let link = someLink() else { return }
            injected.cuts += 1
            cut(link)
        case .blackhole:
            guard let link = someLink() else { return }
            injected.blackholes += 1
            swallow(link)
            let process = links[link].process
            processes[process].unreachableUntil = now + random.below(awhile)
        case .stall:
            guard let link = someLink() else { return }
            injected.stalls += 1
            let until = now + random.below(awhile)
            if random.chance(0.6) { links[link].toHost.stall(until) }
            if random.chance(0.6) { links[link].toDaemon.stall(until) }
        case .crash:
            guard let process = someProcess() else { return }
            injected.crashes += 1
            die(process, leavesSilently: random.chance(0.2))
        case .freeze:
            // Time to do something between two freezes.
            guard let process = someProcess(), processes[process].frozenUntil + awhile < now
            else { return }
            injected.freezes += 1
            let until = now + random.below(awhile)
            processes[process].frozenUntil = max(until, processes[process].frozenUntil)
            // Some are never thawed.
            if random.chance(0.3) { queue.add(.kill(process: process), at: until) }
        case .hostFreeze:
            guard hostFrozenUntil + awhile < now else { return }
            injected.hostFreezes += 1
            let until = now + random.below(scenario.isHarmless ? 5 * second : awhile)
            hostFrozenUntil = max(until, hostFrozenUntil)
            hostAwakeSince = hostFrozenUntil
        case .hostRestart:
            injected.hostRestarts += 1
            restartHost()
        }
    }

    /// Up to three times what it takes to be given up.
    private var awhile: Int64 { 3 * scenario.limits.lostAfter.nanoseconds }

    private func someProcess() -> Int? {
        var alive = 0
        for process in processes where process.isAlive { alive += 1 }
        guard alive > 0 else { return nil }
        var index = random.below(alive)
        for process in processes.indices where processes[process].isAlive {
            if index == 0 { return process }
            index -= 1
        }
        return nil
    }

    private func someLink() -> Int? {
        guard let process = someProcess(), let link = processes[process].link,
            !links[link].isBlackhole
        else { return nil }
        return link
    }

    /// The host dies and another takes its address: without a journal its tasks are gone with it,
    /// and its daemons come with sessions that nobody knows.
    private func restartHost() {
        isTouched = true
        for link in links.indices where links[link].hostEnd != .closed { closeAtHost(link) }
        epoch += 1
        protection?.restartServer()
        dispatch = Dispatch(limits: scenario.limits)
        for index in hostDaemons.indices { hostDaemons[index] = nil }
        ledger.forgetAll()
        hostTimerAt = .max
        if isWaitingForRoom {
            isWaitingForRoom = false
            queue.add(.submit, at: now)
        }
    }

    /// From now on nothing breaks any more, and everything must come to its end.
    func heal() {
        isTouched = true
        isHealed = true
        for link in links.indices where links[link].isBlackhole && links[link].hostEnd != .closed {
            cut(link)
        }
        for process in processes.indices where processes[process].isAlive {
            if let link = processes[process].link, links[link].isBlackhole { cut(link) }
        }
        for number in ledger.live where ledger.tasks[number].isEndless {
            queue.add(.cancel(task: number), at: now + millisecond)
        }
        if scenario.closesAtEnd { close() }
        let left = scenario.tasks - submitted
        let bound = ledger.timeToEnd(scenario, slowest: slowest, toSubmit: left)
        let frozen = processes.reduce(hostFrozenUntil) {
            max($0, $1.isAlive ? $1.frozenUntil : 0)
        }
        queue.add(.judge, at: max(now, frozen) + bound + awhile)
    }

    /// The pool closes: every task ends at once, every daemon is told to leave.
    private func close() {
        isClosed = true
        isWaitingForRoom = false
        submitted = scenario.tasks
        dispatch.close(at: instant, into: &effects)
        perform()
        for index in hostDaemons.indices {
            if let link = hostDaemons[index]?.link { sendToDaemon(link, .close(ending: false)) }
        }
    }
}
