import HayateCore
import HayateTransport
import HayateWire

extension Dispatcher {
    /// A peer connected. It has to say hello before anything else.
    func accept(_ connection: Connection) {
        let isEarly = state.withLock { state in
            state.early?.append(connection)
            return state.early != nil
        }
        guard !isEarly else { return }
        let wire = DaemonWire(connection)
        let isOpen = state.withLock { state in
            // Through TLS nothing can be said before the peer has shown who it is: `admit` refuses it.
            guard !state.isClosed || connection.isProtected else { return false }
            state.wires[ObjectIdentifier(wire)] = wire
            wire.isHolding = state.durable != nil
            return true
        }
        guard isOpen else {
            // Said, so that the daemon does not go on dialling.
            wire.writeNow(.refuse("the pool is closed"))
            wire.handOver()
            return connection.drainAndClose(deadline: .seconds(2))
        }
        connection.start(
            onBytes: { [self] bytes in received(bytes, on: wire) },
            onLarge: { [self] body in receivedBody(body, on: wire) },
            onClose: { [self] reason in closed(wire, reason) })
    }

    /// Whoever decides who may come in is ready. Daemons of an earlier host dial as soon as somebody listens.
    func serve() {
        let early = state.withLock { state in
            defer { state.early = nil }
            return state.early ?? []
        }
        for connection in early { accept(connection) }
    }

    // MARK: Receiving

    private func received(_ bytes: UnsafeRawBufferPointer, on wire: DaemonWire) -> ReadHint {
        do {
            let large = try wire.reader.take(bytes) { message, _ in wire.inbox.append(message) }
            handleInbox(of: wire)
            guard let large else { return .any }
            return .large(
                count: large.arrived.count + large.missing, buffered: large.arrived.count)
        } catch {
            handleInbox(of: wire)
            reject(wire, error)
            return .any
        }
    }

    private func receivedBody(_ body: [UInt8], on wire: DaemonWire) {
        do {
            try wire.reader.takeBody(body) { message, _ in wire.inbox.append(message) }
            handleInbox(of: wire)
        } catch {
            reject(wire, error)
        }
    }

    /// Bytes that are not the protocol: say so if the peer may understand it, then cut.
    private func reject(_ wire: DaemonWire, _ error: any Error) {
        if case .incompatible = error as? WireFailure {
            refuse(wire, "\(error)")
        } else {
            wire.connection.close(.refused("\(error)"))
        }
    }

    private func refuse(_ wire: DaemonWire, _ reason: String) {
        state.withLock { _ in turnAway(wire, reason) }
    }

    /// Under the lock: tells a peer why it is not admitted, and closes.
    /// - Parameter isOurs: a daemon of this pool that comes too late, which is nothing to be warned of.
    private func turnAway(_ wire: DaemonWire, _ reason: String, isOurs: Bool = false) {
        wire.refusal = reason
        wire.isOurOwn = isOurs
        wire.writeNow(.refuse(reason))
        wire.handOver()
        wire.connection.drainAndClose(deadline: .seconds(2), .refused(reason))
    }

    private func handleInbox(of wire: DaemonWire) {
        guard !wire.inbox.isEmpty else { return }
        withCore { state in
            for message in wire.inbox {
                // Each message's effects are carried out before the next, so that what a result frees is
                // sent in the order in which the core decided it.
                handle(message, from: wire, &state)
                perform(&state)
            }
        }
        wire.inbox.removeAll(keepingCapacity: true)
    }

    private func handle(_ message: Message, from wire: DaemonWire, _ state: inout State) {
        let now = Instant.now
        guard let link = wire.link else {
            if case .hello(let hello) = message, state.wires[ObjectIdentifier(wire)] != nil {
                admit(hello, wire, &state)
            } else {
                wire.connection.close(.refused("\(WireFailure.unexpected(message.kind))"))
            }
            return
        }
        // A connection that was replaced by a newer one has nothing to say.
        guard link.wire === wire else { return }
        guard case .holding = message else {
            guard !wire.awaitsHolding else {
                wire.connection.close(.refused("\(WireFailure.unexpected(message.kind))"))
                return
            }
            state.core.heard(link.id, at: now, into: &state.effects)
            return handle(message, from: link, wire, at: now, &state)
        }
        guard wire.awaitsHolding, case .holding(let attempts) = message else {
            wire.connection.close(.refused("\(WireFailure.unexpected(message.kind))"))
            return
        }
        wire.awaitsHolding = false
        unshareLate(link, wire)
        if !state.core.resumed(link.id, holding: attempts, at: now, into: &state.effects) {
            // The pool was closed meanwhile.
            wire.writeNow(.close(ending: false))
            wire.handOver()
            wire.connection.drainAndClose(deadline: .seconds(2))
        }
    }

