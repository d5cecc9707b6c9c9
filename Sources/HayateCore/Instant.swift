/// A point on a monotonic clock, in nanoseconds since an origin that only the clock knows.
///
/// The pure modules never read a clock: whoever feeds an event says when it happened. Wall-clock time
/// is never used for a decision, so a clock that jumps cannot make a daemon look lost.
public struct Instant: Hashable, Comparable, Sendable, CustomStringConvertible {
    public var nanoseconds: Int64

    @inlinable
    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    public static let zero = Instant(nanoseconds: 0)
    /// Later than every instant an event can carry.
    public static let distantFuture = Instant(nanoseconds: .max)

    @inlinable
    public static func < (left: Instant, right: Instant) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// The instant `nanoseconds` later; stays at `distantFuture` instead of overflowing.
    @inlinable
    public func advanced(by nanoseconds: Int64) -> Instant {
        let (sum, overflow) = self.nanoseconds.addingReportingOverflow(nanoseconds)
        return Instant(nanoseconds: overflow ? .max : sum)
    }

    /// Nanoseconds from `earlier` to this instant.
    @inlinable
    public func since(_ earlier: Instant) -> Int64 { nanoseconds &- earlier.nanoseconds }

    public var description: String { "\(nanoseconds / 1_000_000) ms" }
}

extension Duration {
    /// The whole duration in nanoseconds, clamped to what 64 bits hold (292 years either way).
    public var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        let (sum, overflowed) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        return overflowed ? (seconds < 0 ? .min : .max) : sum
    }
}
