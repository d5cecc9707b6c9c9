import HayateTransport
import HayateWire
import Synchronization

/// A client's connection to a session's host: requests with numbers, answers by them.
final class SessionConnection: Sendable {
    private struct State {
        var reader = SessionFrameReader(limit: SessionFrame.answerLimit)
        var connection: Connection?
        var welcome: SessionWelcome?
        var greeted: CheckedContinuation<Result<SessionWelcome, HayateError>, Never>?
        var lastNumber: UInt32 = 0
        var inboxes: [UInt32: Inbox] = [:]
        /// Why it has ended.
        var end: HayateError?
    }

    /// What came for one request, and who waits for it.
    private struct Inbox {
        var frames: [SessionFrame] = []
        var waiter: CheckedContinuation<Result<SessionFrame, HayateError>, Never>?
    }

    private let state = Mutex(State())
    /// What the session is called, for sentences.
    private let name: String

    private init(name: String) { self.name = name }

    /// Dials, and waits until both sides have said who they are.
    static func open(
        _ endpoint: Endpoint, name: String, role: SessionRole = .client, deadline: Duration = .seconds(10)
    ) async throws(HayateError) -> SessionConnection {
        let dialed = await withCheckedContinuation { (done: CheckedContinuation<Result<Connection, TransportError>, Never>) in
            do throws(TransportError) {
                try Dialer(endpoint, deadline: deadline) { done.resume(returning: $0) }
            } catch {
                done.resume(returning: .failure(error))
            }
        }
        let session = SessionConnection(name: name)
        switch dialed {
        case .failure(let error):
            throw HayateError(.noSession, "the session \(name) cannot be reached: \(error.message)")
        case .success(let connection):
            try await session.greet(connection, role, deadline)
            return session
        }
    }

    private func greet(
        _ connection: Connection, _ role: SessionRole, _ deadline: Duration
    ) async throws(HayateError) {
        let timer = TimerQueue.shared.schedule(after: deadline) { [weak self] in
            self?.end(HayateError(.noSession, "the session's host does not answer: is it stopped or overloaded?"))
        }
        defer { TimerQueue.shared.cancel(timer) }
        let answer = await withCheckedContinuation { continuation in
            state.withLock { state in
                state.connection = connection
                state.greeted = continuation
            }
            connection.start(
                onBytes: { [self] bytes in
                    take(bytes)
                    return .any
                },
                onClose: { [self] reason in
                    end(HayateError(.noSession, "the session \(name) is not reachable any more (\(reason))"))
                })
            send(SessionFrame(kind: .hello, content: SessionHello(role: role).content))
        }
        _ = try answer.get()
    }

    var welcome: SessionWelcome? { state.withLock { $0.welcome } }

    func close() { end(HayateError(.noSession, "the connection to the session was closed")) }

    deinit { state.withLock { $0.connection }?.close() }

    /// Whoever waits gets this error, now and later.
    private func end(_ error: HayateError) {
        let (connection, greeted, inboxes) = state.withLock { state in
            if state.end == nil { state.end = error }
            defer {
                state.greeted = nil
                for number in state.inboxes.keys { state.inboxes[number]?.waiter = nil }
            }
            return (state.connection, state.greeted, state.inboxes)
        }
        connection?.close()
        greeted?.resume(returning: .failure(error))
        for inbox in inboxes.values { inbox.waiter?.resume(returning: .failure(error)) }
    }

    // MARK: Receiving

    private func take(_ bytes: UnsafeRawBufferPointer) {
        state.withLock { $0.reader.append(bytes) }
        while true {
            do throws(SessionFrameFailure) {
                guard let frame = try state.withLock({ state throws(SessionFrameFailure) in try state.reader.next() })
                else { return }
                take(frame)
            } catch {
                return end(HayateError(.malformed, "what listens as the session \(name) is none: \(error)"))
            }
        }
    }

