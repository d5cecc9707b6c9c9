import Foundation
import HayateJournal
import HayateTestRecords
import Testing

@Suite struct LockTests {
    @Test("a second host is refused, in this process and in another, and is told who has the session")
    func second() throws {
        try withTemporaryDirectory { directory in
            let journal = try Journal(at: directory)
            for _ in 0..<3 {
                #expect { try Journal(at: directory) } throws: { error in
                    let error = error as? JournalError
                    return error?.code == .locked && error?.message.contains("hosted by \(getpid()) on ") == true
                }
            }
            let other = try WriterProcess.run(directory, seed: 1, to: 3)
            #expect(other.refusal?.hasPrefix("no locked The session is hosted by \(getpid()) on ") == true)
            #expect(other.confirmed.isEmpty)
            // The refused ones have not taken anything from the first.
            try journal.write(.submission(.sample(1)))
            journal.close()
            let next = try WriterProcess.run(directory, seed: 1, to: 3)
            #expect(next.hasEnded && next.refusal == nil)
        }
    }

    @Test("a fresh lock of another machine is believed where locks do not reach, and an old one is not")
    func otherMachine() throws {
        try withTemporaryDirectory { directory in
            try Journal(at: directory).close()
            let lock = directory + "/journal.lock"
            func holder(_ machine: String, boot: String, secondsAgo: Double) throws {
                try Data("\(machine)\n4711\n\(boot)\n1700000000\n".utf8).write(to: URL(fileURLWithPath: lock))
                try FileManager.default.setAttributes(
                    [.modificationDate: Date(timeIntervalSinceNow: -secondsAgo)], ofItemAtPath: lock)
            }
            try holder("login2.example", boot: "another", secondsAgo: 5)
            #expect { try Journal(at: directory) } throws: { error in
                let error = error as? JournalError
                return error?.code == .locked && error?.message.contains("4711 on login2.example") == true
                    && error?.message.contains("try again in 5") == true
            }
            try holder("login2.example", boot: "another", secondsAgo: 62)
            try Journal(at: directory).close()
            // This machine, before it was started again.
            var name = [CChar](repeating: 0, count: 256)
            gethostname(&name, 255)
            let machine = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            try holder(machine, boot: "before", secondsAgo: 1)
            try Journal(at: directory).close()
            // Another container of this machine, whose locks would reach.
            let boot = try String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
            try holder("container", boot: boot.trimmingCharacters(in: .newlines), secondsAgo: 1)
            let journal = try Journal(at: directory)
            let text = try String(contentsOfFile: lock, encoding: .utf8)
            #expect(text.hasPrefix("\(machine)\n\(getpid())\n\(boot)"))
            journal.close()
            try Data("something else\n".utf8).write(to: URL(fileURLWithPath: lock))
            try Journal(at: directory).close()
        }
    }

    @Test("only its owner can read what is there")
    func modes() throws {
        try withTemporaryDirectory { parent in
            let directory = parent + "/journal"
            var options = JournalOptions()
            options.fileBytes = 10
            let journal = try Journal(at: directory, options: options)
            defer { journal.close() }
            try journal.write(.submission(.sample(1)), .accepted(.sample(1, 0)), .outcome(.sample(1, 0)))
            for path in try FileManager.default.subpathsOfDirectory(atPath: directory) + ["."] {
                var status = stat()
                try #require(stat(directory + "/" + path, &status) == 0)
                #expect(status.st_mode & 0o077 == 0, "\(path)")
            }
        }
    }

    @Test("a journal of a later version is refused with a sentence, and what is none as well")
    func version() throws {
        try withTemporaryDirectory { directory in
            let journal = try Journal(at: directory)
            try journal.write(.submission(.sample(1)))
            journal.close()
            let path = directory + "/journal.sqlite"
            let file = try #require(FileHandle(forUpdatingAtPath: path))
            // PRAGMA user_version, in SQLite's header.
            try file.seek(toOffset: 60)
            try file.write(contentsOf: Data([0, 0, 0, 9]))
            try file.close()
            #expect { try Journal(at: directory) } throws: { error in
                let error = error as? JournalError
                return error?.code == .version && error?.message.contains("version 9") == true
            }
            try Data("no database at all, and quite long, as a text of somebody may be".utf8)
                .write(to: URL(fileURLWithPath: path))
            for acceptsGaps in [false, true] {
                var options = JournalOptions()
                options.acceptsGaps = acceptsGaps
                #expect { try Journal(at: directory, options: options) } throws: { error in
                    (error as? JournalError)?.code == .damaged
                }
            }
        }
    }

    @Test("where nothing can be written it is refused with a sentence")
    func unsuitable() throws {
        try withTemporaryDirectory { directory in
            let file = directory + "/file"
            try Data().write(to: URL(fileURLWithPath: file))
            for path in [file, file + "/journal", "/proc/hayate"] {
                #expect { try Journal(at: path) } throws: { error in
                    let error = error as? JournalError
                    return error?.code == .unsuitable && error?.message.contains("HAYATE_STATE") == true
                }
            }
        }
    }
}
