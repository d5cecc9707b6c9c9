import CLibSSH
import Glibc
import HayateLaunch

/// A file on its way to the other machine: beside its place under a name of its own, then into its place.
final class Upload: ChannelOwner, SessionSlots.User {
    /// Why there is no file there.
    enum Failure: Error {
        /// The server has no SFTP; the file was not read from.
        case noSubsystem
        case failed(reason: String, isTransient: Bool)
    }

    private enum Phase: Equatable {
        case waiting, opening, requesting
        case version, creating, writing, settingMode, closing, replacing, removingOld, renaming
        /// Something has failed: what was made is taken away.
        case undoing
        case over
    }

    /// OpenSSH takes packets of 256 KiB with all that belongs to them, and ends the session for more.
    private static let pieceSize = 128 << 10
    /// Pieces on the way without an answer.
    private static let piecesAtOnce = 16
    /// How long nothing may move.
    private static let patience: UInt64 = 60_000_000_000

    private unowned let session: SSHSession
    private let path: String
    private let temporary: String
    private let mode: UInt32
    private let subsystem: String
    private var source: InputSource
    private let done: (Result<Void, Failure>) -> Void
    private var channel: Channel?
    private var phase = Phase.waiting
    private var isInSlot = false
    private var refusals = 0
    private var arrived: [UInt8] = []
    private var unsent: [UInt8] = []
    private var nextID: UInt32 = 1
    private var handle: [UInt8] = []
    private var canReplace = false
    private var unanswered = 0
    /// Of the piece that is being written, how much has not left yet.
    private var restOfPiece = 0
    private var failure: Failure?
    private var errors: [UInt8] = []

    init(
        _ session: SSHSession, _ source: InputSource, to path: String, temporary: String, mode: UInt32,
        subsystem: String, done: @escaping (Result<Void, Failure>) -> Void
    ) {
        self.session = session
        self.source = source
        self.path = path
        self.temporary = temporary
        self.mode = mode
        self.subsystem = subsystem
        self.done = done
    }

    func enter() {
        session.add(self)
        session.slots.enter(self)
    }

    func begin() {
        isInSlot = true
        phase = .opening
        session.setAttentive(self, true)
        session.markReady(self)
        hasMoved()
    }

    private func hasMoved() { session.setTimer(self, at: monotonicNanoseconds() + Self.patience) }

    func timeCame() {
        if phase == .waiting { return session.slots.enter(self) }
        fail("nothing has moved for a minute: see whether its file system answers", isTransient: true)
    }

    func received(_ bytes: UnsafeRawBufferPointer, isErrors: Bool) -> Int {
        if isErrors {
            errors.append(contentsOf: bytes.prefix(4096 - errors.count))
        } else {
            arrived.append(contentsOf: bytes)
            session.markReady(self)
        }
        return bytes.count
    }

    func sessionEnded() {
        let reason = session.shared.withLock { $0.failure }?.reason ?? "it was closed here"
        finish(.failure(.failed(reason: "the connection broke: \(reason)", isTransient: true)))
    }

    // MARK: the channel

    func advance() {
        switch phase {
        case .waiting, .over: return
        case .opening: open()
        case .requesting: request()
        default: exchange()
        }
    }

    private func open() {
        if channel == nil { channel = Channel(session, owner: self) }
        guard let channel else { return fail("there is no memory for another channel") }
        switch channel.openSession() {
        case SSH_OK:
            phase = .requesting
            request()
        case SSH_AGAIN: break
        default:
            let reason = session.lastError
            channel.free()
            self.channel = nil
            guard !session.isBroken else { return }
            isInSlot = false
            phase = .waiting
            session.setAttentive(self, false)
            session.setTimer(self, at: nil)
            if session.slots.wasRefused(self) { return }
            refusals += 1
            guard refusals < 20 else {
                return fail("its server opens no session for SFTP (\(reason)): see MaxSessions in its sshd_config")
            }
            session.setTimer(self, at: monotonicNanoseconds() + 250_000_000)
        }
    }

    private func request() {
        guard let channel else { return }
        switch channel.startSubsystem(subsystem) {
        case SSH_OK:
            phase = .version
            send(SFTPRequest.version.bytes(id: 0))
            exchange()
        case SSH_AGAIN: break
        default: if !session.isBroken { finish(.failure(.noSubsystem)) }
        }
    }

    private func exchange() {
        while phase != .over, let answer = SFTPAnswer.take(from: &arrived) {
            hasMoved()
            take(answer)
        }
        guard phase != .over, let channel else { return }
        if channel.isClosed || channel.hasEOF {
            // Nothing has been read of the file, so that it can take another way.
            if phase == .version { return finish(.failure(.noSubsystem)) }
            let line = String(decoding: errors, as: UTF8.self).split(whereSeparator: \.isNewline).last
            return fail("the server of SFTP ended" + (line.map { " (\($0))" } ?? ""), isTransient: true)
        }
        sendMore(channel)
    }

