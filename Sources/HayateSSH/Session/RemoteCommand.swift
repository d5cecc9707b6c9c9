import CLibSSH
import Glibc
import HayateCluster
import HayateCore
import HayateLaunch

/// A command on the other machine, from its turn to its answer.
final class RemoteCommand: ChannelOwner, SessionSlots.User {
    struct Request: Sendable {
        /// For the user's shell there.
        var text: String
        /// One after the other.
        var input: [InputSource]
        /// From its turn on.
        var timeLimit: Duration
        /// How notes call it.
        var name: String
    }

    private enum Phase {
        case waiting
        case opening
        case requesting
        case running
        case over
    }

    /// How often it asks again for a channel where none of ours is in the way, and how long it waits in between.
    private static let tries = 20
    private static let pause: UInt64 = 250_000_000

    private unowned let session: SSHSession
    private var request: Request
    private let done: (CommandAnswer) -> Void
    private var channel: Channel?
    private var phase = Phase.waiting
    private var deadline: UInt64 = 0
    private var refusals = 0
    private var isInSlot = false
    private var hasSentEOF = false
    private var transcript: Transcript
    private var isTimeOver = false
    /// Answers to questions that were asked since the command ended, without a byte of it in between.
    private var isAsking = false
    private var silentAnswers = 0
    private var hasNewBytes = false

    init(_ session: SSHSession, _ request: Request, done: @escaping (CommandAnswer) -> Void) {
        self.session = session
        self.request = request
        self.done = done
        transcript = Transcript(name: request.name)
    }

    /// Waits for its turn.
    func enter() {
        session.add(self)
        session.slots.enter(self)
    }

    func begin() {
        isInSlot = true
        phase = .opening
        if deadline == 0 {
            deadline = monotonicNanoseconds() + request.timeLimit.wholeNanoseconds
            session.setTimer(self, at: deadline)
        }
        session.setAttentive(self, true)
        session.markReady(self)
    }

    func received(_ bytes: UnsafeRawBufferPointer, isErrors: Bool) -> Int {
        hasNewBytes = true
        transcript.add(bytes, isErrors: isErrors)
        if transcript.isTooMuch { session.markReady(self) }
        return bytes.count
    }

    func advance() {
        switch phase {
        case .waiting, .over: break
        case .opening: open()
        case .requesting: ask()
        case .running: run()
        }
    }

    private func open() {
        if channel == nil { channel = Channel(session, owner: self) }
        guard let channel else { return finish(.notStarted(sentence("there is no memory for another channel"))) }
        switch channel.openSession() {
        case SSH_OK:
            phase = .requesting
            ask()
        case SSH_AGAIN: break
        default: refused()
        }
    }

    private func refused() {
        let reason = session.lastError
        channel?.free()
        channel = nil
        guard !session.isBroken else { return }
        isInSlot = false
        phase = .waiting
        session.setAttentive(self, false)
        if session.slots.wasRefused(self) { return }
        refusals += 1
        if refusals < Self.tries {
            session.setTimer(self, at: monotonicNanoseconds() + Self.pause)
        } else {
            finish(
                .notStarted(
                    sentence(
                        "its server opens no session for a command (\(reason)): see MaxSessions in its sshd_config, "
                            + "and whether this user may run commands there")))
        }
    }

    private func ask() {
        guard let channel else { return }
        switch channel.execute(request.text) {
        case SSH_OK:
            phase = .running
            run()
        case SSH_AGAIN: break
        default:
            guard !session.isBroken else { return }
            finish(
                .notStarted(
                    sentence("its server runs no commands (\(session.lastError)): see whether this user may run any")))
        }
    }

    // MARK: while it runs

    private func run() {
        guard let channel else { return }
        sendInput(channel)
        if transcript.isTooMuch, !isTimeOver { return stop(channel) }
        guard !channel.isClosed else { return finish(channel.exit.map { .process($0) }) }
        guard let exit = channel.exit else { return }
        if channel.hasEOF { return finish(.process(exit)) }
        // The command is gone, and something that it has started holds its output open. What the command itself has
        // written is on the way or in the server's pipe, of which the server reads a piece whenever it looks at what
        // it is asked: once answers come and no bytes, there are none.
        if !isAsking { drain() }
    }

