import Foundation
import HayateJournal
import HayateTestRecords
import Synchronization
import Testing

@Suite struct FailingDiskTests {
    @Test("after a failed synchronization nothing is confirmed any more, and what was confirmed before is there")
    func synchronization() throws {
        var failures = 0
        for at in [1, 2, 3, 5, 8, 13, 21, 34, 40, 55] {
            try withTemporaryDirectory(inMemory: true) { directory in
                if try Self.run(directory, kind: "sync", at: at, appends: 300) { failures += 1 }
            }
        }
        #expect(failures >= 4)
    }

    @Test("in a directory that becomes read-only, 10 times, nothing is confirmed any more, and nothing is lost")
    func readOnly() throws {
        var failures = 0
        for round in 0..<10 {
            try withTemporaryDirectory(inMemory: true) { directory in
                if try Self.run(directory, kind: "ro", at: 3 + round * 41, appends: 300) { failures += 1 }
            }
        }
        #expect(failures >= 6)
    }

    /// - Returns: whether it failed after it was open.
    private static func run(_ directory: String, kind: String, at: Int, appends: Int) throws -> Bool {
        let place = "\(kind) at \(at)"
        let writer = try WriterProcess.run(
            directory + "/journal", seed: 9, to: appends,
            environment: FaultLibrary.environment(directory + "/journal", kind: kind, at: at))
        #expect(!writer.wasKilled, "\(place)")
        // Confirmed first, refused after, and each answered.
        #expect(writer.confirmed == Array(1..<(1 + writer.confirmed.count)), "\(place)")
        if writer.refusal == nil {
            #expect(writer.confirmed.count + writer.refused.count == appends, "\(place)")
            #expect(writer.refused.map(\.number) == Array((writer.confirmed.count + 1)..<(appends + 1)), "\(place)")
            #expect(writer.refused.allSatisfy { $0.code == "failed" }, "\(place)")
        } else {
            #expect(writer.confirmed.isEmpty, "\(place)")
        }
        _ = try KilledWriterTests.check(
            directory + "/journal", seed: 9, atLeast: writer.confirmed.last ?? 0, place)
        return !writer.refused.isEmpty
    }

    @Test("when its directory vanishes, 10 times, it fails for good")
    func vanished() throws {
        for round in 0..<10 {
            try withTemporaryDirectory(inMemory: round % 2 == 0) { parent in
                let directory = parent + "/journal"
                let journal = try Journal(at: directory)
                try journal.write(.submission(.sample(1)))
                for element in 0..<UInt32(round) { try journal.write(.accepted(.sample(1, element))) }
                if round % 3 == 0 {
                    try FileManager.default.moveItem(atPath: directory, toPath: parent + "/elsewhere")
                } else {
                    try FileManager.default.removeItem(atPath: directory)
                }
                #expect { try journal.write(.note("late", [1])) } throws: { ($0 as? JournalError)?.code == .failed }
                guard case .failed(let message) = journal.condition else {
                    Issue.record("it is \(journal.condition)")
                    return
                }
                #expect(message.contains(directory) && message.contains("not there any more"))
                if round % 2 == 1 {
                    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
                }
                #expect { try journal.write(.note("later", [1])) } throws: { ($0 as? JournalError)?.code == .failed }
                journal.close()
            }
        }
    }

    @Test("with a full disk outcomes are confirmed while the reserve lasts, then wait, and in the end all are there")
    func full() throws {
        try withTemporaryDirectory { directory in
            let script = "mount -t tmpfs -o size=16m none \"$1\" && exec \"$0\" \"$1/journal\" full"
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = ["unshare", "-m", "sh", "-c", script, WriterProcess.program.path, directory]
            let output = Pipe()
            process.standardOutput = output
            process.standardError = output
            try process.run()
            let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            if text.contains("unshare: unshare failed") || text.contains("mount: ") {
                print("The test of a full disk is left out: this user may not mount (\(text))")
                return
            }
            print(text, terminator: "")
            #expect(process.terminationStatus == 0 && text.contains("\nok "), "\(text)")
        }
    }
}
