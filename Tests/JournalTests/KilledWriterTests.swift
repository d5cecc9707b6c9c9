import Foundation
import HayateJournal
import HayateTestRecords
import Testing

@Suite struct KilledWriterTests {
    @Test("a writer that is killed at any moment, 200 times, leaves all that was confirmed, and nothing that never was")
    func killed() throws {
        var random = SeededNumbers(seed: 0x6b31)
        var confirmations = 0
        for round in 0..<20 {
            try withTemporaryDirectory(inMemory: true) { directory in
                let seed = UInt64(round)
                var from = 0
                for kill in 0..<10 {
                    let writer = try WriterProcess.run(
                        directory, seed: seed, from: from, to: 100_000,
                        killAfter: (random.below(40), UInt32(random.below(8_000))))
                    #expect(writer.wasKilled && writer.refusal == nil && writer.refused.isEmpty)
                    #expect(writer.confirmed == Array((from + 1)..<(from + 1 + writer.confirmed.count)))
                    let sure = writer.confirmed.last ?? from
                    confirmations += writer.confirmed.count
                    from = try Self.check(directory, seed: seed, atLeast: sure, "round \(round), kill \(kill)")
                }
            }
        }
        print("200 kills, \(confirmations) appends confirmed, 0 lost")
    }

    @Test("a writer that dies at any write, whole or torn, leaves all that was confirmed")
    func everyWrite() throws {
        let appends = 300
        let calls = try withTemporaryDirectory(inMemory: true) { directory in
            let count = directory + "/count"
            let writer = try WriterProcess.run(
                directory + "/journal", seed: 4, to: appends,
                environment: FaultLibrary.environment(directory + "/journal", kind: "count", at: 0, file: count))
            #expect(writer.confirmed.count == appends && writer.hasEnded)
            let text = try String(contentsOfFile: count, encoding: .utf8)
            return Int(text.split(separator: " ")[0]) ?? 0
        }
        try #require(calls > 300)
        // Batches differ from run to run, and so do the calls; each place is met in one of them.
        let points = Set((0..<60).map { 1 + $0 * calls / 60 } + Array(1...20)).sorted()
        var deaths = 0
        for point in points {
            for kind in ["kill", "torn"] {
                try withTemporaryDirectory(inMemory: true) { directory in
                    let writer = try WriterProcess.run(
                        directory + "/journal", seed: 4, to: appends,
                        environment: FaultLibrary.environment(directory + "/journal", kind: kind, at: point))
                    if writer.wasKilled { deaths += 1 }
                    let confirmed = writer.confirmed.last ?? 0
                    _ = try Self.check(
                        directory + "/journal", seed: 4, atLeast: confirmed, "\(kind) at call \(point)")
                }
            }
        }
        #expect(deaths > points.count)
        print("\(deaths) deaths at \(points.count) of \(calls) calls, 0 appends lost")
    }

    /// Opens what is left, and compares it with what was appended.
    /// - Returns: how many appends are there.
    static func check(_ directory: String, seed: UInt64, atLeast confirmed: Int, _ place: String) throws -> Int {
        let journal = try Journal(at: directory)
        defer { journal.close() }
        let count = JournalScript.count(in: try journal.recover().notes) ?? 0
        #expect(count >= confirmed, "\(place): \(confirmed) were confirmed and \(count) are there")
        #expect(count <= confirmed + 8, "\(place)")
        var script = JournalScript(seed: seed)
        for _ in 0..<count { _ = script.next() }
        let difference = try script.model.difference(from: journal)
        #expect(difference == nil, "\(place), after \(count) appends")
        return count
    }
}
