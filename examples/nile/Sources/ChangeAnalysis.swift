import Foundation

/// What the sweep found, and whether it is what is known of the Nile.
struct ChangeAnalysis: Sendable {
    /// The last year of the old regime.
    var year: Int
    var yearInterval: ClosedRange<Int>
    var meanBefore: Double
    var meanAfter: Double
    /// One log-likelihood per candidate year, in the order of the years.
    var candidates: [(year: Int, logLikelihood: Double)]
    var logLikelihoodWithoutChange: Double
    var probability: Double

    /// The table for the reader: the best candidate years, then the estimates.
    var report: String {
        let best = candidates.sorted { $0.logLikelihood > $1.logLikelihood }.prefix(5)
        var lines = ["last year before   log-likelihood   gain over no change"]
        for candidate in best {
            let gain = candidate.logLikelihood - logLikelihoodWithoutChange
            lines.append(
                String(format: "%16d %16.3f %21.3f", candidate.year, candidate.logLikelihood, gain))
        }
        lines += [
            "",
            "last year before    \(year), 95 % bootstrap interval "
                + "\(yearInterval.lowerBound) to \(yearInterval.upperBound)",
            String(format: "mean flow before    %.2f × 10⁸ m³", meanBefore),
            String(format: "mean flow after     %.2f × 10⁸ m³", meanAfter),
            String(format: "change              %.2f × 10⁸ m³", meanAfter - meanBefore),
            String(format: "p-value             %.4f", probability),
        ]
        return lines.joined(separator: "\n")
    }

    /// What differs from the literature; empty when the answer is the known one.
    var differences: [String] {
        var differences: [String] = []
        if year != 1898 {
            differences.append("The change is after \(year), not after 1898.")
        }
        if abs(meanBefore - 1097.75) > 0.005 {
            differences.append("The mean before the change is \(meanBefore), not 1097.75.")
        }
        if abs(meanAfter - 849.97) > 0.005 {
            differences.append("The mean after the change is \(meanAfter), not 849.97.")
        }
        if probability >= 0.01 {
            differences.append("The p-value is \(probability), not below 0.01.")
        }
        if !yearInterval.contains(1898) || yearInterval.count > 20 {
            differences.append("The interval \(yearInterval) is not a narrow one around 1898.")
        }
        return differences
    }
}
