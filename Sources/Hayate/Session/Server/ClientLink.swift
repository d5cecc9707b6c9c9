import HayateTransport
import HayateWire
import Synchronization

/// A client's connection, as the host sees it.
final class ClientLink: Sendable {
    private struct State {
        var reader = SessionFrameReader(limit: SessionFrame.limitBeforeHello)
        /// nil: it has not said who it is.
        var role: SessionRole?
        var requests: [UInt32: Running] = [:]
        var isClosed = false
    }

    /// A request that is being answered.
    private struct Running {
        var credit: PartCredit
        var task: Task<Void, Never>?
    }

    let connection: Connection
    private let service: any SessionService
    private let welcome: SessionWelcome
    private let onClose: @Sendable (ClientLink) -> Void
    private let state = Mutex(State())

    /// A client has a few requests at the same time: what it follows, and what it asks meanwhile.
    private static let mostRequests = 64

    init(
        _ connection: Connection, _ service: any SessionService, _ welcome: SessionWelcome,
        onClose: @escaping @Sendable (ClientLink) -> Void
    ) {
        self.connection = connection
        self.service = service
        self.welcome = welcome
        self.onClose = onClose
    }

    func start(refusing refusal: String?) {
        connection.start(
            onBytes: { [self] bytes in
                take(bytes)
                return .any
            },
            onClose: { [self] _ in
                let requests = state.withLock { state in
                    state.isClosed = true
                    defer { state.requests = [:] }
                    return state.requests
                }
                for running in requests.values { running.task?.cancel() }
                onClose(self)
            })
        if let refusal { refuse(refusal) }
    }

    /// The session ends: what was answered still goes out.
    func end() { connection.drainAndClose(deadline: .seconds(2)) }

    // MARK: Receiving

    private func take(_ bytes: UnsafeRawBufferPointer) {
        state.withLock { $0.reader.append(bytes) }
        while true {
            do throws(SessionFrameFailure) {
                guard let frame = try state.withLock({ state throws(SessionFrameFailure) in try state.reader.next() })
                else { return }
                guard take(frame) else { return }
            } catch {
                return connection.close(.refused("\(error)"))
            }
        }
    }

    /// False: the connection is ending.
    private func take(_ frame: SessionFrame) -> Bool {
        guard let role = state.withLock({ $0.role }) else { return greet(frame) }
        switch frame.kind {
        case .request: return begin(frame, role)
        case .more:
            state.withLock { $0.requests[frame.number]?.credit }?.add()
            return true
        case .cancel:
            state.withLock { $0.requests[frame.number]?.task }?.cancel()
            return true
        case .hello, .welcome, .refusal, .answer, .part, .failure:
            connection.close(.refused("a client says what hosts say"))
            return false
        }
    }

    private func greet(_ frame: SessionFrame) -> Bool {
        guard frame.kind == .hello, let hello = SessionHello(frame.content) else {
            connection.close(.refused("the first words are not those of a client"))
            return false
        }
        guard hello.version == SessionHello.version else {
            refuse(SessionHello.mismatch(host: SessionHello.version, client: hello.version))
            return false
        }
        guard let content = try? welcome.content() else {
            refuse("the session's host cannot say who it is")
            return false
        }
        state.withLock { state in
            state.role = hello.role
            state.reader.limit = SessionFrame.requestLimit
        }
        connection.admitted()
        send(SessionFrame(kind: .welcome, content: content))
        return true
    }

    private func refuse(_ sentence: String) {
        send(SessionFrame(kind: .refusal, content: Array(sentence.utf8.prefix(2_000))))
        connection.drainAndClose(deadline: .seconds(2), .refused(sentence))
    }

    // MARK: Answering

    private func begin(_ frame: SessionFrame, _ role: SessionRole) -> Bool {
        let number = frame.number
        let credit = PartCredit()
        let isNew = state.withLock { state in
            guard !state.isClosed, state.requests[number] == nil, state.requests.count < Self.mostRequests else {
                return false
            }
            state.requests[number] = Running(credit: credit, task: nil)
            return true
        }
        guard isNew else {
            connection.close(.refused("a client asks for too much at the same time, or one thing twice"))
            return false
        }
        let task = Task { await answer(frame, role, credit) }
        let isGone = state.withLock { state in
            state.requests[number]?.task = task
            return state.isClosed
        }
        if isGone { task.cancel() }
        return true
    }

    private func answer(_ frame: SessionFrame, _ role: SessionRole, _ credit: PartCredit) async {
        let number = frame.number
        guard let request = try? BinaryDecoder().decode(SessionRequest.self, from: frame.content) else {
            return connection.close(.refused("a request that cannot be read came"))
        }
        let last: SessionFrame
        do throws(HayateError) {
            guard role == .client || !request.isChange else {
                throw HayateError(.refused, "whoever only watches a session cannot change it")
            }
            let answer = try await service.answer(
                request,
                parts: PartSender { [self] part throws(HayateError) in
                    try await credit.take()
                    send(try Self.frame(.part, number, part))
                })
            last = try Self.frame(.answer, number, answer)
        } catch {
            last = Self.frame(number, error)
        }
        state.withLock { _ = $0.requests.removeValue(forKey: number) }
        send(last)
    }

    private static func frame(
        _ kind: SessionFrame.Kind, _ number: UInt32, _ answer: SessionAnswer
    ) throws(HayateError) -> SessionFrame {
        do {
            let content = try BinaryEncoder().encode(answer)
            guard content.count + SessionFrame.headBytes <= SessionFrame.answerLimit else {
                throw HayateError(.refused, "the answer has \(content.count) bytes, more than can be sent: ask for less")
            }
            return SessionFrame(kind: kind, number: number, content: content)
        } catch let error as HayateError {
            throw error
        } catch {
            throw HayateError(.refused, "the answer cannot be sent: \(error)")
        }
    }

    private static func frame(_ number: UInt32, _ error: HayateError) -> SessionFrame {
        let content = (try? BinaryEncoder().encode(error)) ?? []
        return SessionFrame(kind: .failure, number: number, content: content)
    }

    private func send(_ frame: SessionFrame) {
        connection.append(bytes: frame.bytes)
        connection.flush()
    }
}

/// How many parts the client takes without having asked for more: one.
private final class PartCredit: Sendable {
    private let left = Mutex(1)
    private let bell = Bell()

    func add() {
        left.withLock { $0 = 1 }
        bell.ring()
    }

    /// Waits until there is some.
    func take() async throws(HayateError) {
        while true {
            let rings = bell.rings
            let isThere = left.withLock { left in
                defer { left = 0 }
                return left > 0
            }
            if isThere { return }
            guard !Task.isCancelled else { throw HayateError(.cancelled, "the client does not want the answer any more") }
            await bell.wait(beyond: rings)
        }
    }
}
