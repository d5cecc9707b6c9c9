/// What the connections of one listener have in common.
public struct WebSocketServer: Sendable {
    let path: String
    private let randomness: WebSocketRandomness

    /// - Parameter path: the only one that is answered; from the first slash on, without a query. What a
    ///   request has after a question mark is a proxy's business and ignored.
    /// - Throws: `WebSocketFailure` of kind `.invalidRequest`.
    public init(path: String, randomness: WebSocketRandomness = .system) throws(WebSocketFailure) {
        guard WebSocketPath.isValid(path, allowsQuery: false) else {
            throw WebSocketFailure(.invalidRequest, WebSocketPath.sentence(path))
        }
        self.path = path
        self.randomness = randomness
    }

    /// The engine of one connection.
    public func engine() -> WebSocketEngine { WebSocketEngine(.server(self), randomness: randomness) }
}
