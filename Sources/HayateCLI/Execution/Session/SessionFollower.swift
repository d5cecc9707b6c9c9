import Hayate

/// Outcomes as they are recorded, also across restarts of the host.
struct SessionFollower {
    private let session: ConnectedSession
    private let submission: String?
    private var last: Int64
    private var iterator: AsyncThrowingStream<[SessionOutcome], any Error>.Iterator?

    /// - Parameter number: only those behind this one are wanted.
    init(_ session: ConnectedSession, submission: String?, after number: Int64 = 0) {
        self.session = session
        self.submission = submission
        last = number
    }

    /// The next ones; nil: the submission is over.
    mutating func next() async throws -> [SessionOutcome]? {
        while true {
            do {
                if iterator == nil {
                    iterator = session.connection.outcomes(of: submission, after: last).makeAsyncIterator()
                }
                let batch = try await iterator?.next()
                // A stream that is cancelled ends as if it were over.
                try Task.checkCancellation()
                if let batch { last = batch.map(\.number).max() ?? last }
                return batch
            } catch let error as HayateError where ConnectedSession.isLoss(error) {
                iterator = nil
                // Asks something small, until there is an answer.
                _ = try await session.steadily { try await $0.snapshot(tasks: 0) }
            }
        }
    }
}
