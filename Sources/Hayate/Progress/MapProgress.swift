import HayateCore
import HayateTransport

/// How far a map is.
public struct MapProgress: Sendable, Hashable {
    /// Elements that have ended and were handed over, failures included.
    public var done: Int
    public var failed: Int
    /// How many there are; nil where the input does not know before its end.
    public var total: Int?
    /// Since the first was asked for.
    public var elapsed: Duration
    /// Elements per second in the last half minute; nil before the first.
    public var perSecond: Double?

    /// How long the rest takes at this rate; nil where that cannot be known.
    public var remaining: Duration? {
        guard let total, let perSecond, perSecond > 0 else { return nil }
        return .seconds(Double(max(0, total - done)) / perSecond)
    }
}

/// Who is told how far a map is.
public struct ProgressReporter: Sendable {
    enum Kind: Sendable {
        case call(@Sendable (MapProgress) -> Void)
        case terminal(label: String, descriptor: Int32)
    }

    let kind: Kind
    let interval: Duration

    /// Calls a closure, at most once in an interval and once at the end, on the task that iterates the map.
    public static func calling(
        every interval: Duration = .milliseconds(100), _ body: @escaping @Sendable (MapProgress) -> Void
    ) -> ProgressReporter {
        ProgressReporter(kind: .call(body), interval: interval)
    }

    /// A bar on standard error, with rate and time left, in one line that is drawn over. Silent where
    /// standard error is no terminal.
    public static func terminal(_ label: String = "") -> ProgressReporter {
        terminal(label, descriptor: 2)
    }

    static func terminal(_ label: String, descriptor: Int32) -> ProgressReporter {
        ProgressReporter(
            kind: .terminal(label: label, descriptor: descriptor),
            interval: .seconds(ProgressDisplay.interval))
    }
}

/// Counts what a map hands over, and tells its reporter now and then. Used by one task at a time.
final class ProgressTracker {
    private let reporter: ProgressReporter
    private var display: ProgressDisplay?
    private var progress: MapProgress
    private var rate = RateWindow()
    private let started = Instant.now
    private var reported = Instant.now
    private var hasEnded = false

    /// - Parameter total: elements of the input, where that is known.
    init(_ reporter: ProgressReporter, total: Int?) {
        self.reporter = reporter
        progress = MapProgress(done: 0, failed: 0, total: total, elapsed: .zero, perSecond: nil)
        if case .terminal(let label, let descriptor) = reporter.kind {
            display = ProgressDisplay(
                descriptor: descriptor, isEnabled: Terminal.isTerminal(descriptor), label: label)
        }
    }

    /// Somebody left the loop: what was drawn is taken away.
    deinit { if !hasEnded { display?.clear() } }

    func count(failed: Bool) {
        progress.done += 1
        if failed { progress.failed += 1 }
        let now = Instant.now
        guard now.since(reported) >= reporter.interval.nanoseconds else { return }
        reported = now
        look(at: now)
        switch reporter.kind {
        case .call(let body): body(progress)
        case .terminal: display?.draw(snapshot)
        }
    }

    /// The map is over.
    func end() {
        guard !hasEnded else { return }
        hasEnded = true
        look(at: .now)
        switch reporter.kind {
        case .call(let body): body(progress)
        case .terminal: display?.finish(snapshot)
        }
    }

    private func look(at now: Instant) {
        let elapsed = now.since(started)
        progress.elapsed = .nanoseconds(elapsed)
        rate.add(time: Double(elapsed) / 1e9, done: progress.done)
        progress.perSecond = rate.perSecond
    }

    private var snapshot: ProgressSnapshot {
        ProgressSnapshot(
            done: progress.done, failed: progress.failed, running: nil, total: progress.total,
            elapsed: Double(progress.elapsed.nanoseconds) / 1e9, perSecond: progress.perSecond)
    }
}
