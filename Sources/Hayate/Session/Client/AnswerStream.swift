import Synchronization

/// The parts of an answer as a sequence. The host makes the next part while this one is looked at, and none beyond it.
/// Letting go of the sequence tells the host.
final class AnswerStream: Sendable {
    private struct State {
        var number: UInt32?
        var isOver = false
    }

    private let connection: SessionConnection
    private let request: SessionRequest
    private let state = Mutex(State())

    init(_ connection: SessionConnection, _ request: SessionRequest) {
        self.connection = connection
        self.request = request
    }

    deinit {
        let (number, isOver) = state.withLock { ($0.number, $0.isOver) }
        if let number { connection.finish(number, isOver: isOver) }
    }

    /// nil: there are no more.
    func next() async throws(HayateError) -> SessionAnswer? {
        guard !state.withLock({ $0.isOver }) else { return nil }
        let number = try state.withLock { state throws(HayateError) in
            if let number = state.number { return number }
            let number = try connection.begin(request)
            state.number = number
            return number
        }
        do throws(HayateError) {
            let (answer, isLast) = try await connection.next(number)
            if isLast {
                state.withLock { $0.isOver = true }
                return nil
            }
            connection.more(number)
            return answer
        } catch {
            if error.code != .cancelled { state.withLock { $0.isOver = true } }
            throw error
        }
    }
}
