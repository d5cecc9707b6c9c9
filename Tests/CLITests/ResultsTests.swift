import Foundation
import Hayate
import Testing

@testable import HayateCLI

private func sweep(_ command: [String] = ["c", "{}"], seed: UInt64 = 5) -> SweepDescription {
    SweepDescription(
        command: command, usesShell: false, seed: String(seed), inputs: "", columns: ["input1"],
        created: "", updated: "")
}

private func open(
    _ directory: String, _ description: SweepDescription = sweep(), seed: UInt64? = nil,
    fresh: Bool = false
) throws -> ResultsStore {
    try ResultsStore(
        directory: directory, sweep: description, requestedSeed: seed, isFresh: fresh)
}

/// Records one element as a run does, unless it is there already.
private func add(
    _ store: ResultsStore, _ index: Int, _ value: String, _ outcome: ElementOutcome
) throws -> OutcomeRecord? {
    let element = InputElement(index: index, values: [value])
    let (key, earlier) = store.identify(element, arguments: ["c", value])
    if let earlier { return earlier }
    _ = try store.record(
        OutcomeRecord(element: element, key: key, seed: 1, outcome: outcome), outcome)
    return nil
}

@Suite struct ResultsTests {
    @Test func recordsSurviveWritingAndReading() throws {
        var outcome = ElementOutcome(status: .couldNotStart("no \"x\"\n\u{1}\\ é"), attempts: 3)
        outcome.wallTime = .microseconds(1_234_567)
        outcome.peakMemoryBytes = 12
        outcome.started = Date(timeIntervalSince1970: 1_772_366_400.25)
        outcome.ended = Date(timeIntervalSince1970: 951_782_399.999)
        outcome.standardError = CapturedOutput([1, 2], isTruncated: true)
        var record = OutcomeRecord(
            element: InputElement(index: 9, values: ["a,\"b\"", ""]),
            key: ElementKey(arguments: ["x"], values: []), seed: .max, outcome: outcome)
        record.standardErrorPath = "output/0000/000009.err"
        var line = JSONText()
        record.write(to: &line)
        #expect(line.bytes.last == 0x0A && line.bytes.count { $0 == 0x0A } == 1)
        #expect(line.bytes.withUnsafeBufferPointer { OutcomeRecord(line: $0) } == record)
        let object = try JSONSerialization.jsonObject(with: Data(line.bytes)) as? [String: Any]
        #expect(object?["message"] as? String == "no \"x\"\n\u{1}\\ é")
        #expect(object?["started"] as? String == "2026-03-01T12:00:00.250Z")
        #expect(object?["ended"] as? String == "2000-02-28T23:59:59.999Z")
        // Every cut and every changed byte gives a record or nil, and no trap.
        for length in 0..<line.bytes.count {
            _ = line.bytes[..<length].withUnsafeBufferPointer { OutcomeRecord(line: $0) }
            for byte: UInt8 in [0, 0x22, 0x5C, 0x7B, 0xFF] {
                var damaged = line.bytes
                damaged[length] = byte
                _ = damaged.withUnsafeBufferPointer { OutcomeRecord(line: $0) }
            }
        }
    }

    @Test func successesAreFoundAgainWhateverTheirPlace() async throws {
        try await withTemporaryDirectory { base in
            let directory = base + "/r/s"
            do {
                let store = try open(directory)
                #expect(try add(store, 1, "a", .success("A\n")) == nil)
                #expect(try add(store, 2, "b", .failure(3, "bad")) == nil)
                // Equal elements are two elements.
                #expect(try add(store, 3, "a", .success("A2\n")) == nil)
            }
            #expect(try read(directory + "/output/0000/000001.out") == "A\n")
            #expect(try read(directory + "/output/0000/000002.err") == "bad")
            #expect(access(directory + "/output/0000/000001.err", F_OK) != 0)
            do {
                let store = try open(directory)
                #expect(try add(store, 1, "new", .success("N\n")) == nil)
                let first = try add(store, 2, "a", .failure(1))
                #expect(first?.index == 2)
                #expect(first?.standardOutputPath == "output/0000/000001.out")
                #expect(try add(store, 3, "b", .success("B\n")) == nil)
                #expect(try add(store, 4, "a", .failure(1))?.standardOutputBytes == 3)
                #expect(try add(store, 5, "a", .success("third")) == nil)
            }
            // The new first element must not have replaced the output of the old one.
            #expect(try read(directory + "/output/0000/000001.out") == "A\n")
            unlink(directory + "/output/0000/000001.out")
            let store = try open(directory)
            #expect(try add(store, 1, "new", .failure(1))?.isSuccess == true)
            #expect(try add(store, 2, "a", .success("A\n")) == nil, "its output was deleted")
        }
    }