    /// A message of a daemon that is admitted, on its current connection.
    private func handle(
        _ message: Message, from link: DaemonLink, _ wire: DaemonWire, at now: Instant,
        _ state: inout State
    ) {
        switch message {
        case .finished(let attempt, let status, let taskTime, let body):
            finished(attempt, status, taskTime, body, link, &state)
        case .returned(let attempt):
            state.core.returned(attempt, by: link.id, at: now, into: &state.effects)
        case .log(let attempt, let level, let text):
            guard state.core.isCurrent(attempt, at: link.id) else { return }
            logged(attempt, level: level, text, by: link, &state)
        case .output(let attempt, let stream, let bytes):
            guard state.core.isCurrent(attempt, at: link.id) else { return }
            state.outputs[attempt.task.slot, default: TaskOutput()].append(bytes, stream: stream)
        case .ping(let stamp):
            wire.writeNow(.pong(stamp: stamp))
            markDirty(wire, &state)
        case .pong: break
        case .leaving(let signal):
            state.core.warned(link.id, by: signal, at: now, into: &state.effects)
        case .define(let index, let name): define(index, name, wire)
        case .details(let details):
            if let stream = details.stream, MRG32k3a(state: stream) == nil {
                // No generator can be in such a state: the daemon is not what it says.
                return wire.connection.close(.refused("\(WireFailure.malformed(.details))"))
            }
            wire.nextDetails = details
        case .submit(let task, let body): submitted(task, body, by: link, wire, &state)
        case .withdraw(let number): withdrawn(number, by: link, &state)
        case .help(let number): help(number, by: link, wire, &state)
        case .seen(let proof): seen(proof, by: link, wire, &state)
        case .hello, .holding, .welcome, .refuse, .assign, .revoke, .stop, .acknowledged, .dismiss,
            .close, .probe, .sharedFile, .sharedBytes, .unshare, .hook, .unneeded, .outcome:
            wire.connection.close(.refused("\(WireFailure.unexpected(message.kind))"))
        }
    }

    private func finished(
        _ attempt: AttemptID, _ status: ResultStatus, _ taskTime: Int64, _ body: [UInt8],
        _ link: DaemonLink, _ state: inout State
    ) {
        link.countResult(bytes: body.count)
        noteReceived(link, &state)
        if let wire = link.wire, link.unacknowledgedBytes == 0 { markDirty(wire, &state) }
        let failed = status == .failure || status == .stopped
        let verdict = state.core.finished(
            attempt, by: link.id, failed: failed, refused: status == .refused, taskTime: taskTime, at: .now,
            into: &state.effects)
        switch verdict {
        case .stale: break
        case .retrying: state.outputs[attempt.task.slot]?.forgetStreams()
        case .recorded:
            let watch = takeWatch(attempt.task.slot, &state)
            watch?.ran(for: taskTime)
            let output = state.outputs.isEmpty
                ? nil : state.outputs.removeValue(forKey: attempt.task.slot)
            guard let entry = takeEntry(attempt.task.slot, &state), let receiver = entry.receiver
            else { return }
            receiver.took(taskTime)
            state.afterwards.resolutions.append(
                Resolved(
                    receiver: receiver, index: entry.index,
                    end: .finished(attempt, status, body, output, daemon: link.name, taskTime: taskTime),
                    watch: watch))
        }
    }

    // MARK: Admission

    private func admit(_ hello: Hello, _ wire: DaemonWire, _ state: inout State) {
        let now = Instant.now
        if case .key(let role, _) = wire.connection.identity, role != .daemon {
            return turnAway(
                wire,
                "this is a \(role.rawValue) key, and whoever runs tasks needs the pool's daemon key: give it "
                    + "that key's file")
        }
        if let session = hello.session, let link = state.sessions[session] {
            // The old connection may not know yet that it is dead; what it still brings was sent again.
            link.wire?.link = nil
            link.wire?.connection.close(.refused("the daemon came back on a new connection"))
            link.wire = nil
            state.core.disconnected(link.id, at: now, into: &state.effects)
            perform(&state)
            if state.core.isKnown(link.id) {
                link.wire = wire
                wire.link = link
                link.children.beginRepeating()
                wire.reader.limit = Wire.limitAfterAdmission
                wire.awaitsHolding = true
                welcome(link, wire, isResumed: true, &state)
                announce(link, from: hello.hostName, &state)
                return
            }
            // It had been dismissed: it is new, if it still wants to be anything.
            forget(link, &state)
        }
        var terms = hello.terms
        let isOurs = hello.launch != 0 && observer.isOurs(hello.launch, hello.process)
        guard isOurs || hello.launch == 0 else {
            return turnAway(wire, "this daemon was started by another pool, or was given up by this one")
        }
        terms.isReplaceable = isOurs
        if terms.maximumTasks != nil { state.hasTaskLimits = true }
        // A process has one session: it never heard of an older one.
        if isOurs, let older = state.launches[hello.launch] { lose(older, .disconnected, &state) }
        guard let id = state.core.joined(terms, at: now) else {
            return turnAway(wire, "the pool is closed or has no place for another daemon", isOurs: isOurs)
        }
        let link = DaemonLink(
            session: SessionID(high: .random(in: 1 ... .max), low: .random(in: 1 ... .max)), id: id,
            name: "\(hello.hostName):\(hello.process)", launch: isOurs ? hello.launch : 0,
            process: hello.process)
        link.wire = wire
        wire.link = link
        wire.reader.limit = Wire.limitAfterAdmission
        state.links[id.slot] = link
        state.sessions[link.session] = link
        if isOurs {
            state.launches[hello.launch] = link
            state.afterwards.arrived.append((hello.launch, hello.hostName))
        }
        noteJoined(link, terms, &state)
        welcome(link, wire, isResumed: false, &state)
        link.pendingSetups += state.setups.count
        for setup in state.setups { prepare(link, setup, &state) }
        if link.pendingSetups == 0 { becomeReady(link, &state) }
    }

