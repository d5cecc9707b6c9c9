import HayateCore
import HayateWire

/// The host's shell: what stands between its connections and `Dispatch`.
///
/// Its obligations, in the order in which a daemon meets them:
///
/// 1. A connection that has not said hello is nobody's. Hello with a known session: the daemon's
///    older connection, if any, is closed *first* and read no more (its late frames would be
///    counted twice), and the dispatcher is told `disconnected`; then welcome says how many results
///    of the session were received. Until `holding` has come, nothing is sent there: what the
///    dispatcher assigns meanwhile is dropped, and `resumed` assigns it again.
/// 2. Hello without a known session: an older session of the same process is `lost` (its welcome
///    never arrived, or the host died in between); `joined`, welcome, the preparation, `ready`. A
///    hello of a process that was killed or has exited is not answered: it lay unread until now.
/// 3. Each frame of the current connection is a sign of life: `heard`, then the event.
/// 4. The end of a connection counts only if it is the current one (or the one being resumed), and
///    means `disconnected`; after a `dismiss` it is the daemon's end, and the session is forgotten.
/// 5. Every result counts as received, dropped or not: the daemon numbers them all.
/// 6. `expel`: forget the session, close its connections, kill the process if it is ours.
/// 7. What a session's tasks have submitted is kept until the daemon gives the receipt of its outcome, and is
///    cancelled when the session is lost. After a resume what is not submitted again before `withdraw`
///    of 0 is not wanted any more; an outcome that is kept is sent again when its task is.
/// 8. The exit of a process of ours means `lost`, whatever its connection looks like. Reading what
///    its connection still holds *before* saying so saves finished results.
extension World {
    func entry(_ id: DaemonID) -> HostDaemon? {
        guard Int(id.slot) < hostDaemons.count, let entry = hostDaemons[Int(id.slot)],
            entry.id == id
        else { return nil }
        return entry
    }

    private func touch() { isTouched = true }

    // MARK: Connections

    func arriveAtHost(_ link: Int, _ chunk: Int) {
        var pipe = Pipe()
        swap(&pipe, &links[link].toHost)
        let isSound = read(chunk, of: link, atHost: true, from: &pipe)
        swap(&pipe, &links[link].toHost)
        for message in inbox { receiveAtHost(link, message) }
        if !isSound { dropAtHost(link) }
    }

    func endAtHost(_ link: Int) { dropAtHost(link) }

    /// The connection ended, or what came over it was not the protocol.
    private func dropAtHost(_ link: Int) {
        let end = links[link].hostEnd
        closeAtHost(link)
        switch end {
        case .awaitingHello, .closed:
            break
        case .resuming(let id):
            if entry(id)?.resuming == link { hostDaemons[Int(id.slot)]?.resuming = nil }
        case .current(let id):
            if entry(id)?.link == link { connectionLost(id) }
        }
    }

    private func connectionLost(_ id: DaemonID) {
        touch()
        hostDaemons[Int(id.slot)]?.link = nil
        let left = entry(id).flatMap { $0.isDismissed ? $0 : nil }
        if let left {
            hostDaemons[Int(id.slot)] = nil
            note(.daemonGone(left.session))
        }
        dispatch.disconnected(id, at: instant, into: &effects)
        perform()
        if let left {
            cancelChildren(of: left)
            perform()
        }
    }

    private func receiveAtHost(_ link: Int, _ message: Message) {
        switch links[link].hostEnd {
        case .closed:
            if bug == .oldConnectionRead,
                let entry = hostDaemons.first(where: {
                    $0?.process == links[link].process
                }) ?? nil
            {
                receive(message, from: entry.id, on: link)
            }
        case .awaitingHello:
            if case .hello(let hello) = message, mayJoin(link) { admit(hello, on: link) } else { dropAtHost(link) }
        case .resuming(let id):
            if case .holding(let attempts) = message {
                resume(id, holding: attempts, on: link)
            } else {
                ledger.fail(.protocolKept, "\(id) sent \(message.kind) before holding")
                dropAtHost(link)
            }
        case .current(let id):
            if entry(id) == nil {
                ledger.fail(.protocolKept, "frames of lost \(id) are still read")
            }
            receive(message, from: id, on: link)
        }
    }

