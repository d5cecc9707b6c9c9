/// L'Ecuyer's combined multiple recursive generator MRG32k3a: a period of about 2^191 that can be cut into
/// streams which provably do not overlap.
///
/// The recurrences and constants are those of P. L'Ecuyer, "Good parameters and implementations for combined
/// multiple recursive random number generators", Operations Research 47(1), 1999; streams and substreams are
/// those of P. L'Ecuyer, R. Simard, E. J. Chen and W. D. Kelton, "An object-oriented random-number package
/// with many long streams and substreams", Operations Research 50(6), 2002 (RngStreams). R's
/// `RNGkind("L'Ecuyer-CMRG")` is the same generator, and `parallel::nextRNGStream` makes the same jump, so the
/// same state gives the same numbers in R and here.
///
/// Fast and of good statistical quality; not for secrets.
public struct MRG32k3a: Hashable, Sendable, RandomNumberGenerator {
    /// The modulus of the first recurrence, 2^32 - 209.
    public static let m1: UInt64 = 4_294_967_087
    /// The modulus of the second recurrence, 2^32 - 22853.
    public static let m2: UInt64 = 4_294_944_443
    /// 1 / (m1 + 1), as RngStreams and R write it.
    static let norm = 2.328306549295727688e-10

    // The last three values of each recurrence, oldest first. 64 bits each, since products of two are needed.
    private var x0, x1, x2: UInt64
    private var y0, y1, y2: UInt64

    /// A generator in this state: three words of the first recurrence, then three of the second, oldest
    /// first. In R these are `.Random.seed[2:7]`.
    ///
    /// nil unless there are six words, the first three below `m1` and not all 0, and the last three below
    /// `m2` and not all 0: from other states the generator would not reach its period, or would stand still.
    public init?(state: some Collection<UInt32>) {
        guard state.count == 6 else { return nil }
        let words = state.map { UInt64($0) }
        guard words[0..<3].allSatisfy({ $0 < Self.m1 }), words[3..<6].allSatisfy({ $0 < Self.m2 }),
            words[0..<3].contains(where: { $0 != 0 }), words[3..<6].contains(where: { $0 != 0 })
        else { return nil }
        self.init(words: words)
    }

    /// The state in which R's `set.seed(seed, kind = "L'Ecuyer-CMRG")` leaves its generator.
    ///
    /// R spreads the seed with the linear congruential generator 69069 x + 1 modulo 2^32: 50 steps are thrown
    /// away, then each step gives a word, and steps that give `m2` or more are left out.
    public init(seed: Int32) {
        var value = UInt32(bitPattern: seed)
        for _ in 0..<50 { value = 69_069 &* value &+ 1 }
        var words: [UInt64] = []
        while words.count < 6 {
            value = 69_069 &* value &+ 1
            if UInt64(value) < Self.m2 { words.append(UInt64(value)) }
        }
        // Three steps of that generator in a row are never all 0, so this is a valid state.
        self.init(words: words)
    }

    /// A state drawn from another generator, each valid state equally likely.
    public init(using generator: inout some RandomNumberGenerator) {
        var words: [UInt64]
        repeat {
            words = (0..<6).map { UInt64.random(in: 0..<($0 < 3 ? Self.m1 : Self.m2), using: &generator) }
        } while words[0..<3].allSatisfy { $0 == 0 } || words[3..<6].allSatisfy { $0 == 0 }
        self.init(words: words)
    }

    private init(words: [UInt64]) {
        (x0, x1, x2) = (words[0], words[1], words[2])
        (y0, y1, y2) = (words[3], words[4], words[5])
    }

    /// The six words of the state, as `init(state:)` takes them.
    public var state: [UInt32] { [x0, x1, x2, y0, y1, y2].map { UInt32(truncatingIfNeeded: $0) } }

    // MARK: Draws

    /// The next integer, each of 1…m1 equally likely over the period.
    @inline(__always)
    private mutating func draw() -> UInt64 {
        // Products stay below 2^53, so nothing overflows; remainders of negative numbers are negative.
        var x = (1_403_580 &* Int64(bitPattern: x1) &- 810_728 &* Int64(bitPattern: x0)) % Int64(Self.m1)
        if x < 0 { x &+= Int64(Self.m1) }
        (x0, x1, x2) = (x1, x2, UInt64(bitPattern: x))
        var y = (527_612 &* Int64(bitPattern: y2) &- 1_370_589 &* Int64(bitPattern: y0)) % Int64(Self.m2)
        if y < 0 { y &+= Int64(Self.m2) }
        (y0, y1, y2) = (y1, y2, UInt64(bitPattern: y))
        return UInt64(bitPattern: x > y ? x &- y : x &- y &+ Int64(Self.m1))
    }

    /// The next number between 0 and 1, both excluded: RngStreams' `RandU01`, and what R's `runif(1)` gives
    /// in the same state. It has 32 bits of resolution; `Double.random(in:using:)` has all 53.
    public mutating func nextUnit() -> Double { Double(draw()) * Self.norm }

    /// The next 64 bits, each of the 2^64 values equally likely.
    ///
    /// A draw has m1 values, a little fewer than 2^32, so two of them cannot give 64 even bits. Three give
    /// 22 high bits each: a draw is cut into 2^22 classes of 1023 neighbours, and the few draws beyond the
    /// last whole class (one in a thousand) are drawn again. Two of the 66 bits are left over.
    public mutating func next() -> UInt64 {
        let first = highBits()
        let second = highBits()
        return first << 42 | second << 20 | highBits() >> 2
    }

    /// 22 even bits.
    @inline(__always)
    private mutating func highBits() -> UInt64 {
        while true {
            let value = draw() &- 1
            if value < 1023 << 22 { return value / 1023 }
        }
    }

    // MARK: Streams

    /// The beginning of the next stream, 2^127 steps from this state: R's `nextRNGStream`.
    public func advancedToNextStream() -> MRG32k3a { jumped(by: JumpMatrices.stream) }

    /// The beginning of the stream `count` streams on, in time that grows with the logarithm of `count`.
    public func advancedByStreams(_ count: UInt64) -> MRG32k3a {
        if count <= 8 {
            var state = self
            for _ in 0..<count { state = state.advancedToNextStream() }
            return state
        }
        return jumped(by: JumpMatrices.stream.power(count))
    }

    /// The beginning of the next substream, 2^76 steps from this state: R's `nextRNGSubStream`. A stream has
    /// 2^51 of them, for somebody who needs several independent sequences within one task.
    public func nextSubstream() -> MRG32k3a { jumped(by: JumpMatrices.substream) }

    private func jumped(by matrices: JumpMatrices) -> MRG32k3a {
        let x = matrices.first.times(x0, x1, x2, modulo: Self.m1)
        let y = matrices.second.times(y0, y1, y2, modulo: Self.m2)
        return MRG32k3a(words: [x.0, x.1, x.2, y.0, y.1, y.2])
    }
}
