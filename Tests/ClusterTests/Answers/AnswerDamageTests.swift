import HayateCluster
import HayateCore
import Testing

/// Answers that are cut short or have lost lines, from every recording.
@Suite("Damaged answers")
struct AnswerDamageTests {
    static let readers: [(folder: String, kind: SchedulerKind)] = [
        ("slurm", .slurm), ("gridengine", .gridEngine), ("pbspro", .pbsPro), ("torque", .torque), ("lsf", .lsf),
    ]

    /// A job or one element of it.
    private struct Piece: Hashable {
        var job: JobID
        var element: Int?
    }

    private func pieces(_ report: JobReport) -> [Piece] {
        report.elements.isEmpty
            ? [Piece(job: report.job, element: nil)]
            : report.elements.flatMap { $0.prefix(100).map { Piece(job: report.job, element: $0) } }
    }

    private func ended(_ reports: [JobReport]) -> Set<Piece> {
        Set(reports.filter { $0.state.isEnd || $0.end != nil }.flatMap { pieces($0) })
    }

    /// - Returns: how many damaged answers were read.
    private func check(_ recording: Recording, _ reader: any AnswerReader, _ random: inout SplitMix) -> Int {
        let reads = [reader.readStatus, reader.readAccounting]
        let ends = reads.map { ended(reports($0(recording.answer))) }
        var count = 0
        func read(_ output: String, _ what: @autoclosure () -> String) {
            var damaged = recording.answer
            damaged.output = output
            for (read, ends) in zip(reads, ends) {
                let more = ended(reports(read(damaged))).subtracting(ends)
                #expect(more.isEmpty, "\(recording.name), \(what()): \(more)")
                count += 1
            }
        }
        let output = recording.answer.output
        for _ in 0..<40 {
            let length = Int(random.next() % UInt64(max(output.utf8.count, 1)))
            read(String(decoding: output.utf8.prefix(length), as: UTF8.self), "cut after \(length) bytes")
        }
        let lines = output.split(separator: "\n", omittingEmptySubsequences: false)
        for _ in 0..<60 {
            let share = [2, 3, 5, 20][Int(random.next() % 4)] as UInt64
            let seed = random.state
            let kept = lines.filter { _ in random.next() % share != 0 }
            read(kept.joined(separator: "\n"), "each line lost with a chance of 1 in \(share), seed \(seed)")
        }
        return count
    }

    @Test("no answer that is cut short or has lost lines turns a running job into one that has ended",
        arguments: readers)
    func damage(folder: String, kind: SchedulerKind) throws {
        let reader = try #require(ClusterProfile(kind).answerReader)
        var random = SplitMix(state: 20_261_123)
        var count = 0
        // With -D, which is never asked for, a job that was requeued has a row for each start; its first is an end.
        for recording in try Recording.all(folder) where recording.name != "slurm/sacct-requeued" {
            count += check(recording, reader, &random)
        }
        #expect(count > 1000)
    }

    @Test("no answer is a trap, whichever reader gets it", arguments: readers)
    func foreign(folder: String, kind: SchedulerKind) throws {
        for recording in try Recording.all(folder) {
            for (_, other) in Self.readers {
                let reader = try #require(ClusterProfile(other).answerReader)
                _ = reader.readSubmission(recording.answer)
                _ = reader.readSearch(recording.answer, for: "x")
                _ = reader.readCancellation(recording.answer)
                _ = reader.readNodes(recording.answer)
                _ = reader.readStatus(recording.answer)
                _ = reader.readAccounting(recording.answer)
            }
        }
    }
}

/// SplitMix64, so that a failure comes back.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
