import HayateCore

/// When a machine is connected to, and when no more: a value.
///
/// A connection that broke is rebuilt at once, and after that with growing pauses as long as tries fail. One that
/// breaks again soon counts as a failed try, or a server that closes every connection would be dialled without end.
struct ReconnectionPlan: Sendable {
    struct Limits: Sendable, Hashable {
        var firstPause: Duration = .seconds(1)
        var longestPause: Duration = .seconds(30)
        /// A connection that held so long has nothing to do with the one before.
        var steadyAfter: Duration = .seconds(30)
    }

    enum Phase: Sendable, Hashable {
        /// Nobody has needed it yet.
        case idle
        case connecting
        case holding(since: Instant)
        case pausing(until: Instant)
        /// Another try would not do better.
        case failed(RemoteError)
        case closed
    }

    let limits: Limits
    private(set) var phase = Phase.idle
    /// Why there is no connection, or why the last try failed.
    private(set) var lastError: RemoteError?
    /// Tries in a row that came to nothing lasting.
    private(set) var failures = 0
    /// Whether somebody may have missed it since it last held.
    private(set) var wasMissed = false

    init(_ limits: Limits = Limits()) { self.limits = limits }

    /// Somebody needs the connection.
    /// - Returns: whether it has to be opened.
    mutating func needed() -> Bool {
        guard phase == .idle else { return false }
        phase = .connecting
        return true
    }

    /// - Returns: whether it was missed before; nil if nobody wants it any more.
    mutating func connected(at now: Instant) -> Bool? {
        guard phase == .connecting else { return nil }
        phase = .holding(since: now)
        defer { wasMissed = false }
        return wasMissed
    }

    /// A try failed.
    /// - Parameter jitter: 0 up to 1.
    mutating func failed(_ error: RemoteError, at now: Instant, jitter: Double) {
        guard phase == .connecting else { return }
        lastError = error
        wasMissed = true
        guard error.isTransient else {
            phase = .failed(error)
            return
        }
        failures += 1
        phase = .pausing(until: now.advanced(by: pause(jitter)))
    }

    /// The connection broke.
    mutating func broke(_ error: RemoteError?, at now: Instant, jitter: Double) {
        guard case .holding(let since) = phase else { return }
        if let error { lastError = error }
        wasMissed = true
        guard now.since(since) < limits.steadyAfter.nanoseconds else {
            failures = 0
            phase = .pausing(until: now)
            return
        }
        // The first that broke is rebuilt at once, however young it was.
        phase = .pausing(until: failures == 0 ? now : now.advanced(by: pause(jitter)))
        failures += 1
    }

    /// A pause is over.
    mutating func resume(at now: Instant) {
        if case .pausing(let until) = phase, now >= until { phase = .connecting }
    }

    mutating func close() { phase = .closed }

    /// Doubled with each failure, and between its half and the whole, so that many machines behind one do not all come
    /// at the same time.
    private func pause(_ jitter: Double) -> Int64 {
        let doubled = limits.firstPause.nanoseconds << Int64(min(max(0, failures - 1), 16))
        let whole = Double(min(doubled, limits.longestPause.nanoseconds))
        return max(limits.firstPause.nanoseconds, Int64(whole * (0.5 + 0.5 * min(max(0, jitter), 1))))
    }
}
