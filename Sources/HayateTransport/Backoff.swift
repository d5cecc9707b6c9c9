/// How long to wait before the next attempt: exponential with full jitter, so that ten thousand
/// daemons that lost the same host do not come back in one moment.
public struct Backoff: Sendable, Hashable {
    /// The upper bound before the first repetition.
    public var first: Duration
    /// The upper bound that is never exceeded.
    public var cap: Duration

    public init(first: Duration = .milliseconds(100), cap: Duration = .seconds(30)) {
        self.first = first
        self.cap = cap
    }

    /// The upper bound after `failures` failed attempts (0 before the first repetition): the first
    /// bound doubled each time, at most `cap`.
    public func bound(afterFailures failures: Int) -> Duration {
        var bound = first
        for _ in 0..<max(0, min(failures, 62)) {
            guard bound < cap else { break }
            bound *= 2
        }
        return min(bound, cap)
    }

    /// A wait uniform in 0 ..< bound; `random` is 64 uniform bits.
    public func delay(afterFailures failures: Int, random: UInt64) -> Duration {
        let (seconds, attoseconds) = bound(afterFailures: failures).components
        let nanoseconds = UInt64(max(0, seconds)) * 1_000_000_000
            + UInt64(max(0, attoseconds) / 1_000_000_000)
        return .nanoseconds(Int64(nanoseconds.multipliedFullWidth(by: random).high))
    }
}
