import Hayate

// The fields of a task are its arguments: they travel to the daemon, the value of `run` comes back.

/// How well the series is explained by a change after `split` values: a log-likelihood.
struct ShiftLikelihood: RemoteTask {
    var flows: [Double]
    var split: Int

    func run(in context: TaskContext) async throws -> Double {
        guard let shift = MeanShift(flows, split: split) else { return -.infinity }
        return shift.logLikelihood
    }
}

/// The largest test statistic in a random permutation of the series, where no change can be.
struct PermutedMaximum: RemoteTask {
    var flows: [Double]
    var seed: UInt64

    func run(in context: TaskContext) async throws -> Double {
        var generator = SplitMix64(seed: seed)
        return MeanShift.maximumStatistic(in: flows.shuffled(using: &generator))
    }
}

/// Where the change is found when the residuals of either part are drawn anew from that part.
struct ResampledSplit: RemoteTask {
    var flows: [Double]
    /// Where the change was found in the series as observed.
    var split: Int
    var seed: UInt64

    func run(in context: TaskContext) async throws -> Int {
        guard let shift = MeanShift(flows, split: split) else { return split }
        var generator = SplitMix64(seed: seed)
        let residuals = shift.residuals(of: flows)
        let resampled = residuals.indices.map { index in
            let isBefore = index < split
            let part = isBefore ? residuals[..<split] : residuals[split...]
            let residual = part.randomElement(using: &generator) ?? 0
            return (isBefore ? shift.meanBefore : shift.meanAfter) + residual
        }
        return MeanShift.best(in: resampled)?.split ?? split
    }
}
