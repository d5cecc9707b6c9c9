import Foundation
import Hayate

/// When did the flow of the Nile at Aswan change, and is the change real?
///
/// Usage: NileExample [CSV file]
@main
struct NileExample {
    static let permutations = 2_000
    static let resamples = 1_000

    static func main() async {
        do {
            try await Hayate.main {
                let path = CommandLine.arguments.dropFirst().first ?? "examples/nile/nile.csv"
                let record = try FlowRecord(contentsOf: path)
                let analysis = try await withDaemons(.local(2)) { pool in
                    try await analyse(record, on: pool)
                }
                print(analysis.report)
                guard analysis.differences.isEmpty else {
                    throw UnknownAnswer(differences: analysis.differences)
                }
                print("as known: the flow dropped after 1898")
            }
        } catch {
            FileHandle.standardError.write(Data("NileExample: \(error)\n".utf8))
            exit(1)
        }
    }

    static func analyse(_ record: FlowRecord, on pool: Pool) async throws -> ChangeAnalysis {
        let flows = record.flows

        // One task for every year after which the mean may have changed; results in input order.
        let splits = Array(1..<flows.count)
        let likelihoods = try await pool.map(
            splits.map { ShiftLikelihood(flows: flows, split: $0) }
        ).collect()
        let candidates = zip(splits, likelihoods).map { split, logLikelihood in
            (year: record.lastYear(before: split), logLikelihood: logLikelihood)
        }
        guard let best = zip(splits, likelihoods).max(by: { $0.1 < $1.1 }),
            let shift = MeanShift(flows, split: best.0)
        else { throw FlowRecordError.tooShort }

        // Would the change look as large if the years came in any other order? Only the number of
        // such orders matters, so the results are taken as they come.
        var maxima: [Double] = []
        let permuted = (1...permutations).map {
            PermutedMaximum(flows: flows, seed: UInt64($0))
        }
        for try await result in pool.map(permuted) {
            maxima.append(result.value)
        }

        // How far does the year move when the noise is drawn anew?
        let resampled = (1...resamples).map {
            ResampledSplit(flows: flows, split: shift.split, seed: UInt64(permutations + $0))
        }
        let years = try await pool.map(resampled).collect().map(record.lastYear(before:))
        guard let interval = percentileInterval(of: years, coverage: 0.95) else {
            throw FlowRecordError.tooShort
        }

        return ChangeAnalysis(
            year: record.lastYear(before: shift.split),
            yearInterval: interval,
            meanBefore: shift.meanBefore,
            meanAfter: shift.meanAfter,
            candidates: candidates,
            logLikelihoodWithoutChange: MeanShift.logLikelihoodWithoutChange(of: flows),
            probability: permutationProbability(
                of: MeanShift.maximumStatistic(in: flows), among: maxima))
    }
}

/// The sweep ended, but not with the answer of the literature.
struct UnknownAnswer: Error, CustomStringConvertible {
    var differences: [String]

    var description: String {
        differences.joined(separator: " ")
    }
}
