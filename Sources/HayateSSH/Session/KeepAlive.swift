import CLibSSH

/// Notices that nothing comes from the other side any more.
struct KeepAlive {
    private var interval: UInt64 = 0
    private var heardBytes: UInt64 = 0
    private var heardAt: UInt64 = 0
    private var askedAt: UInt64?
    /// When it wants to look again, on the clock of `monotonicNanoseconds`.
    private(set) var nextLook: UInt64 = 0

    mutating func start(_ interval: Duration, heard bytes: UInt64) {
        self.interval = max(interval.wholeNanoseconds, 10_000_000)
        heardBytes = bytes
        heardAt = monotonicNanoseconds()
        nextLook = heardAt + self.interval
    }

    /// Asks for a sign of life when it is time. Returns the seconds of silence if they are too many.
    mutating func look(_ session: SSHSession, _ now: UInt64) -> Int? {
        guard now >= nextLook else { return nil }
        let bytes = session.counter[0].in_bytes
        if bytes != heardBytes {
            heardBytes = bytes
            heardAt = now
            askedAt = nil
        }
        // Counted from the question, so that a machine that slept itself does not take its own pause for silence.
        if let askedAt, now - askedAt >= 2 * interval { return Int((now - heardAt) / 1_000_000_000) }
        if askedAt == nil {
            askedAt = now
            // A question that waits for its answer already is as good.
            if session.globalRequests.isEmpty { session.ask(GlobalRequests.ping) { _ in } }
        }
        nextLook = now + interval
        return nil
    }
}
