/// How many log lines a daemon may still send: so many at once, and so many a second after that.
///
/// A token bucket, in lines and in bytes. What does not fit is counted, so that the caller can be told.
public struct LogBudget: Sendable {
    public struct Limits: Hashable, Sendable {
        /// Lines that may come at once, after a pause.
        public var burstLines: Int64
        public var linesPerSecond: Int64
        /// Bytes of text that may come at once, after a pause.
        public var burstBytes: Int64
        public var bytesPerSecond: Int64

        public init(
            burstLines: Int64 = 10_000, linesPerSecond: Int64 = 1_000, burstBytes: Int64 = 1 << 20,
            bytesPerSecond: Int64 = 256 << 10
        ) {
            self.burstLines = max(1, burstLines)
            self.linesPerSecond = max(0, linesPerSecond)
            self.burstBytes = max(1, burstBytes)
            self.bytesPerSecond = max(0, bytesPerSecond)
        }
    }

    public let limits: Limits
    private var lines: Int64
    private var bytes: Int64
    private var filled: Instant?
    /// Lines that did not fit since this was last taken.
    public private(set) var dropped = 0

    public init(limits: Limits = Limits()) {
        self.limits = limits
        lines = limits.burstLines
        bytes = limits.burstBytes
    }

    /// Whether a line of so many bytes may be sent now; if so, it is counted as sent. A line longer than
    /// the whole burst passes when the bucket is full.
    public mutating func mayPass(bytes count: Int, at now: Instant) -> Bool {
        refill(at: now)
        let cost = min(Int64(clamping: count), limits.burstBytes)
        guard lines >= 1, bytes >= cost else {
            dropped += 1
            return false
        }
        lines -= 1
        bytes -= cost
        return true
    }

    /// How many lines did not fit, for the one line that says so.
    public mutating func takeDropped() -> Int {
        defer { dropped = 0 }
        return dropped
    }

    private mutating func refill(at now: Instant) {
        guard let since = filled else {
            filled = now
            return
        }
        // In steps, so that the fraction of a token that a short time is worth is not lost; bounded, so
        // that no product overflows.
        let elapsed = min(now.since(since), 3_600_000_000_000) / Self.step
        guard elapsed > 0 else { return }
        filled = since.advanced(by: elapsed * Self.step)
        if now.since(since) > 3_600_000_000_000 { filled = now }
        let stepsPerSecond = 1_000_000_000 / Self.step
        lines = min(limits.burstLines, lines + elapsed * limits.linesPerSecond / stepsPerSecond)
        bytes = min(limits.burstBytes, bytes + elapsed * limits.bytesPerSecond / stepsPerSecond)
    }

    /// Nanoseconds between two refills: 10 ms.
    private static let step: Int64 = 10_000_000
}
