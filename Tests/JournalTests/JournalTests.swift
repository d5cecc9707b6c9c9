import Foundation
import HayateJournal
import HayateTestRecords
import Synchronization
import Testing

@Suite struct JournalTests {
    @Test("what was written is there when it is opened again")
    func roundTrip() throws {
        try withTemporaryDirectory { directory in
            let first = try Journal(at: directory)
            let empty = try first.recover()
            #expect(empty.tasks.isEmpty && empty.submissions.isEmpty && empty.daemons.isEmpty && empty.notes.isEmpty)
            try first.write(.submission(.sample(0)), .submission(.sample(7)))
            try first.write((0..<10).map { .accepted(.sample(0, $0)) } + [.accepted(.sample(7, 3, bytes: 100_000))])
            try first.write([0, 1, 4, 9].map { .progress(.sample(0, $0)) })
            try first.write([4, 1, 2].map { .outcome(.sample(0, $0)) })
            let daemon = JournalDaemon(
                session: SessionKey(high: 1, low: .max), launch: .max, name: "n:1", process: 9, description: [1, 2])
            let gone = JournalDaemon(session: SessionKey(high: 2, low: 0), launch: 0, name: "n:2", process: 8)
            try first.write(.daemon(daemon), .daemon(gone), .note("one", [1]), .note("two", [2]))
            try first.write(.received(daemon.session, 5), .daemonGone(gone.session))
            try first.write(.note("one", []), .note("two", [3]))
            first.close()

            let second = try Journal(at: directory)
            let contents = try second.recover()
            #expect(contents.submissions == [.sample(0), .sample(7)])
            let tasks: [JournalTask] = [0, 3, 5, 6, 7, 8, 9].map { .sample(0, $0) } + [.sample(7, 3, bytes: 100_000)]
            #expect(contents.tasks.map(\.0) == tasks)
            #expect(contents.tasks.map(\.1) == [.sample(0, 0), nil, nil, nil, nil, nil, .sample(0, 9), nil])
            var received = daemon
            received.received = 5
            #expect(contents.daemons == [received] && contents.notes == ["two": [3]])
            #expect(contents.ended[0]?.returned == 2 && contents.ended[0]?.failed == 1)
            #expect(contents.ended[7]?.returned == 0 && contents.gaps.isEmpty)
            second.close()
        }
    }

