import HayateCore

/// How often a ledger asks, how long it waits, and how much it does at once.
public struct LedgerRules: Hashable, Sendable {
    public var polling: PollingRules
    public var submission: SubmissionRules
    /// Whether the scheduler can be asked after jobs that have left its queue.
    public var hasAccounting: Bool
    /// Submissions without a clear answer at one time.
    public var submissionsInFlight = 2
    /// After a submission that the scheduler does not take now; doubles with each, up to `longestSubmissionBackoff`.
    public var submissionBackoff: Duration = .seconds(60)
    public var longestSubmissionBackoff: Duration = .seconds(900)
    /// Before each look for a job whose submission was not answered, two of which must be in vain before the job is
    /// submitted again: a controller that was too busy to answer needs some seconds to take it in.
    public var searchGap: Duration = .seconds(10)
    /// How long a command may run before it has its answer.
    public var answerWithin: Duration
    /// Between two status queries while nothing is worth asking, in intervals: the daemons' connections tell most.
    public var slowIntervals = 5
    /// The longest wait after queries that failed, in intervals.
    public var longestBackoffIntervals = 10
    /// From the first job to the first status query: jobs that cannot start at all mostly end at once.
    public var firstLook: Duration = .seconds(10)
    /// From a job's absence to the question to the accounting, which is written some seconds late.
    public var accountingLag: Duration = .seconds(15)
    /// Accounting queries that may fail in a row before a missing job is given up without them.
    public var accountingTries = 3
    /// Submissions that have ended and are still shown.
    public var kept = 64

    public init(_ cluster: ClusterProfile) {
        polling = cluster.polling
        submission = cluster.submission
        hasAccounting = cluster.facts.accountingCommand != nil
        answerWithin = cluster.commands.timeout
    }
}

/// Waits that double with each failure.
struct Backoff: Hashable, Sendable {
    let first: Int64
    let longest: Int64

    init(first: Duration, longest: Duration) {
        self.first = first.nanoseconds
        self.longest = longest.nanoseconds
    }

    /// - Parameter failures: how many there were in a row, 1 or more.
    /// - Parameter jitter: 0 ..< 1; spreads the wait over its last quarter, so that hosts do not come back together.
    func wait(afterFailures failures: Int, jitter: Double) -> Int64 {
        var wait = first
        for _ in 1..<max(2, min(failures, 62)) where failures > 1 {
            if wait >= longest { break }
            wait = wait.multipliedReportingOverflow(by: 2).overflow ? longest : wait * 2
        }
        wait = min(wait, longest)
        return wait / 4 * 3 + Int64(Double(wait / 4) * min(max(jitter, 0), 1))
    }
}

/// So many events in any stretch of so long a time.
struct RateWindow: Hashable, Sendable {
    private let rate: Rate
    private var recent: [Instant] = []

    init(_ rate: Rate) { self.rate = rate }

    /// When the next event may be.
    var next: Instant {
        guard let oldest = recent.first, recent.count >= max(1, rate.count) else { return .zero }
        return oldest.advanced(by: rate.period.nanoseconds)
    }

    mutating func note(at now: Instant) {
        if recent.count >= max(1, rate.count) { recent.removeFirst() }
        recent.append(now)
    }
}
