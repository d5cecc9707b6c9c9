import HayateCore
import HayateWire

/// The daemon's shell: what stands between its connection and `DaemonSession`.
///
/// Its obligations:
///
/// 1. Only the newest connection counts; frames and the end of an older one are ignored.
/// 2. At a welcome that resumes, `welcomed` comes first (it drops what the host has), then
///    `holding` is sent, and only then the effects of `welcomed` are carried out, which repeat
///    results.
/// 3. At a welcome that does not resume, stored results are dropped and numbering starts at 1.
/// 4. A result is stored under the next number when `ended` made `reported` grow, whether or not
///    there is a connection to send it on; `forget` drops it.
/// 5. A child is kept until it has an outcome; each outcome is answered with `withdraw`. After a welcome
///    that resumes, all are submitted again after the results.
/// 6. A host that was silent for as long as the welcome said is gone: close and `disconnected`.
/// 7. The wall time of each hello is what is left of it then.
extension World {
    // MARK: The process

    /// The launcher starts another daemon.
    func launch() {
        guard !isClosed else { return }
        var terms = DaemonTerms()
        if random.chance(scenario.maximumTasksShare) {
            terms.maximumTasks = UInt64(1 + random.below(12))
        }
        if random.chance(scenario.idleTimeShare) {
            terms.idleTime = .nanoseconds(random.spread(millisecond, second))
        }
        // In the end every request must fit somewhere.
        if random.chance(scenario.wallTimeShare), !isHealed || scenario.requestShare == 0 {
            terms.wallTime = .nanoseconds(random.spread(10 * millisecond, 4 * second))
        }
        if random.chance(0.2) {
            terms.reconnectWithin = .nanoseconds(
                scenario.isHarmless ? 10 * second : random.spread(millisecond, second))
        }
        terms.isReplaceable = random.chance(scenario.ownShare)
        terms.resources = drawShared()
        let slowness = random.chance(scenario.slowShare) ? 1 + random.below(Int64(20)) : 1
        slowest = max(slowest, slowness)
        processes.append(
            Process(
                session: DaemonSession(settings: scenario.settings, at: instant), terms: terms,
                startedAt: now,
                isOwn: terms.isReplaceable, slowness: slowness))
        let process = processes.count - 1
        dial(process)
        queue.add(.daemonHeartbeat(process: process), at: now + scenario.heartbeat)
        queue.add(.daemonPulse(process: process), at: now + pulse)
        scheduleTimer(process)
        announceEnd(of: process)
    }

    private func announceEnd(of process: Int) {
        guard scenario.warnedShare > 0, random.chance(scenario.warnedShare) else { return }
        let warned = now + random.spread(millisecond, second)
        queue.add(.warn(process: process), at: warned)
        guard random.chance(scenario.reclaimedShare) else { return }
        queue.add(.kill(process: process), at: warned + random.spread(scenario.latency, 500 * millisecond))
    }

    func warn(_ process: Int) {
        injected.warnings += 1
        processes[process].isWarned = true
        processes[process].session.warned(
            by: 15, isAwaited: processes[process].link != nil, into: &daemonEffects)
        perform(process)
        // A node that goes down may take its network down first.
        if scenario.reclaimedShare > 0, random.chance(0.5), let link = processes[process].link {
            injected.cuts += 1
            flush()
            cut(link)
        }
        if processes[process].isAlive { scheduleTimer(process) }
    }

    private var pulse: Int64 { min(scenario.heartbeat, 500 * millisecond) }

    func daemonPulse(_ process: Int) {
        queue.add(.daemonPulse(process: process), at: now + pulse)
        processes[process].session.pulse(into: &daemonEffects)
        perform(process)
    }

    /// The process ends, by itself or by force: all it knew is gone, and another is launched.
    func die(_ process: Int, leavesSilently: Bool) {
        guard processes[process].isAlive else { return }
        trace("  process \(process) dies")
        processes[process].isAlive = false
        for run in processes[process].runs { ledger.died(run.number, on: process) }
        processes[process].runs = []
        processes[process].children = [:]
        processes[process].bodies = [:]
        processes[process].results = []
        if let link = processes[process].link {
            processes[process].link = nil
            if leavesSilently {
                swallow(link)
            } else {
                closeAtDaemon(link, losing: random.chance(0.3))
            }
        }
        if processes[process].isOwn {
            queue.add(
                .processExit(process: process),
                at: now + random.spread(microsecond, 50 * millisecond))
        }
        queue.add(.launch, at: now + scenario.replaceAfter)
    }

