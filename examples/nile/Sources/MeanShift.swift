import Foundation

/// A series of independent normal values whose mean changes once, at a known place.
///
/// The values before and after the change share one variance, which is estimated too. This is the
/// model of Cobb (1978) for the flow of the Nile.
struct MeanShift {
    /// Where the second part begins: `split` values lie before the change.
    let split: Int
    let meanBefore: Double
    let meanAfter: Double
    /// The logarithm of the likelihood at the best means and variance.
    let logLikelihood: Double

    /// Fits the two means to `values`; `nil` if a part would be empty.
    init?(_ values: [Double], split: Int) {
        guard split > 0, split < values.count else { return nil }
        let before = Moments(values[..<split])
        let after = Moments(values[split...])
        self.split = split
        meanBefore = before.mean
        meanAfter = after.mean
        logLikelihood = normalLogLikelihood(
            sumOfSquares: before.sumOfSquares + after.sumOfSquares, count: values.count)
    }

    /// The most likely change in `values`, the earliest of equals; `nil` for fewer than two values.
    static func best(in values: [Double]) -> MeanShift? {
        var best: MeanShift?
        for split in values.indices.dropFirst() {
            guard let candidate = MeanShift(values, split: split) else { continue }
            if let soFar = best, soFar.logLikelihood >= candidate.logLikelihood { continue }
            best = candidate
        }
        return best
    }

    /// Twice the logarithm of the likelihood ratio of one change at the best place to no change.
    static func maximumStatistic(in values: [Double]) -> Double {
        guard let best = best(in: values) else { return 0 }
        return 2 * (best.logLikelihood - logLikelihoodWithoutChange(of: values))
    }

    /// The logarithm of the likelihood of one mean for all `values`.
    static func logLikelihoodWithoutChange(of values: [Double]) -> Double {
        normalLogLikelihood(
            sumOfSquares: Moments(values[...]).sumOfSquares, count: values.count)
    }

    /// What the fit leaves of `values`: each minus the mean of its part.
    func residuals(of values: [Double]) -> [Double] {
        values.enumerated().map { index, value in
            value - (index < split ? meanBefore : meanAfter)
        }
    }
}

/// The smallest and the largest of what is left when `1 - coverage` of the values are cut off,
/// half of it at either end; `nil` for no values. `coverage` is above 0 and at most 1.
func percentileInterval(of values: [Int], coverage: Double) -> ClosedRange<Int>? {
    guard !values.isEmpty else { return nil }
    let sorted = values.sorted()
    let cut = Int(Double(sorted.count) * (1 - coverage) / 2)
    return sorted[cut]...sorted[sorted.count - 1 - cut]
}

/// The p-value of a permutation test. The series as observed counts as one of its own permutations,
/// so it is never 0.
func permutationProbability(of observed: Double, among permuted: [Double]) -> Double {
    let asExtreme = permuted.count { $0 >= observed }
    return Double(1 + asExtreme) / Double(1 + permuted.count)
}

/// Mean and sum of squared deviations from it.
private struct Moments {
    let mean: Double
    let sumOfSquares: Double

    init(_ values: ArraySlice<Double>) {
        let mean = values.reduce(0, +) / Double(values.count)
        self.mean = mean
        sumOfSquares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    }
}

/// The logarithm of the likelihood of `count` normal values at their most likely variance.
private func normalLogLikelihood(sumOfSquares: Double, count: Int) -> Double {
    let count = Double(count)
    return -count / 2 * (log(2 * Double.pi * sumOfSquares / count) + 1)
}
