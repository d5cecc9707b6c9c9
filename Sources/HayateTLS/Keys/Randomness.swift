import Glibc

/// Where random bytes come from.
enum SystemRandom {
    /// The kernel's; needs no state that a fork could copy. Ends the process if the kernel has none.
    static func fill(_ bytes: UnsafeMutableRawBufferPointer) {
        var filled = 0
        while filled < bytes.count, let base = bytes.baseAddress {
            // As much as one call gives.
            let count = min(256, bytes.count - filled)
            precondition(getentropy(base + filled, count) == 0, "the system gives no random numbers")
            filled += count
        }
    }

    static func bytes(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        bytes.withUnsafeMutableBytes { fill($0) }
        return bytes
    }

    /// The same as a callback of mbedTLS.
    static let callback: @convention(c) (
        UnsafeMutableRawPointer?, UnsafeMutablePointer<UInt8>?, Int
    ) -> Int32 = { _, bytes, count in
        SystemRandom.fill(UnsafeMutableRawBufferPointer(start: bytes, count: count))
        return 0
    }
}

/// Random numbers of a TLS engine.
public enum Randomness: Sendable {
    /// The kernel's. The only ones to use for real.
    case system
    /// Repeatable ones, for the simulator and the fuzzer. They protect nothing.
    case seeded(UInt64)
}

/// The state of an engine's random numbers.
struct RandomSource {
    private var state: UInt64?

    init(_ randomness: Randomness) {
        if case .seeded(let seed) = randomness { state = seed }
    }

    mutating func fill(_ bytes: UnsafeMutableRawBufferPointer) {
        guard var seed = state else { return SystemRandom.fill(bytes) }
        for index in 0..<bytes.count {
            // SplitMix64 (Steele, Lea, Flood 2014).
            seed &+= 0x9e37_79b9_7f4a_7c15
            var value = seed
            value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
            value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
            bytes[index] = UInt8(truncatingIfNeeded: value ^ (value >> 31))
        }
        state = seed
    }
}