    private func drain() {
        isAsking = true
        hasNewBytes = false
        session.ask(GlobalRequests.ping) { [weak self] _ in
            guard let self, self.phase == .running else { return }
            self.isAsking = false
            self.silentAnswers = self.hasNewBytes ? 0 : self.silentAnswers + 1
            if self.silentAnswers < 3 { return self.drain() }
            self.finish(self.channel?.exit.map { .process($0) })
        }
    }

    private func sendInput(_ channel: Channel) {
        while !request.input.isEmpty, !channel.isClosed, channel.exit == nil {
            if request.input[0].isAtEnd {
                request.input.removeFirst().end()
                continue
            }
            let room = session.isClogged ? 0 : min(channel.window, session.scratch.count)
            guard room > 0 else { return }
            let before = request.input[0].position
            guard request.input[0].next(room, by: session.scratch, { channel.write($0) }) != nil else {
                request.input.forEach { $0.end() }
                request.input = []
                break
            }
            if request.input[0].position == before { return }
        }
        guard !hasSentEOF else { return }
        hasSentEOF = true
        session.setAttentive(self, false)
        if !channel.isClosed { channel.sendEOF() }
    }

    // MARK: when it takes too long

    func timeCame() {
        switch phase {
        case .waiting:
            if monotonicNanoseconds() >= deadline, deadline != 0 {
                finish(
                    .notStarted(
                        sentence("its server let no command begin in time: see MaxSessions in its sshd_config")))
            } else {
                session.slots.enter(self)
            }
        case .opening, .requesting: finish(.timedOut)
        case .running:
            guard let channel else { return }
            if isTimeOver {
                signal(channel, "KILL")
                finish(transcript.isTooMuch ? .process(.signalled(number: SIGKILL, coreDumped: false)) : .timedOut)
            } else {
                stop(channel)
            }
        case .over: break
        }
    }

    private func stop(_ channel: Channel) {
        isTimeOver = true
        signal(channel, "TERM")
        session.setTimer(self, at: monotonicNanoseconds() + UInt64(CommandRunner.graceMilliseconds) * 1_000_000)
    }

    private func signal(_ channel: Channel, _ name: String) {
        channel.sendSignal(name)
        guard let group = transcript.group else { return }
        let script = CommandScript.ends(group, signal: name)
        let request = Request(
            text: CommandScript.readsAll, input: [InputSource(Array(script.utf8))], timeLimit: .seconds(10),
            name: "kill")
        RemoteCommand(session, request) { _ in }.enter()
    }

    // MARK: the end

    func sessionEnded() {
        let failure = session.shared.withLock { $0.failure }
        let reason = failure?.reason ?? "it was closed here"
        switch phase {
        case .waiting, .opening:
            // What `ssh` says, by which readers of answers know that nothing has happened.
            transcript.note("ssh: connect to host \(session.host): \(reason)")
            finish(.process(.exited(code: 255)))
        case .requesting, .running:
            transcript.note("Connection to \(session.host) closed by remote host, or broken: \(reason)")
            finish(.process(.exited(code: 255)))
        case .over: break
        }
    }

    /// - Parameter end: nil: the other side has not told how it ended.
    private func finish(_ end: CommandAnswer.End?) {
        guard phase != .over else { return }
        phase = .over
        request.input.forEach { $0.end() }
        request.input = []
        channel?.free()
        channel = nil
        if isInSlot { session.slots.leave() } else { session.slots.remove(self) }
        session.remove(self)
        if end == nil {
            transcript.note(
                "\(request.name) ended, and nobody told how: the connection was closed by remote host")
        }
        var result = end ?? .process(.exited(code: 255))
        if isTimeOver && !transcript.isTooMuch { result = .timedOut }
        done(transcript.answer(result))
    }

    private func sentence(_ reason: String) -> String {
        RemoteError(host: session.errorName, .command, reason).description + "."
    }
}
