/// What a step of both recurrences of `MRG32k3a`, or very many steps at once, does to their states: two
/// matrices, each modulo its modulus.
///
/// The published tables of such matrices are powers of the two that make one step, so they are computed here
/// instead of copied: 2^127 steps are 127 squarings.
struct JumpMatrices: Sendable {
    var first: Matrix3
    var second: Matrix3

    /// One step: the recurrences x[n] = 1403580 x[n-2] - 810728 x[n-3] modulo m1, and
    /// y[n] = 527612 y[n-1] - 1370589 y[n-3] modulo m2.
    static let step = JumpMatrices(
        first: Matrix3(lastRow: (MRG32k3a.m1 - 810_728, 1_403_580, 0)),
        second: Matrix3(lastRow: (MRG32k3a.m2 - 1_370_589, 0, 527_612)))

    /// 2^76 steps.
    static let substream = step.squared(times: 76)
    /// 2^127 steps.
    static let stream = substream.squared(times: 127 - 76)

    private func squared(times: Int) -> JumpMatrices {
        var result = self
        for _ in 0..<times { result = result.times(result) }
        return result
    }

    private func times(_ other: JumpMatrices) -> JumpMatrices {
        JumpMatrices(
            first: first.times(other.first, modulo: MRG32k3a.m1),
            second: second.times(other.second, modulo: MRG32k3a.m2))
    }

    /// This many of these jumps at once; at least one.
    func power(_ exponent: UInt64) -> JumpMatrices {
        var base = self
        var rest = exponent &- 1
        var result = self
        while rest > 0 {
            if rest & 1 == 1 { result = result.times(base) }
            base = base.times(base)
            rest >>= 1
        }
        return result
    }
}

/// A matrix of three rows of numbers below 2^32.
struct Matrix3: Sendable {
    /// Row by row.
    var entries: [UInt64]

    /// The step of a recurrence: the two newer values move up, and this row makes the new one.
    init(lastRow: (UInt64, UInt64, UInt64)) {
        entries = [0, 1, 0, 0, 0, 1, lastRow.0, lastRow.1, lastRow.2]
    }

    func times(_ other: Matrix3, modulo modulus: UInt64) -> Matrix3 {
        var product = self
        for row in 0..<3 {
            for column in 0..<3 {
                // Below 2^64: each factor is below 2^32, and each product is reduced before they are added.
                var sum: UInt64 = 0
                for inner in 0..<3 {
                    sum += entries[3 * row + inner] * other.entries[3 * inner + column] % modulus
                }
                product.entries[3 * row + column] = sum % modulus
            }
        }
        return product
    }

    func times(
        _ a: UInt64, _ b: UInt64, _ c: UInt64, modulo modulus: UInt64
    ) -> (UInt64, UInt64, UInt64) {
        func row(_ row: Int) -> UInt64 {
            (entries[row] * a % modulus + entries[row + 1] * b % modulus
                + entries[row + 2] * c % modulus) % modulus
        }
        return (row(0), row(3), row(6))
    }
}
