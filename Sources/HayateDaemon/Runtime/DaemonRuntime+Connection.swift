import CSystem
import Glibc
import HayateCore
import HayateTransport
import HayateWire

extension DaemonRuntime {
    // MARK: Dialling

    func dial(after delay: Duration) {
        guard delay > .zero else { return dial() }
        TimerQueue.shared.schedule(after: delay) { [self] in dial() }
    }

    private func dial() {
        guard state.withLock({ $0.exit == nil }) else { return }
        do {
            // Without a key, as good as a host that does not answer: it may be published yet.
            guard let protection = try security.current() else { return disconnected(nil) }
            // What there is to say if time is over before anything comes back.
            state.withLock { $0.trouble = $0.trouble ?? Self.silence }
            try Dialer(
                security.endpoint, deadline: .seconds(10), security: protection
            ) { [self] result in
                switch result {
                case .success(let connection): connected(connection)
                case .failure(let error):
                    state.withLock { $0.trouble = Self.reason(of: error) }
                    disconnected(nil)
                }
            }
        } catch {
            // No memory, no descriptor, no readable key: as good as a host that does not answer.
            disconnected(nil)
        }
    }

    private static let silence = "nothing came back; a firewall may let nothing through, or the "
        + "host uses TLS and this daemon does not"

    /// Refused or not answered: what there is to do about it differs.
    private static func reason(of error: TransportError) -> String {
        switch error.code {
        case .connectionRefused: "refused; nobody listens there, or a firewall forbids it"
        case .timedOut: silence
        default: error.message
        }
    }

    private func connected(_ connection: Connection) {
        let link = HostLink(connection)
        tracing?.dialled()
        let isWanted = state.withLock { state in
            guard state.exit == nil else { return false }
            state.link = link
            state.lastHeard = .now
            link.write(.hello(hello(session: state.sessionID)))
            link.handOver()
            return true
        }
        guard isWanted else { return connection.close() }
        connection.start(
            onBytes: { [self] bytes in received(bytes, on: link) },
            onLarge: { [self] body in receivedBody(body, on: link) },
            onClose: { [self] reason in closed(link, reason) })
        connection.flush()
    }

    private func hello(session: SessionID?) -> Hello {
        Hello(
            session: session, launch: launch(at: session), process: UInt32(getpid()),
            terms: DaemonTerms(
                maximumTasks: options.maximumTasks, idleTime: options.idleTime,
                wallTime: takesUntil.map { .nanoseconds(max(0, $0.since(.now))) },
                reconnectWithin: options.reconnectWithin,
                isReplaceable: options.isReplaceable, resources: resources),
            hostName: ThisProcess.hostName, // The whole hello has to fit into what is read before admission.
            program: String((CommandLine.arguments.first ?? "").suffix(512)))
    }

    /// A daemon that outlives its host was started by none of the later ones.
    private func launch(at session: SessionID?) -> UInt64 {
        session != nil && options.autoExit == .never ? 0 : options.launch
    }

    private func closed(_ link: HostLink, _ reason: CloseReason) {
        if case .cipherFailed(let why) = reason {
            distrusted(why)
        } else if reason == .peerClosed, link.connection.isHandshaking {
            state.withLock {
                $0.trouble = "the host broke off without a word: it may use no TLS (--insecure-plaintext), or "
                    + "be another program"
            }
        } else if reason != .requested, reason != .peerClosed {
            state.withLock { $0.trouble = reason.description }
        }
        if state.withLock({ $0.link === link }) { tracing?.closed() }
        let isOver = state.withLock { $0.isEnding }
        if isOver { end() } else { disconnected(link) }
    }

    /// The two sides do not trust each other. Before the first welcome that will not change by waiting; later it
    /// may be a stranger at the host's address while the host is away.
    private func distrusted(_ why: String) {
        state.withLock { state in
            guard state.sessionID == nil else { return }
            state.refusal = why
            state.session.refused(into: &state.effects)
            perform(&state)
        }
        settle()
    }

    private func disconnected(_ link: HostLink?) {
        state.withLock { state in
            // A connection that was replaced meanwhile has nothing to say.
            guard link === state.link else { return }
            state.link = nil
            state.session.disconnected(at: .now, into: &state.effects)
            perform(&state)
        }
        settle()
    }