    @Test("outcomes come by element, or by number, within limits; large ones are files")
    func outcomes() throws {
        try withTemporaryDirectory { directory in
            var options = JournalOptions()
            options.fileBytes = 1000
            let journal = try Journal(at: directory, options: options)
            defer { journal.close() }
            try journal.write((1...2).map { .submission(.sample($0)) })
            try journal.write((0..<6).flatMap { [.accepted(.sample(1, $0)), .accepted(.sample(2, $0))] })
            try journal.write(
                .outcome(.sample(1, 5)), .outcome(.sample(2, 0, bytes: 1000)), .outcome(.sample(1, 0, bytes: 999)))
            try journal.write(.outcome(.sample(2, 1, bytes: 50_000)), .outcome(.sample(1, 3)))
            let wanted: [JournalOutcome] = [
                .sample(1, 5, number: 1), .sample(2, 0, bytes: 1000, number: 2), .sample(1, 0, bytes: 999, number: 3),
                .sample(2, 1, bytes: 50_000, number: 4), .sample(1, 3, number: 5),
            ]
            #expect(try journal.outcomes(after: 0, of: nil, limit: 9, bytes: .max) == wanted)
            #expect(try journal.outcomes(after: 2, of: nil, limit: 2, bytes: .max) == Array(wanted[2...3]))
            #expect(try journal.outcomes(after: 2, of: 2, limit: 9, bytes: .max) == [wanted[3]])
            #expect(try journal.outcomes(after: 0, of: 2, limit: 9, bytes: 50_999) == [wanted[1]])
            #expect(try journal.outcomes(after: 0, of: 2, limit: 9, bytes: 51_000) == [wanted[1], wanted[3]])
            #expect(try journal.outcomes(after: 3, of: 2, limit: 9, bytes: 1) == [wanted[3]])
            #expect(try journal.outcomes(of: 1, from: 0, limit: 9, bytes: .max) == [wanted[2], wanted[4], wanted[0]])
            #expect(try journal.outcomes(of: 1, from: 1, limit: 1, bytes: .max) == [wanted[4]])
            #expect(try journal.outcomes(of: 3, from: 0, limit: 9, bytes: .max) == [])
            #expect(try journal.outcomes(after: 0, of: 3, limit: 9, bytes: .max) == [])
            #expect(try FileManager.default.subpathsOfDirectory(atPath: directory + "/results").sorted()
                == ["2", "2/0-2", "2/1-4"])
            let task = try journal.task(TaskKey(submission: 2, element: 5))
            #expect(task == .sample(2, 5))
            var finished = JournalTask.sample(2, 1)
            finished.place = 0
            #expect(try journal.task(finished.key) == finished)
            #expect(try journal.task(TaskKey(submission: 2, element: 6)) == nil)
        }
    }

    @Test("what contradicts the journal is refused, with all of its append and nothing else")
    func refusals() throws {
        try withTemporaryDirectory { directory in
            let journal = try Journal(at: directory)
            try journal.write(.submission(.sample(1)), .accepted(.sample(1, 0)), .accepted(.sample(1, 1)))
            try journal.write(.outcome(.sample(1, 0)))
            let bad: [[JournalRecord]] = [
                [.accepted(.sample(1, 2)), .outcome(.sample(1, 0, bytes: 3))],
                [.accepted(.sample(1, 0))], [.accepted(.sample(2, 0))], [.outcome(.sample(1, 9))],
                [.again(TaskKey(submission: 1, element: 1), place: 3)],
            ]
            for records in bad {
                #expect { try journal.write(records) } throws: { ($0 as? JournalError)?.code == .failed }
            }
            // Together with others, in one transaction.
            let answers = Mutex<[Bool]>([])
            for records in bad + [[.outcome(.sample(1, 1))]] + bad {
                journal.append(records) { result in answers.withLock { $0.append((try? result.get()) != nil) } }
            }
            try journal.write(.note("last", [1]))
            let refused = bad.map { _ in false }
            #expect(answers.withLock { $0 } == refused + [true] + refused.dropLast() + [true])
            journal.close()
            let again = try Journal(at: directory)
            defer { again.close() }
            #expect(try again.outcomes(of: 1, from: 0, limit: 9, bytes: .max).map(\.key.element) == [0])
        }
    }

    @Test("a finished task that is to run again is unfinished, and its outcome and file are gone")
    func again() throws {
        try withTemporaryDirectory { directory in
            var options = JournalOptions()
            options.fileBytes = 100
            let journal = try Journal(at: directory, options: options)
            try journal.write(
                .submission(.sample(1)), .accepted(.sample(1, 4)), .progress(.sample(1, 4)),
                .outcome(.sample(1, 4, bytes: 100)))
            try journal.write(.again(TaskKey(submission: 1, element: 4), place: 99))
            #expect(try journal.outcomes(of: 1, from: 0, limit: 9, bytes: .max) == [])
            #expect(!FileManager.default.fileExists(atPath: directory + "/results/1/4-1"))
            var task = JournalTask.sample(1, 4)
            task.place = 99
            #expect(try journal.task(task.key) == task)
            journal.close()
            let second = try Journal(at: directory, options: options)
            let contents = try second.recover()
            #expect(contents.tasks.map(\.0) == [task] && contents.tasks.map(\.1) == [nil])
            #expect(contents.ended[1]?.returned == 0 && contents.ended[1]?.failed == 0)
            // The number of the outcome that is gone is never given again.
            try second.write(.outcome(.sample(1, 4)))
            #expect(try second.outcomes(of: 1, from: 0, limit: 9, bytes: .max) == [.sample(1, 4, number: 2)])
            second.close()
        }
    }

    @Test("appends are answered in their order, whoever makes them, and nothing after the end")
    func order() throws {
        try withTemporaryDirectory { directory in
            let journal = try Journal(at: directory)
            try journal.write(.submission(.sample(1)))
            let answers = Mutex<[UInt32]>([])
            for element in UInt32(0)..<5000 {
                journal.append([.accepted(.sample(1, element))]) { _ in answers.withLock { $0.append(element) } }
            }
            journal.close()
            #expect(answers.withLock { $0 } == Array(0..<5000))
            #expect { try journal.write(.note("late", [1])) } throws: { ($0 as? JournalError)?.code == .closed }
            #expect { try journal.recover() } throws: { ($0 as? JournalError)?.code == .closed }
            let second = try Journal(at: directory)
            #expect(try second.recover().tasks.map(\.0) == (0..<5000).map { .sample(1, $0) })
            second.close()
        }
    }
}
