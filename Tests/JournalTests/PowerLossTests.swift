import Foundation
import HayateJournal
import HayateTestRecords
import Testing

@Suite struct PowerLossTests {
    @Test("when the power fails, whatever is lost since the last synchronization, all that was confirmed is there")
    func powerLoss() throws {
        try withTemporaryDirectory(inMemory: true) { parent in
            let directory = parent + "/journal"
            let log = parent + "/log"
            let writer = try WriterProcess.run(
                directory, seed: 33, to: 250,
                environment: FaultLibrary.environment(directory, kind: "log", at: 0, file: log))
            #expect(writer.confirmed.count == 250 && writer.hasEnded)
            let calls = try LoggedCall.read(log)
            let first = try #require(calls.firstIndex { $0.operation == "!" })
            var random = SeededNumbers(seed: 5)
            var lost = 0
            for round in 0..<100 {
                let cut = first + random.below(calls.count - first)
                var disk = Disk(directory)
                for call in calls[..<cut] { disk.take(call) }
                let failed = parent + "/failed"
                lost += try disk.fail(into: failed, &random)
                _ = try KilledWriterTests.check(
                    failed, seed: 33, atLeast: disk.confirmed, "round \(round), after call \(cut) of \(calls.count)")
                try FileManager.default.removeItem(atPath: failed)
            }
            #expect(lost > 100)
            print("100 power failures, \(lost) writes lost, 0 confirmed appends lost")
        }
    }
}

/// What the library of faults has written down.
private struct LoggedCall {
    var operation: Character
    var path: String
    var offset: Int
    var data: Data

    static func read(_ log: String) throws -> [LoggedCall] {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: log))
        var calls: [LoggedCall] = []
        var place = 0
        func number(_ count: Int) -> Int {
            defer { place += count }
            return (0..<count).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
        }
        while place < bytes.count {
            let operation = Character(UnicodeScalar(bytes[place]))
            place += 1
            let (length, offset, count) = (number(4), number(8), number(8))
            let path = String(decoding: bytes[place..<place + length], as: UTF8.self)
            let data = bytes.subdata(in: place + length..<place + length + count)
            place += length + count
            calls.append(LoggedCall(operation: operation, path: path, offset: offset, data: data))
        }
        return calls
    }
}

/// A disk that keeps what was synchronized, and of all else what it likes.
private struct Disk {
    fileprivate struct File {
        var durable = Data()
        var pending: [LoggedCall] = []
        /// Whether its name is on disk.
        var isNamed = false
        /// Whether that it is gone may not be.
        var isRemoved = false
    }

    private let directory: String
    private var files: [String: File] = [:]
    private(set) var confirmed = 0

    init(_ directory: String) { self.directory = directory }

    mutating func take(_ call: LoggedCall) {
        switch call.operation {
        case "!":
            let words = String(decoding: call.data, as: UTF8.self).split(whereSeparator: \.isWhitespace)
            if words.first == "1" { confirmed = Int(words[1]) ?? 0 }
        case "C":
            if files[call.path]?.isRemoved != false { files[call.path] = File() }
        case "W", "T": files[call.path, default: File()].pending.append(call)
        case "U": files[call.path]?.isRemoved = true
        default:
            if files[call.path] == nil { return takeDirectory(call.path) }
            files[call.path]?.flush()
        }
    }

    private mutating func takeDirectory(_ directory: String) {
        for path in files.keys where path.hasPrefix(directory + "/") {
            if path.dropFirst(directory.count + 1).contains("/") { continue }
            if files[path]?.isRemoved == true { files[path] = nil } else { files[path]?.isNamed = true }
        }
    }

    /// - Returns: how many writes are lost.
    func fail(into target: String, _ random: inout SeededNumbers) throws -> Int {
        var lost = 0
        try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
        for path in files.keys.sorted() where !path.hasSuffix("/journal.lock") {
            guard var file = files[path] else { continue }
            // The name of a new file may be missing, and that of a removed one still there.
            if !file.isNamed || file.isRemoved, random.below(2) == 0 { continue }
            let pending = file.pending
            let share = random.below(4)
            file.pending = pending.filter { _ in random.below(3) < share }
            lost += pending.count - file.pending.count
            file.flush()
            let url = URL(fileURLWithPath: target + path.dropFirst(directory.count))
            let parent = url.deletingLastPathComponent()
            try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
            try file.durable.write(to: url)
        }
        return lost
    }
}

extension Disk.File {
    fileprivate mutating func flush() {
        for call in pending {
            if call.operation == "T" {
                durable = durable.prefix(call.offset) + Data(count: max(0, call.offset - durable.count))
                continue
            }
            let end = call.offset + call.data.count
            if durable.count < end { durable.append(Data(count: end - durable.count)) }
            durable.replaceSubrange(call.offset..<end, with: call.data)
        }
        pending = []
    }
}