    // MARK: Receiving

    private func received(_ bytes: UnsafeRawBufferPointer, on link: HostLink) -> ReadHint {
        do {
            let large = try link.reader.take(bytes) { message, reader in
                if case .welcome = message { reader.limit = Wire.limitAfterAdmission }
                link.inbox.append(message)
            }
            let isQuick = handleInbox(of: link)
            guard let large else {
                if isQuick {
                    // The thread of handshakes is everybody's.
                    if Transport.isOnServiceThread { workerWake.signal() } else { runInline() }
                }
                return .any
            }
            if isQuick { workerWake.signal() }
            return .large(
                count: large.arrived.count + large.missing, buffered: large.arrived.count)
        } catch {
            if handleInbox(of: link) { workerWake.signal() }
            link.connection.close(.refused("\(error)"))
            return .any
        }
    }

    private func receivedBody(_ body: [UInt8], on link: HostLink) {
        do {
            try link.reader.takeBody(body) { message, _ in link.inbox.append(message) }
            if handleInbox(of: link) { workerWake.signal() }
        } catch {
            link.connection.close(.refused("\(error)"))
        }
    }

    /// - Returns: whether there is a task to run that is expected to be so short that waking another
    ///   thread for it would take longer than running it here.
    private func handleInbox(of link: HostLink) -> Bool {
        guard !link.inbox.isEmpty else { return false }
        // Before any task can start: its span is linked to that of the connection.
        if let tracing, link.inbox.contains(where: { $0.kind == .welcome }) { tracing.admitted() }
        let isQuick = state.withLock { state in
            guard state.link === link else { return false }
            state.lastHeard = .now
            for message in link.inbox { handle(message, from: link, &state) }
            // Only a daemon with a process of its own may keep the transport's thread; children start where
            // their parents were.
            let isQuick = home.ownsProcess && state.levels.isEmpty && !state.isStacked
                && state.taskTime.map { $0 < Self.shortTask } ?? false
            perform(&state, by: isQuick ? .runner : .other)
            return isQuick && state.next != nil
        }
        link.inbox.removeAll(keepingCapacity: true)
        settle()
        return isQuick
    }

    private func handle(_ message: Message, from link: HostLink, _ state: inout State) {
        let isFirst = link.isNew
        link.isNew = false
        switch message {
        case .welcome(let welcome): welcomed(welcome, link, &state)
        case .refuse(let text):
            state.refusal = text
            state.session.refused(into: &state.effects)
        case .define(let index, let name):
            let type = home.forwards ? nil : TaskName.type(named: name)
            link.types[index] = HostLink.TaskType(name: name, type: type)
        case .assign(let attempt, let type, let body):
            let known = link.types[type]
            state.bodies[attempt] = Job(
                attempt: attempt,
                type: known ?? HostLink.TaskType(name: "number \(type)", type: nil), body: body,
                details: link.nextDetails)
            let isGranted = link.nextDetails.grant != nil
            link.nextDetails = TaskDetails()
            state.session.assigned(
                attempt, child: link.nextChild.take(), isGranted: isGranted, into: &state.effects)
        case .details(let details):
            let stream = details.stream.map { MRG32k3a(state: $0) }
            if case .some(.none) = stream {
                // No generator can be in such a state: the host is not what it says.
                link.connection.close(.refused(WireFailure.malformed(.details).description))
            } else if isFirst {
                if case .some(.some(let start)) = stream { ownStream.restart(at: start) }
            } else {
                link.nextDetails = details
            }
        case .revoke(let attempt): state.session.revoked(attempt, into: &state.effects)
        case .stop(let attempt): state.session.stopped(attempt, into: &state.effects)
        case .acknowledged(let number):
            state.session.acknowledge(through: number, into: &state.effects)
        case .ping(let stamp): link.write(.pong(stamp: stamp))
        case .pong: break
        case .dismiss: state.session.dismissed(into: &state.effects)
        case .close(let ending):
            state.session.closed(ending: ending, at: .now, into: &state.effects)
            // The host waits for that before it ends.
            if !ending, options.autoExit != .now {
                link.connection.drainAndClose(deadline: .seconds(1))
            }
        case .help(let number): link.nextChild = number
        case .unneeded(let number): state.session.unneeded(number, into: &state.effects)
        case .outcome(let number, let status, let body):
            childEnded(number, status, body, &state)
        case .probe, .sharedFile, .sharedBytes, .unshare, .hook: share(message, link)
        case .hello, .holding, .returned, .finished, .log, .output, .leaving, .seen, .submit, .withdraw:
            link.connection.close(.refused(WireFailure.unexpected(message.kind).description))
        }
    }