    private func send(_ bytes: [UInt8]) { unsent += bytes }

    private func send(_ request: SFTPRequest, _ next: Phase) {
        phase = next
        send(request.bytes(id: nextID))
        nextID += 1
    }

    private func sendMore(_ channel: Channel) {
        while phase != .over {
            let room = session.isClogged ? 0 : min(channel.window, session.scratch.count)
            guard room > 0 else { return }
            if !unsent.isEmpty {
                let count = min(room, unsent.count)
                guard let taken = unsent.withUnsafeBytes({
                    channel.write(UnsafeRawBufferPointer(rebasing: $0[..<count]))
                }) else { return }
                unsent.removeFirst(taken)
                if taken < count { return }
            } else if restOfPiece > 0 {
                let before = source.position
                guard source.next(min(room, restOfPiece), by: session.scratch, { channel.write($0) }) != nil else {
                    return fail("it cannot be read to its end here, or has become shorter")
                }
                restOfPiece -= source.position - before
                if source.position == before { return }
            } else if phase == .writing, !source.isAtEnd, unanswered < Self.piecesAtOnce {
                restOfPiece = min(Self.pieceSize, source.count - source.position)
                send(
                    SFTPRequest.writeHeader(
                        id: nextID, handle: handle, offset: UInt64(source.position), count: restOfPiece))
                nextID += 1
                unanswered += 1
            } else {
                return
            }
        }
    }

    // MARK: answers

    private func take(_ answer: SFTPAnswer) {
        switch (phase, answer) {
        case (.version, .version(let canReplace)):
            self.canReplace = canReplace
            send(.create(path: temporary, mode: mode), .creating)
        case (.creating, .handle(_, let handle)):
            self.handle = handle
            phase = .writing
            if source.isAtEnd { send(.setMode(handle: handle, mode), .settingMode) }
        case (.writing, .status(_, 0, _)):
            unanswered -= 1
            if source.isAtEnd && unanswered == 0 { send(.setMode(handle: handle, mode), .settingMode) }
        case (.settingMode, .status(_, 0, _)): send(.close(handle: handle), .closing)
        case (.closing, .status(_, 0, _)):
            handle = []
            if canReplace {
                send(.replace(from: temporary, to: path), .replacing)
            } else {
                send(.remove(path: path), .removingOld)
            }
        case (.replacing, .status(_, 0, _)), (.renaming, .status(_, 0, _)): finish(.success(()))
        // It fails where there is no old file.
        case (.removingOld, .status): send(.rename(from: temporary, to: path), .renaming)
        case (.undoing, .status):
            unanswered -= 1
            if unanswered == 0 { finish(.failure(failure ?? .noSubsystem)) }
        case (_, .status(_, let code, let text)): undo(sentence(code, text))
        default:
            fail(
                "what answers there is no server of SFTP: see whether the start-up files of the shell there print "
                    + "anything when nobody looks")
        }
    }

    private func undo(_ reason: String) {
        guard phase != .creating else { return fail(reason) }
        failure = .failed(reason: reason, isTransient: false)
        // Half a piece must become a whole one before anything else can be said.
        if restOfPiece > 0 {
            unsent += [UInt8](repeating: 0, count: restOfPiece)
            restOfPiece = 0
        }
        if phase == .writing { unanswered -= 1 }
        if phase != .writing { unanswered = 0 }
        if !handle.isEmpty {
            send(.close(handle: handle), .undoing)
            unanswered += 1
        }
        send(.remove(path: temporary), .undoing)
        unanswered += 1
    }

    private func sentence(_ code: UInt32, _ text: String) -> String {
        let what =
            switch phase {
            case .creating: "a file beside \(path) cannot be made"
            case .replacing, .renaming: "\(path) cannot be put into its place"
            default: "\(path) cannot be written"
            }
        let reason = text.isEmpty ? "SFTP's number \(code)" : text
        let remedy =
            switch code {
            case 2: "its directory must exist"
            case 3: "the directory must be this user's, and the file system writable"
            default:
                "see whether its disk is full or the user's quota is used up, and whether a directory is in its place"
            }
        return "\(what) (\(reason)): \(remedy)"
    }

    private func fail(_ reason: String, isTransient: Bool = false) {
        finish(.failure(.failed(reason: reason, isTransient: isTransient)))
    }

    private func finish(_ result: Result<Void, Failure>) {
        guard phase != .over else { return }
        phase = .over
        // Another way may read it from the beginning.
        if case .failure(.noSubsystem) = result {} else { source.end() }
        channel?.free()
        channel = nil
        if isInSlot { session.slots.leave() } else { session.slots.remove(self) }
        session.remove(self)
        done(result)
    }
}
