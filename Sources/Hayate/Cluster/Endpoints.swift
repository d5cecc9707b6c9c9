import HayateTransport

/// Addresses at which a pool may listen, of which it takes the first that is free.
struct Endpoints: Sendable {
    let first: Endpoint
    private let others: [Endpoint]

    init(_ first: Endpoint, others: [Endpoint] = []) {
        self.first = first
        self.others = others
    }

    /// - Throws: what the last of them threw.
    func firstThatIsFree<Value>(
        _ body: (Endpoint) throws(TransportError) -> Value
    ) throws(TransportError) -> Value {
        var last: TransportError
        do throws(TransportError) { return try body(first) } catch { last = error }
        for endpoint in others {
            do throws(TransportError) { return try body(endpoint) } catch { last = error }
        }
        throw last
    }
}