    func daemonHeartbeat(_ process: Int) {
        queue.add(.daemonHeartbeat(process: process), at: now + scenario.heartbeat)
        guard let link = processes[process].link,
            now - processes[process].heardAt > scenario.silence
        else { return }
        closeAtDaemon(link, losing: random.chance(0.5))
        disconnect(process)
    }

    private func scheduleTimer(_ process: Int) {
        guard let next = processes[process].session.nextDeadline?.nanoseconds,
            next != processes[process].timerAt
        else { return }
        processes[process].timerAt = max(next, now)
        queue.add(.daemonTimer(process: process), at: processes[process].timerAt)
    }

    func daemonTimer(_ process: Int) {
        guard processes[process].timerAt <= now else { return }
        processes[process].timerAt = .max
        processes[process].session.tick(at: instant, into: &daemonEffects)
        perform(process)
        if processes[process].isAlive { scheduleTimer(process) }
    }

    // MARK: The connection

    func dial(_ process: Int) {
        guard processes[process].link == nil else { return }
        if processes[process].unreachableUntil > now && !isHealed || isHostDown {
            disconnect(process)
            return
        }
        let link = openLink(from: process)
        processes[process].link = link
        processes[process].isAdmitted = false
        processes[process].nextChild = nil
        processes[process].nextGrant = nil
        processes[process].heardAt = now
        var terms = processes[process].terms
        if let wall = terms.wallTime, bug != .wallTimeStretched {
            terms.wallTime = max(.zero, wall - .nanoseconds(now - processes[process].startedAt))
        }
        sendToHost(
            link,
            .hello(
                Hello(session: processes[process].sessionID, launch: UInt64(process), terms: terms)))
    }

    func endAtDaemon(_ process: Int, _ link: Int) {
        guard process >= 0, processes[process].link == link else { return }
        closeAtDaemon(link, losing: true)
        disconnect(process)
    }

    private func disconnect(_ process: Int) {
        processes[process].link = nil
        processes[process].session.disconnected(at: instant, into: &daemonEffects)
        perform(process)
        if processes[process].isAlive { scheduleTimer(process) }
    }

    func arriveAtDaemon(_ process: Int, _ link: Int, _ chunk: Int) {
        guard process >= 0 else { return arriveAtStranger(link, chunk) }
        guard processes[process].link == link else {
            freeChunks.append(chunk)
            return
        }
        var pipe = Pipe()
        swap(&pipe, &links[link].toDaemon)
        let isSound = read(chunk, of: link, atHost: false, from: &pipe)
        swap(&pipe, &links[link].toDaemon)
        for message in inbox where processes[process].link == link {
            processes[process].heardAt = now
            receiveAtDaemon(process, link, message)
        }
        guard !isSound, processes[process].link == link else { return }
        closeAtDaemon(link, losing: false)
        disconnect(process)
    }

    private func receiveAtDaemon(_ process: Int, _ link: Int, _ message: Message) {
        switch message {
        case .welcome(let welcome):
            welcomed(process, link, welcome)
        case .refuse:
            processes[process].session.refused(into: &daemonEffects)
        case .assign(let attempt, _, let body):
            processes[process].bodies[attempt] = body
            let child = processes[process].nextChild.take()
            processes[process].grants[attempt] = processes[process].nextGrant
            let isGranted = processes[process].nextGrant.take() != nil
            processes[process].session.assigned(
                attempt, child: child, isGranted: isGranted, into: &daemonEffects)
            if bug == .parentRevoked, let parent = processes[process].runs.last, child != nil {
                sendToHost(link, .returned(parent.attempt))
            }
        case .help(let number):
            processes[process].nextChild = number
        case .details(let details):
            processes[process].nextGrant = details.grant
        case .unneeded(let number):
            processes[process].session.unneeded(number, into: &daemonEffects)
        case .outcome(let number, let status, let body):
            childEnded(number, status, body, at: process)
        case .revoke(let attempt):
            processes[process].session.revoked(attempt, into: &daemonEffects)
        case .stop(let attempt):
            processes[process].session.stopped(attempt, into: &daemonEffects)
        case .acknowledged(let number):
            processes[process].session.acknowledge(through: number, into: &daemonEffects)
        case .ping(let stamp):
            sendToHost(link, .pong(stamp: stamp))
        case .dismiss:
            processes[process].session.dismissed(into: &daemonEffects)
        case .close(let ending):
            processes[process].session.closed(ending: ending, at: instant, into: &daemonEffects)
            scheduleTimer(process)
        case .define, .pong:
            break
        default:
            ledger.fail(.protocolKept, "the host sent \(message.kind)")
        }
        perform(process)
    }

