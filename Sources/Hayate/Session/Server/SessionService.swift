/// Who answers a session's clients. Apart from the connections, so that each can be tested without the other.
protocol SessionService: Sendable {
    /// Answers one request, on a Swift task of its own that is cancelled when the client does not want the answer any
    /// more or is gone. Several at the same time.
    /// - Parameter parts: takes answers that come before the last one.
    func answer(_ request: SessionRequest, parts: PartSender) async throws(HayateError) -> SessionAnswer
}

/// Sends the parts of an answer, each when the client has taken the one before it: a client that does not read makes
/// nothing grow.
struct PartSender: Sendable {
    let send: @Sendable (SessionAnswer) async throws(HayateError) -> Void

    func callAsFunction(_ part: SessionAnswer) async throws(HayateError) { try await send(part) }
}