    private func take(_ frame: SessionFrame) {
        switch frame.kind {
        case .welcome:
            guard let version = SessionWelcome.version(of: frame.content), version == SessionHello.version else {
                let other = SessionWelcome.version(of: frame.content) ?? 0
                return end(
                    HayateError(.noSession, SessionHello.mismatch(host: other, client: SessionHello.version)))
            }
            guard let welcome = try? SessionWelcome(content: frame.content) else {
                return end(HayateError(.malformed, "the first words of the session's host cannot be read"))
            }
            let greeted = state.withLock { state in
                state.welcome = welcome
                defer { state.greeted = nil }
                return state.greeted
            }
            greeted?.resume(returning: .success(welcome))
        case .refusal:
            end(HayateError(.noSession, String(decoding: frame.content, as: UTF8.self)))
        case .answer, .part, .failure:
            let waiter = state.withLock { state -> CheckedContinuation<Result<SessionFrame, HayateError>, Never>? in
                // Of a request that nobody wants answered any more.
                guard state.inboxes[frame.number] != nil else { return nil }
                if let waiter = state.inboxes[frame.number]?.waiter {
                    state.inboxes[frame.number]?.waiter = nil
                    return waiter
                }
                state.inboxes[frame.number]?.frames.append(frame)
                return nil
            }
            waiter?.resume(returning: .success(frame))
        case .hello, .request, .more, .cancel:
            end(HayateError(.malformed, "the session's host says what clients say"))
        }
    }

    // MARK: Asking

    private func send(_ frame: SessionFrame) {
        guard let connection = state.withLock({ $0.connection }) else { return }
        connection.append(bytes: frame.bytes)
        connection.flush()
    }

    /// Sends a request. `finish` has to be called for it.
    func begin(_ request: SessionRequest) throws(HayateError) -> UInt32 {
        let content: [UInt8]
        do {
            content = try BinaryEncoder().encode(request)
        } catch {
            throw HayateError(.notSendable, "the request cannot be encoded: \(error)")
        }
        guard content.count + SessionFrame.headBytes <= SessionFrame.requestLimit else {
            throw HayateError(
                .notSendable,
                "\(content.count) bytes are more than a session takes at once (\(SessionFrame.requestLimit)): pass "
                    + "large data by file")
        }
        let (number, end) = state.withLock { state in
            state.lastNumber = state.lastNumber == .max ? 1 : state.lastNumber + 1
            if state.end == nil { state.inboxes[state.lastNumber] = Inbox() }
            return (state.lastNumber, state.end)
        }
        if let end { throw end }
        send(SessionFrame(kind: .request, number: number, content: content))
        return number
    }

    /// The next answer. When the Swift task that waits is cancelled, the host is told.
    func next(_ number: UInt32) async throws(HayateError) -> (SessionAnswer, isLast: Bool) {
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let ready = state.withLock { state -> Result<SessionFrame, HayateError>? in
                    if state.inboxes[number]?.frames.isEmpty == false, let frame = state.inboxes[number]?.frames.removeFirst()
                    {
                        return .success(frame)
                    }
                    if let end = state.end { return .failure(end) }
                    guard state.inboxes[number] != nil, !Task.isCancelled else { return .failure(Self.unwanted) }
                    state.inboxes[number]?.waiter = continuation
                    return nil
                }
                if let ready { continuation.resume(returning: ready) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                defer { state.inboxes[number]?.waiter = nil }
                return state.inboxes[number]?.waiter
            }
            waiter?.resume(returning: .failure(Self.unwanted))
        }
        let frame = try result.get()
        do {
            if frame.kind == .failure { throw try BinaryDecoder().decode(HayateError.self, from: frame.content) }
            return (try BinaryDecoder().decode(SessionAnswer.self, from: frame.content), frame.kind == .answer)
        } catch let error as HayateError {
            throw error
        } catch {
            throw HayateError(.malformed, "the answer of the session's host cannot be read: \(error)")
        }
    }

    private static let unwanted = HayateError(.cancelled, "waiting for the session's answer was stopped")

    /// Says that the last part was taken.
    func more(_ number: UInt32) { send(SessionFrame(kind: .more, number: number)) }

    /// No more answers are wanted.
    func finish(_ number: UInt32, isOver: Bool) {
        let wasOpen = state.withLock { $0.inboxes.removeValue(forKey: number) != nil && $0.end == nil }
        if wasOpen, !isOver { send(SessionFrame(kind: .cancel, number: number)) }
    }

    /// One request with one answer.
    func ask(_ request: SessionRequest) async throws(HayateError) -> SessionAnswer {
        let number = try begin(request)
        var isOver = false
        defer { finish(number, isOver: isOver) }
        do throws(HayateError) {
            let (answer, isLast) = try await next(number)
            isOver = isLast
            return answer
        } catch {
            isOver = error.code != .cancelled
            throw error
        }
    }
}
