/// What happens when a task does not end by itself.
///
/// Two different things are kept apart: a task whose *daemon* was lost, and a task that *failed* by
/// itself. The first is nobody's fault and is retried by default; the second is an answer, and is
/// retried only when asked.
public struct RetryPolicy: Hashable, Sendable {
    /// How many unexplained losses of its daemon a task survives. At the loss with this number it is
    /// recorded as poisoned. 0 means at most once: a loss is the task's end, never a second start.
    public var losses: UInt8
    /// How failures of the task itself are retried; nil: not at all.
    public var failures: Backoff?

    public init(losses: UInt8 = 5, failures: Backoff? = nil) {
        self.losses = losses
        self.failures = failures
    }

    /// Lost daemons are survived up to the poison limit of 5; failures are values.
    public static let lostDaemons = RetryPolicy()
    /// At most once: the task is never started a second time.
    public static let never = RetryPolicy(losses: 0)

    /// Failures are tried again, with growing pauses; lost daemons are survived as by default.
    public static func backoff(
        attempts: UInt32, first: Duration = .seconds(1), factor: Double = 2,
        cap: Duration = .seconds(100), jitter: Double = 0.2
    ) -> RetryPolicy {
        RetryPolicy(
            failures: Backoff(
                attempts: attempts, first: first, factor: factor, cap: cap, jitter: jitter))
    }

    /// Growing pauses between attempts.
    public struct Backoff: Hashable, Sendable {
        /// Failures after which the failure is the outcome; 1 means no retry.
        public var attempts: UInt32
        public var first: Duration
        public var factor: Double
        public var cap: Duration
        /// Share of the pause that is added or taken away, 0 to 1.
        public var jitter: Double

        public init(
            attempts: UInt32, first: Duration = .seconds(1), factor: Double = 2,
            cap: Duration = .seconds(100), jitter: Double = 0.2
        ) {
            self.attempts = max(1, attempts)
            self.first = max(.zero, first)
            self.factor = factor.isFinite ? max(1, factor) : 1
            self.cap = max(.zero, cap)
            self.jitter = jitter.isFinite ? min(1, max(0, jitter)) : 0
        }

        /// Nanoseconds to wait after failure number `failure` (1 for the first).
        ///
        /// The jitter comes from `salt`, so the core stays without randomness and a simulation
        /// repeats exactly.
        func pause(after failure: UInt32, salt: UInt64) -> Int64 {
            var pause = Double(first.nanoseconds)
            let cap = Double(self.cap.nanoseconds)
            var step: UInt32 = 1
            while step < failure, pause < cap {
                pause *= factor
                if factor == 1 { break }
                step += 1
            }
            pause = min(pause, cap)
            let unit = Double(SplitMix64.mix(salt) >> 11) / Double(1 << 53)
            pause *= 1 + jitter * (2 * unit - 1)
            return Int64(min(max(0, pause), 9e18))
        }
    }
}

/// Steele, Lea and Flood's SplitMix64 finaliser ("Fast splittable pseudorandom number generators",
/// OOPSLA 2014): spreads a counter over 64 bits.
public enum SplitMix64 {
    public static func mix(_ value: UInt64) -> UInt64 {
        var z = value &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