    private func admit(_ hello: Hello, on link: Int) {
        guard !goneProcesses.contains(Int(hello.launch)) else { return closeAtHost(link) }
        let known = hello.session.flatMap { session in
            hostDaemons.first { $0?.session == session } ?? nil
        }
        if let known {
            if let old = known.resuming { closeAtHost(old) }
            hostDaemons[Int(known.id.slot)]?.resuming = nil
            if let old = known.link {
                closeAtHost(old)
                connectionLost(known.id)
            }
        }
        if let known = known.flatMap({ entry($0.id) }) {
            hostDaemons[Int(known.id.slot)]?.resuming = link
            hostDaemons[Int(known.id.slot)]?.children.isRepeating = known.children.highest > 0
            hostDaemons[Int(known.id.slot)]?.children.repeated = []
            links[link].hostEnd = .resuming(known.id)
            sendToDaemon(link, welcome(known.session, isResumed: true, received: known.received))
            return
        }
        // A process has one session: an older one of the same process was never heard of there.
        if let stale = hostDaemons.first(where: { $0?.process == Int(hello.launch) }) ?? nil {
            lose(stale.id, .disconnected)
        }
        touch()
        checkWallTime(hello, openedAt: links[link].openedAt)
        guard let id = dispatch.joined(hello.terms, at: instant) else {
            sendToDaemon(link, .refuse("the pool is closed"))
            closeAtHost(link)
            return
        }
        while hostDaemons.count <= Int(id.slot) { hostDaemons.append(nil) }
        if hostDaemons[Int(id.slot)] != nil {
            ledger.fail(.protocolKept, "\(id) joined while another has its slot")
        }
        let session = SessionID(high: random.next() | 1, low: random.next())
        let daemon = HostDaemon(
            id: id, session: session, process: Int(hello.launch), terms: hello.terms,
            joinedAt: now, link: link, heardAt: now)
        hostDaemons[Int(id.slot)] = daemon
        note(.daemon(daemon))
        links[link].hostEnd = .current(id)
        sendToDaemon(link, welcome(session, isResumed: false, received: 0))
        if random.chance(scenario.directedShare) { submitOne(to: id) }
        queue.add(.prepared(id, epoch: epoch), at: now + random.below(scenario.preparation + 1))
    }

    /// However late it comes to a host: a daemon says how much of its process's time is left.
    private func checkWallTime(_ hello: Hello, openedAt: Int64) {
        // A stranger may say any number.
        guard hello.launch < UInt64(processes.count) else { return }
        let process = processes[Int(hello.launch)]
        guard let whole = process.terms.wallTime?.nanoseconds, let left = hello.terms.wallTime?.nanoseconds,
            left > max(0, process.startedAt + whole - openedAt)
        else { return }
        ledger.fail(.bounds, "process \(hello.launch) says hello with more time than it has left")
    }

    private func welcome(_ session: SessionID, isResumed: Bool, received: UInt64) -> Message {
        .welcome(
            Welcome(
                session: session, isResumed: isResumed, received: received,
                heartbeat: UInt32(scenario.heartbeat / millisecond),
                silence: UInt32(scenario.silence / millisecond)))
    }

    func prepared(_ id: DaemonID, _ epoch: Int) {
        guard epoch == self.epoch, entry(id) != nil else { return }
        touch()
        dispatch.ready(id, at: instant, into: &effects)
        perform()
    }

    private func resume(_ id: DaemonID, holding: [AttemptID], on link: Int) {
        guard entry(id)?.resuming == link else { return dropAtHost(link) }
        touch()
        hostDaemons[Int(id.slot)]?.resuming = nil
        var holding = holding
        if bug == .resumeSkipped {
            holding = ledger.live.filter { ledger.tasks[$0].daemon == id }.map {
                AttemptID(task: ledger.tasks[$0].id, attempt: ledger.tasks[$0].attempt)
            }
        }
        ledger.resumed(id, holding: holding)
        guard dispatch.resumed(id, holding: holding, at: instant, into: &effects) else {
            // The pool was closed while it was away.
            if !isClosed {
                ledger.fail(.protocolKept, "\(id) has a session and the dispatcher knows it not")
            }
            sendToDaemon(link, .close(ending: false))
            closeAtHost(link)
            return
        }
        hostDaemons[Int(id.slot)]?.link = link
        hostDaemons[Int(id.slot)]?.heardAt = now
        links[link].hostEnd = .current(id)
        perform()
        checkGoesOn(at: id, holding: holding)
    }

    // MARK: Messages of an admitted daemon