    private func welcomed(_ welcome: Welcome, _ link: HostLink, _ state: inout State) {
        guard Wire.versions.contains(welcome.version) else {
            state.refusal = WireFailure.incompatible(theirs: welcome.version...welcome.version)
                .description
            state.session.refused(into: &state.effects)
            return
        }
        link.isAdmitted = true
        if !welcome.isResumed { coding.forget() }
        link.isNew = !welcome.isResumed
        state.sessionID = welcome.session
        state.heartbeat = .milliseconds(Int64(max(10, welcome.heartbeat)))
        state.silence = .milliseconds(Int64(max(20, welcome.silence)))
        state.session.welcomed(
            resumed: welcome.isResumed, received: welcome.received, at: .now,
            into: &state.effects)
        // The host learns what is here before it sees the results again.
        // A session that decided to leave has nothing to say any more.
        if welcome.isResumed, !state.session.isOver { link.write(.holding(state.session.holding)) }
    }

    // MARK: Time

    /// Twice a second: heartbeats, silence of the host, the session's deadlines, output of long tasks.
    func pulse() {
        noticeEnd()
        let interval = state.withLock { state -> Duration? in
            guard state.exit == nil else { return nil }
            let now = Instant.now
            let expected = min(state.heartbeat, .milliseconds(500)).nanoseconds
            // If this process was stopped, the host was not silent: we were deaf.
            if now.since(state.lastPulse) > expected + 2_000_000_000 { state.lastHeard = now }
            state.lastPulse = now
            state.session.tick(at: now, into: &state.effects)
            state.session.pulse(into: &state.effects)
            if let link = state.link, link.isAdmitted {
                if now.since(state.lastHeard) > state.silence.nanoseconds {
                    link.connection.close(.refused("the host was silent for too long"))
                } else if now.since(state.lastPing) >= state.heartbeat.nanoseconds {
                    state.lastPing = now
                    link.write(.ping(stamp: UInt64(bitPattern: now.nanoseconds)))
                }
            }
            // Whoever accepts connections and says nothing, like a tunnel whose far end hangs.
            if let link = state.link, !link.isAdmitted,
                now.since(state.lastHeard) > Self.welcomeWithin
            {
                link.connection.close(.refused("the host took the connection and said nothing"))
            }
            // A task that was expected to be short and is not: receiving must go on without its thread.
            if let since = state.inlineSince, now.since(since) > 1_000_000 {
                state.link?.connection.receiveMeanwhile()
            }
            if state.session.isBusy {
                state.lastTask = now
            } else if state.keepsMemory, now.since(state.lastTask) > Self.memoryKept {
                // An idle daemon must not sit on what its largest task needed.
                state.keepsMemory = false
                if home.ownsProcess { hayate_release_large_blocks() }
            }
            if let level = state.levels.last {
                forwardOutput(of: level.attempt, atEnd: false, &state)
                forwardLast(of: level.attempt, &state)
            }
            perform(&state)
            state.link?.handOver()
            return min(state.heartbeat, .milliseconds(500))
        }
        settle()
        guard let interval else { return }
        TimerQueue.shared.schedule(after: interval) { [weak self] in self?.pulse() }
    }

    /// A connection that has ended is taken apart, and says so, when nothing of it is in use any more: not
    /// while its thread runs a task that turned out long.
    private func noticeEnd() {
        let ended = state.withLock { state in
            state.inlineSince != nil && state.link?.connection.isClosed == true ? state.link : nil
        }
        if let ended { disconnected(ended) }
    }

    /// Nanoseconds that a host may take to welcome a daemon: more than the ten seconds that hosts give.
    private static let welcomeWithin: Int64 = 20_000_000_000

    /// Nanoseconds without a task after which a daemon gives memory back.
    private static let memoryKept: Int64 = 5_000_000_000
}