    /// A daemon of an earlier host is back.
    private func announce(_ link: DaemonLink, from host: String, _ state: inout State) {
        guard !link.isAnnounced else { return }
        link.isAnnounced = true
        state.afterwards.arrived.append((link.launch, host))
        state.afterwards.joined.append(link.launch)
    }

    private func welcome(
        _ link: DaemonLink, _ wire: DaemonWire, isResumed: Bool, _ state: inout State
    ) {
        wire.connection.admitted()
        wire.wasAdmitted = true
        link.acknowledged = max(link.acknowledged, isResumed ? link.received : 0)
        wire.write(
            .welcome(
                Welcome(
                    session: link.session, isResumed: isResumed, received: link.received,
                    heartbeat: UInt32(clamping: settings.heartbeat.nanoseconds / 1_000_000),
                    silence: UInt32(
                        clamping: settings.limits.lostAfter.nanoseconds / 1_000_000))))
        if !isResumed { wire.write(.details(state.streams.detailsOfDaemon())) }
        for name in settings.hooks.names { wire.write(.hook(name: name)) }
        probe(link, wire, &state)
        markDirty(wire, &state)
    }

    // MARK: Ends

    private func closed(_ wire: DaemonWire, _ reason: CloseReason) {
        let refusal = withCore { state -> String? in
            state.wires[ObjectIdentifier(wire)] = nil
            guard let link = wire.link, link.wire === wire else {
                return wire.wasAdmitted ? nil : wire.refusal ?? reason.refusal
            }
            link.wire = nil
            state.core.disconnected(link.id, at: .now, into: &state.effects)
            if let reason = link.exit.map({ LossReason.process($0) }) ?? link.jobEnd { lose(link, reason, &state) }
            if link.launch != 0, state.core.isKnown(link.id) { state.afterwards.disconnected.append(link.launch) }
            if !state.core.isKnown(link.id) { forget(link, &state) }
            return nil
        }
        if let refusal, !wire.isOurOwn { refusals.note(wire.connection.peer, refusal) }
    }

    /// The launcher says that the process of this launch has ended.
    func processEnded(launch: UInt64, _ exit: ProcessExit, lastWords: String) {
        let isConnected = withCore { state -> Bool? in
            guard let link = state.launches[launch] else { return nil }
            link.exit = exit
            remember(link, lastWords: lastWords, &state)
            guard link.wire == nil else { return true }
            lose(link, .process(exit), &state)
            return false
        }
        guard let isConnected else {
            // It never joined, or is forgotten already.
            observer.departed(launch, .lost)
            return
        }
        // Results that it sent before its end are still being read; the end of the stream follows.
        guard isConnected else { return }
        TimerQueue.shared.schedule(after: .seconds(1)) { [weak self] in
            self?.withCore { state in
                guard let link = state.launches[launch] else { return }
                link.wire?.connection.close(.refused("its process has ended"))
            }
        }
    }

    /// The scheduler says that the job of this launch has ended. A daemon whose connection is broken does not come
    /// back; one that is still there takes no more tasks, and is waited for no longer than its connection lasts.
    func jobEnded(of launch: UInt64, _ reason: LossReason) {
        withCore { state in
            guard let link = state.launches[launch] else { return }
            guard link.wire != nil else { return lose(link, reason, &state) }
            link.jobEnd = reason
            state.core.drain(link.id, .requested, at: .now, into: &state.effects)
        }
    }

    private func lose(_ link: DaemonLink, _ reason: LossReason, _ state: inout State) {
        state.core.lost(link.id, reason, at: .now, into: &state.effects)
        perform(&state)
        forget(link, &state)
    }
}