    @Test func unfinishedAndDamagedLinesAreLeftOut() async throws {
        try await withTemporaryDirectory { directory in
            do {
                let store = try open(directory)
                _ = try add(store, 1, "a", .success("A"))
                _ = try add(store, 2, "b", .success("B"))
            }
            let path = directory + "/outcomes.jsonl"
            let whole = try read(path)
            try (whole + "rubbish\n" + whole.prefix(40)).write(
                toFile: path, atomically: false, encoding: .utf8)
            do {
                let store = try open(directory)
                #expect(store.damagedLines == 1)
                #expect(try add(store, 1, "a", .failure(1))?.isSuccess == true)
                _ = try add(store, 3, "c", .success("C"))
            }
            #expect(try read(path).hasPrefix(whole + "rubbish\n{\"index\":3,"))
            // Cut at any byte, the log gives what was whole.
            for length in stride(from: 0, to: whole.utf8.count, by: 7) {
                try Data(whole.utf8.prefix(length)).write(to: URL(filePath: path))
                let lines = whole.utf8.prefix(length).count { $0 == 0x0A }
                let store = try open(directory)
                let found = try [add(store, 1, "a", .success("A")), add(store, 2, "b", .success("B"))]
                #expect(found.count { $0 != nil } == lines)
            }
        }
    }

    @Test func onlyOneRunAtATime() async throws {
        try await withTemporaryDirectory { directory in
            let store = try open(directory)
            let error = #expect(throws: CommandLineError.self) { try open(directory) }
            #expect(error?.message.contains("process \(getpid()) on ") == true)
            withExtendedLifetime(store) {}
        }
    }

    @Test func otherSweepsAreRefused() async throws {
        try await withTemporaryDirectory { directory in
            do { _ = try add(try open(directory), 1, "a", .success("A")) }
            #expect(try open(directory).seed == 5)
            #expect(try open(directory, sweep(seed: 8)).seed == 5, "a random seed gives way")
            let other = #expect(throws: CommandLineError.self) {
                try open(directory, sweep(["d", "a b"]))
            }
            #expect(other?.description.contains("its command is c '{}'; give --results") == true)
            #expect(throws: CommandLineError.self) { try open(directory, sweep(seed: 8), seed: 8) }
            _ = try open(directory, sweep(["d"]), fresh: true)
            #expect(try read(directory + "/outcomes.jsonl").isEmpty)
            #expect(access(directory + "/output", F_OK) != 0)
            #expect(throws: CommandLineError.notResults("/usr/share")) { try open("/usr/share") }
            try "{\"format\":99}".write(
                toFile: directory + "/sweep.json", atomically: false, encoding: .utf8)
            #expect(throws: CommandLineError.newerResults(directory)) { try open(directory) }
        }
    }

    @Test func recordedPathsLeadNowhereElse() {
        for path in ["/etc/passwd", "output/../../x", "output/0000/../x", "output/0/.x", "", "a/b/c",
            "output//x", "output/0000/000001.out/x"]
        {
            #expect(!ResultsLayout.isOutputPath(path), "\(path)")
        }
        #expect(ResultsLayout.isOutputPath("output/0001/001234.0a1b2c3d.out"))
        #expect(ResultsLayout.outputStem(index: 1_234_567, key: nil) == "output/1234/1234567")
    }

    @Test func spillFileGivesBack() throws {
        var spill = SpillFile()
        let first = try spill.store([1, 2, 3])
        let second = try spill.store(Array(repeating: 9, count: 100_000))
        #expect(try spill.take(second).count == 100_000)
        #expect(try spill.take(first) == [1, 2, 3])
        #expect(try spill.store([4]).offset == 0, "an empty one begins anew")
    }
}

@Suite struct SeedTests {
    @Test func seedsAreThoseOfSplitMix64() {
        // The reference outputs of the generator for the seed 1234567.
        let expected: [UInt64] = [
            6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
        ]
        #expect((1...3).map { ElementSeed.seed(sweep: 1_234_567, index: $0) } == expected)
    }

    @Test func keysTellElementsApart() {
        let keys = [
            ElementKey(arguments: ["ab", "c"], values: []), ElementKey(arguments: ["a", "bc"], values: []),
            ElementKey(arguments: ["ab"], values: ["c"]), ElementKey(arguments: [], values: ["ab", "c"]),
            ElementKey(arguments: ["ab", "c"], values: []).occurrence(1),
            ElementKey(arguments: ["ab", "c"], values: []).occurrence(2),
        ]
        #expect(Set(keys).count == keys.count)
        for key in keys { #expect(ElementKey(key.description) == key) }
        #expect(
            ElementKey(arguments: ["a"], values: [], occurrence: 2)
                == ElementKey(arguments: ["a"], values: []).occurrence(2))
    }
}