    private func welcomed(_ process: Int, _ link: Int, _ welcome: Welcome) {
        processes[process].isAdmitted = true
        processes[process].sessionID = welcome.session
        // At the end of the pool a daemon forgets by itself what nobody waits for.
        if welcome.isResumed, !isClosed, welcome.received < processes[process].session.acknowledged {
            ledger.fail(.protocolKept, "the host of process \(process) has lost results that it acknowledged")
        }
        if !welcome.isResumed {
            processes[process].results = []
            processes[process].firstResult = 1
        }
        processes[process].session.welcomed(
            resumed: welcome.isResumed, received: welcome.received, at: instant,
            into: &daemonEffects)
        // A session that decided to leave has nothing to say any more.
        guard welcome.isResumed, !processes[process].session.isOver else { return }
        var holding = processes[process].session.holding
        if bug == .holdingIncomplete { holding = [] }
        sendToHost(link, .holding(holding))
        if bug == .childrenNotRepeated {
            daemonEffects.removeAll {
                if case .submit = $0 { true } else if case .withdraw = $0 { true } else { false }
            }
        }
        if bug == .warningNotRepeated {
            daemonEffects.removeAll { if case .announce = $0 { true } else { false } }
        }
        if bug == .resultsNotRepeated {
            daemonEffects.removeAll { if case .report = $0 { true } else { false } }
        }
    }

    // MARK: Effects

    func perform(_ process: Int) {
        guard !daemonEffects.isEmpty else { return }
        var list: [DaemonSession.Effect] = []
        swap(&list, &daemonEffects)
        for effect in list where processes[process].isAlive { perform(effect, of: process) }
        list.removeAll(keepingCapacity: true)
        if daemonEffects.isEmpty { swap(&list, &daemonEffects) }
    }

    private func perform(_ effect: DaemonSession.Effect, of process: Int) {
        if isTracing { trace("  process \(process): \(effect)") }
        switch effect {
        case .start(let attempt), .startBeside(let attempt):
            start(attempt, on: process)
        case .interrupt(let attempt):
            interrupt(attempt, on: process)
        case .discard(let attempt):
            if bug == .abandonedKept { return keep(attempt, on: process) }
            processes[process].bodies[attempt] = nil
            processes[process].grants[attempt] = nil
        case .giveBack(let attempt):
            if let link = processes[process].link { sendToHost(link, .returned(attempt)) }
        case .report(let attempt, let number):
            report(attempt, number, of: process)
        case .forget(let number):
            while processes[process].firstResult <= number, !processes[process].results.isEmpty {
                processes[process].results.removeFirst()
                processes[process].firstResult += 1
            }
        case .submit(let number):
            sendChild(number, from: process)
        case .withdraw(let number):
            if bug == .withdrawForgotten { return }
            if let link = processes[process].link { sendToHost(link, .withdraw(number)) }
        case .help(let number):
            if let link = processes[process].link { sendToHost(link, .help(number)) }
        case .orphan(let number):
            childLetGo(number, at: process)
        case .announce(let signal):
            if let link = processes[process].link { sendToHost(link, .leaving(signal: signal)) }
        case .dial(let attempt):
            let backoff = min(5 * millisecond << Int64(min(attempt, 6)), 200 * millisecond)
            queue.add(.dial(process: process), at: now + 1 + random.below(backoff))
        case .exit:
            die(process, leavesSilently: false)
        }
    }

    /// The planted bug: what should be forgotten is put into the line again.
    private func keep(_ attempt: AttemptID, on process: Int) {
        guard processes[process].session.isConnected else { return }
        processes[process].session.assigned(attempt, into: &daemonEffects)
        perform(process)
    }

    private func report(_ attempt: AttemptID, _ number: UInt64, of process: Int) {
        let index = Int(number) - Int(processes[process].firstResult)
        guard processes[process].results.indices.contains(index),
            processes[process].results[index].attempt == attempt
        else {
            ledger.fail(.protocolKept, "result \(number) of process \(process) is not \(attempt)'s")
            return
        }
        let result = processes[process].results[index]
        guard let link = processes[process].link else {
            ledger.fail(.protocolKept, "process \(process) reports without a connection")
            return
        }
        sendToHost(
            link,
            .finished(
                attempt, status: result.status, taskTime: result.taskTime, body: result.body))
    }
}