    private func receive(_ message: Message, from id: DaemonID, on link: Int) {
        touch()
        hostDaemons[Int(id.slot)]?.heardAt = now
        if bug != .heardForgotten {
            dispatch.heard(id, at: instant, into: &effects)
            perform()
        }
        switch message {
        case .finished(let attempt, let status, let taskTime, let body):
            finished(attempt, status, taskTime, body, by: id, on: link)
        case .returned(let attempt):
            if bug == .returnedForgotten { return }
            ledger.returned(attempt, by: id)
            dispatch.returned(attempt, by: id, at: instant, into: &effects)
            perform()
        case .ping(let stamp):
            sendToDaemon(link, .pong(stamp: stamp))
        case .pong, .log, .output, .define:
            break
        case .submit(let task, let body):
            childSubmitted(task, body, by: id)
        case .withdraw(let number):
            childWithdrawn(number, by: id)
        case .help(let number):
            helpWanted(number, by: id)
        case .leaving(let signal):
            if bug == .warningIgnored { return }
            ledger.warned.insert(id)
            if bug == .warningNotKept {
                dispatch.drain(id, .requested, at: instant, into: &effects)
            } else {
                dispatch.warned(id, by: signal, at: instant, into: &effects)
            }
            perform()
        default:
            ledger.fail(.protocolKept, "\(id) sent \(message.kind)")
        }
    }

    private func finished(
        _ attempt: AttemptID, _ status: ResultStatus, _ taskTime: Int64, _ bytes: [UInt8],
        by id: DaemonID, on link: Int
    ) {
        hostDaemons[Int(id.slot)]?.received += 1
        if bug != .receivedNotWritten, let entry = entry(id) { note(.received(entry.session, entry.received)) }
        let failed = status != .value
        let isHidden = bug == .failureTakenForReturn
            && ledger.number(attempt.task).map { ledger.tasks[$0].retry.failures == nil } == true
        let verdict = dispatch.finished(
            attempt, by: id, failed: failed && !isHidden, taskTime: taskTime, at: instant, into: &effects)
        let body = Body(bytes) ?? Body(number: -1)
        checkNoChildren(of: attempt, at: id)
        if isTracing { trace("  \(attempt) by \(id): \(verdict)") }
        switch verdict {
        case .recorded:
            ledger.delivered(attempt.task, failed: failed, body: body)
            tellParent(of: attempt.task, status)
        case .retrying:
            if bug == .retriedFailureDelivered {
                ledger.delivered(attempt.task, failed: failed, body: body)
            } else {
                ledger.retrying(attempt, by: id, failed: failed)
            }
        case .stale:
            if bug == .staleResultDelivered {
                ledger.delivered(attempt.task, failed: failed, body: body)
            }
            ledger.dropped(attempt, by: id)
        }
        perform()
        acknowledge(id, on: link)
    }

    private func acknowledge(_ id: DaemonID, on link: Int) {
        guard let entry = entry(id) else { return }
        let early: UInt64 = bug == .acknowledgedEarly ? 1 : 0
        guard entry.received - entry.acknowledged >= UInt64(scenario.acknowledgeEvery) || early > 0
        else { return }
        hostDaemons[Int(id.slot)]?.acknowledged = entry.received
        sendToDaemon(link, .acknowledged(entry.received + early))
    }

    /// The daemon is gone for good.
    private func lose(_ id: DaemonID, _ reason: LossReason) {
        guard let entry = entry(id) else { return }
        touch()
        hostDaemons[Int(id.slot)] = nil
        note(.daemonGone(entry.session))
        for link in [entry.link, entry.resuming] {
            if let link { closeAtHost(link) }
        }
        ledger.lost(id, entry.isDismissed ? .left : reason)
        let reason = bug == .lossUncounted ? .left : reason
        dispatch.lost(id, reason, at: instant, into: &effects)
        perform()
        cancelChildren(of: entry)
        perform()
    }

    func processExit(_ process: Int) {
        goneProcesses.insert(process)
        guard let entry = hostDaemons.first(where: { $0?.process == process }) ?? nil else {
            return
        }
        trace("  \(entry.id) exited")
        lose(entry.id, .process(.signalled(number: 9, coreDumped: false)))
    }

    // MARK: Time

    /// One timer, set to the dispatcher's next deadline after every event.
    func scheduleHostTimer() {
        guard let next = dispatch.nextDeadline?.nanoseconds, next < hostTimerAt else { return }
        hostTimerAt = max(next, now)
        queue.add(.hostTimer, at: hostTimerAt)
    }

    func hostTimer() {
        guard hostTimerAt <= now else { return }
        hostTimerAt = .max
        if bug == .timerForgotten { return }
        touch()
        dispatch.tick(at: instant, into: &effects)
        perform()
        checkAll()
    }

    func hostHeartbeat() {
        queue.add(.hostHeartbeat, at: now + scenario.heartbeat)
        for index in hostDaemons.indices {
            guard let link = hostDaemons[index]?.link else { continue }
            sendToDaemon(link, .ping(stamp: UInt64(now)))
        }
    }
}
