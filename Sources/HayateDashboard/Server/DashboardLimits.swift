/// Bounds on what strangers can make the server hold: every user of the machine can connect to its port.
struct DashboardLimits: Sendable {
    /// The request line with all headers. Browsers send 1 to 2 KiB.
    var headBytes = 16 << 10
    /// What is posted is one token.
    var bodyBytes = 256
    /// Connections at once. A browser opens six; when there are more, the oldest goes.
    var connections = 64
    /// Until a request is there as a whole.
    var requestTime: Duration = .seconds(10)
    /// Until the answer to it has been made and taken.
    var answerTime: Duration = .seconds(60)
    /// Attempts in one answer to the page, and in a trace.
    var pageSpans = 5_000
    var traceSpans = 100_000
}
