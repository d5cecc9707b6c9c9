import Glibc

/// Random numbers of a WebSocket engine.
public enum WebSocketRandomness: Sendable {
    /// The kernel's. The only ones to use for real.
    case system
    /// Repeatable ones, for the simulator and the fuzzer. They protect nothing.
    case seeded(UInt64)
}

/// The state of an engine's random numbers.
///
/// A mask must be new for each frame and unknown to whoever chose the bytes, so that no proxy can be made to
/// read them as a request of its own. It protects no secret: the kernel's bytes may be fetched ahead.
struct RandomSource {
    private var seed: UInt64?
    private var ahead: [UInt8] = []
    /// As much as one call of the kernel gives.
    private static let most = 256

    init(_ randomness: WebSocketRandomness) {
        if case .seeded(let seed) = randomness { self.seed = seed }
    }

    /// At most 256 at once.
    mutating func bytes(_ count: Int) -> [UInt8] {
        if ahead.count < count { refill() }
        defer { ahead.removeLast(count) }
        return Array(ahead.suffix(count))
    }

    mutating func mask() -> UInt32 {
        if ahead.count < 4 { refill() }
        var mask: UInt32 = 0
        for _ in 0..<4 { mask = mask << 8 | UInt32(ahead.removeLast()) }
        return mask
    }

    private mutating func refill() {
        ahead = [UInt8](unsafeUninitializedCapacity: Self.most) { space, count in
            if var state = seed {
                for index in 0..<Self.most {
                    // SplitMix64 (Steele, Lea, Flood 2014).
                    state &+= 0x9e37_79b9_7f4a_7c15
                    var value = state
                    value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
                    value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
                    space[index] = UInt8(truncatingIfNeeded: value ^ (value >> 31))
                }
                seed = state
            } else if let base = space.baseAddress {
                precondition(getentropy(base, Self.most) == 0, "the system gives no random numbers")
            }
            count = Self.most
        }
    }
}
