import Foundation
import HayateJournal
import HayateTestRecords
import Synchronization

/// Fills the disk that the journal is on, which is small, and sees what becomes of outcomes. Prints what happened, and
/// "ok" if that is what must.
struct FullDisk {
    private let directory: String
    private let journal: Journal
    private var accepted: UInt32 = 0
    private let ballast: String
    private let filler: String

    struct Fault: Error { var text: String }

    init(_ directory: String) throws {
        self.directory = directory
        let parent = directory.dropLast("/journal".count)
        (ballast, filler) = (parent + "/ballast", parent + "/filler")
        guard FileManager.default.createFile(atPath: ballast, contents: Data(count: 5 << 20)) else {
            throw Fault(text: "there is no room for the ballast")
        }
        var options = JournalOptions()
        options.reserveBytes = 1 << 20
        journal = try Journal(at: directory, options: options)
    }

    mutating func run() throws {
        try write([.submission(.sample(0))])
        while journal.condition == .well {
            try write([.accepted(.sample(0, accepted, bytes: 3000))])
            accepted += 1
        }
        guard case .full(let message) = journal.condition else { throw Fault(text: "\(journal.condition)") }
        print("full after \(accepted) tasks: \(message)")

        // Small ones fit into what was reserved.
        let first = accepted / 4
        for element in 0..<first { try write([.outcome(.sample(0, element))]) }
        guard case .full = journal.condition else { throw Fault(text: "it was full and is \(journal.condition)") }
        print("\(first) outcomes were confirmed while it was full")

        fill()
        let rest = DispatchGroup()
        let confirmed = Mutex(0)
        let failures = Mutex<[JournalError]>([])
        let last = first + 30
        // Files, which need room that nothing else leaves them.
        for element in first..<last {
            rest.enter()
            journal.append([.outcome(.sample(0, element, bytes: 70_000))]) { result in
                switch result {
                case .success: confirmed.withLock { $0 += 1 }
                case .failure(let error): failures.withLock { $0.append(error) }
                }
                rest.leave()
            }
        }
        // Some may still have fitted in.
        _ = rest.wait(timeout: .now() + 2)
        let early = confirmed.withLock { $0 }
        print("\(early) of \(last - first) more were confirmed without any room")
        guard early < Int(last - first) else { throw Fault(text: "the disk was not full") }
        unlink(filler)
        unlink(ballast)
        rest.wait()
        guard failures.withLock({ $0.isEmpty }) else { throw Fault(text: "\(failures.withLock { $0[0] })") }
        while journal.condition != .well { usleep(20_000) }
        try write([.accepted(.sample(0, accepted))])
        journal.close()
        try check(first, last)
        print("ok \(last) outcomes are there, and it healed")
    }

    private func check(_ first: UInt32, _ last: UInt32) throws {
        let again = try Journal(at: directory)
        defer { again.close() }
        let outcomes = try again.outcomes(of: 0, from: 0, limit: .max, bytes: .max)
        let wanted = (0..<last).map {
            JournalOutcome.sample(0, $0, bytes: $0 < first ? 20 : 70_000, number: Int64($0) + 1)
        }
        guard outcomes == wanted else { throw Fault(text: "\(outcomes.count) outcomes are there, or others") }
        let tasks = (last..<accepted).map { JournalTask.sample(0, $0, bytes: 3000) } + [.sample(0, accepted)]
        guard try again.recover().tasks.map(\.0) == tasks else {
            throw Fault(text: "the unfinished tasks are not there, or others")
        }
    }

    private func write(_ records: [JournalRecord]) throws {
        let answer = Mutex<Result<Void, JournalError>?>(nil)
        let done = DispatchSemaphore(value: 0)
        journal.append(records) { result in
            answer.withLock { $0 = result }
            done.signal()
        }
        done.wait()
        try answer.withLock { $0 }?.get()
    }

    private func fill() {
        let descriptor = open(filler, O_WRONLY | O_CREAT, 0o600)
        defer { close(descriptor) }
        let bytes = [UInt8](repeating: 1, count: 4096)
        while Glibc.write(descriptor, bytes, bytes.count) > 0 {}
    }
}
