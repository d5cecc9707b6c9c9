import Foundation
import HayateJournal
import HayateTestRecords
import Testing

@Suite struct BoundedSizeTests {
    @Test("a removed submission goes with its files and makes room, also across hosts, and others stay")
    func removed() throws {
        try withTemporaryDirectory(inMemory: true) { directory in
            var options = JournalOptions()
            options.fileBytes = 5000
            let journal = try Journal(at: directory, options: options)
            try journal.write((1...2).map { .submission(.sample($0)) })
            for start in stride(from: UInt32(0), to: 10_000, by: 1000) {
                try journal.write((start..<start + 1000).map { .accepted(.sample(1, $0, bytes: 400)) })
            }
            try journal.write((0..<20).flatMap { [.accepted(.sample(2, $0)), .outcome(.sample(2, $0))] })
            try journal.write((0..<5000).map { .outcome(.sample(1, $0, bytes: $0 % 100 == 0 ? 5000 : 10)) })
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory + "/results/1").count == 50)
            journal.close()
            let before = try Self.size(directory)

            let second = try Journal(at: directory, options: options)
            try second.write(.removed(submission: 1))
            // From now on it is gone for everybody, whatever is still to be deleted.
            #expect(try second.outcomes(of: 1, from: 0, limit: 9, bytes: .max).isEmpty)
            #expect(try second.outcomes(after: 0, of: nil, limit: 30, bytes: .max).map(\.key.submission)
                == [UInt32](repeating: 2, count: 20))
            #expect(try second.task(TaskKey(submission: 1, element: 7)) == nil)
            #expect(try second.recover().tasks.isEmpty)
            // What comes late for it is not wanted, and no fault.
            try second.write(.outcome(.sample(1, 9000)))
            second.close()

            let third = try Journal(at: directory, options: options)
            while FileManager.default.fileExists(atPath: directory + "/results/1") { usleep(10_000) }
            while third.size * 4 > before {
                try third.write(.note("some", [1]))
                usleep(10_000)
            }
            #expect(try third.outcomes(of: 2, from: 0, limit: 30, bytes: .max).count == 20)
            third.close()
            #expect(try Self.size(directory) * 4 < before)
        }
    }

    @Test("beyond the bytes that it may have it says so, writes on, and is well again when something was removed")
    func mostBytes() throws {
        try withTemporaryDirectory(inMemory: true) { directory in
            var options = JournalOptions()
            options.mostBytes = 2 << 20
            let journal = try Journal(at: directory, options: options)
            defer { journal.close() }
            try journal.write(.submission(.sample(1)))
            var element = UInt32(0)
            while journal.condition == .well, element < 10_000 {
                try journal.write((element..<element + 100).map { .accepted(.sample(1, $0, bytes: 400)) })
                element += 100
            }
            guard case .full(let message) = journal.condition else {
                Issue.record("it is \(journal.condition)")
                return
            }
            #expect(message.contains("of at most 2097152") && element > 2000)
            try journal.write(.outcome(.sample(1, 0)))
            try journal.write(.removed(submission: 1))
            while journal.condition != .well { usleep(10_000) }
        }
    }

    private static func size(_ directory: String) throws -> Int64 {
        var status = stat()
        try #require(stat(directory + "/journal.sqlite", &status) == 0)
        return Int64(status.st_size)
    }
}
