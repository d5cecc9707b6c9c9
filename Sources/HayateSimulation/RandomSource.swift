import HayateCore

/// Blackman and Vigna's xoshiro256** 1.0 ("Scrambled linear pseudorandom number generators", 2018):
/// the only source of chance in a simulated world, so that a seed repeats it exactly.
struct RandomSource: RandomNumberGenerator, Sendable {
    private var s0: UInt64
    private var s1: UInt64
    private var s2: UInt64
    private var s3: UInt64

    init(seed: UInt64) {
        s0 = SplitMix64.mix(seed)
        s1 = SplitMix64.mix(s0)
        s2 = SplitMix64.mix(s1)
        s3 = SplitMix64.mix(s2) | 1
    }

    mutating func next() -> UInt64 {
        let product = s1 &* 5
        let result = ((product << 7) | (product >> 57)) &* 9
        let shifted = s1 << 17
        s2 ^= s0
        s3 ^= s1
        s1 ^= s2
        s0 ^= s3
        s2 ^= shifted
        s3 = (s3 << 45) | (s3 >> 19)
        return result
    }

    /// A number from 0 to `bound` - 1; 0 if there is none.
    mutating func below(_ bound: Int) -> Int {
        guard bound > 1 else { return 0 }
        return Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    mutating func below(_ bound: Int64) -> Int64 { Int64(below(Int(bound))) }

    /// From 0 to just under 1.
    mutating func unit() -> Double { Double(next() >> 11) / Double(1 << 53) }

    /// True with this probability. Draws nothing when the answer is certain.
    mutating func chance(_ probability: Double) -> Bool {
        if probability <= 0 { return false }
        return probability >= 1 || unit() < probability
    }

    /// From `low` to `high`, each order of magnitude equally likely: times differ by factors.
    mutating func spread(_ low: Int64, _ high: Int64) -> Int64 {
        guard low < high else { return low }
        var scale = low
        var doublings = 0
        while scale < high {
            scale &*= 2
            doublings += 1
        }
        let base = low << Int64(below(doublings))
        return min(high, base + below(base + 1))
    }
}
