import HayateView

/// Where the page's data come from. Both only look.
public struct DashboardSource: Sendable {
    let snapshot: @Sendable () async throws -> SessionSnapshot
    let spans: @Sendable (_ since: Double, _ limit: Int) async throws -> [SpanView]

    /// - Parameter snapshot: the session now.
    /// - Parameter spans: attempts that ended after a time (seconds since 1970), and those that run; the newest ones.
    public init(
        snapshot: @escaping @Sendable () async throws -> SessionSnapshot,
        spans: @escaping @Sendable (_ since: Double, _ limit: Int) async throws -> [SpanView]
    ) {
        self.snapshot = snapshot
        self.spans = spans
    }
}
