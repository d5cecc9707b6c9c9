import Glibc
import HayateJournal
import Synchronization

/// What it costs to have tasks on disk before anybody is told that they are accepted.
enum JournalFigures {
    private static let tasks = 100_000
    private static let bodyBytes = 300

    static func measure() async throws {
        var streams: [Double] = []
        var pieces: [Double] = []
        var outcomes: [Double] = []
        var floors: [Double] = []
        var recoveries: [Double] = []
        var queuedBytes = 0.0
        var finishedBytes = 0.0
        for _ in 0..<3 {
            try withDirectory { directory in
                let journal = try begun(directory)
                streams.append(Double(tasks) / elapsed { accept(into: journal, outstanding: 4_096, piece: 64) })
                journal.close()
                queuedBytes = Double(bytes(in: directory)) / Double(tasks)
            }
            try withDirectory { directory in
                let journal = try begun(directory)
                pieces.append(Double(tasks) / elapsed { accept(into: journal, outstanding: 20_000, piece: 10_000) })
                journal.close()
                var again: Journal?
                recoveries.append(
                    try elapsed {
                        again = try Journal(at: directory)
                        guard try again?.recover().tasks.count == tasks else { throw BenchmarkFailure() }
                    })
                guard let again else { return }
                outcomes.append(Double(tasks) / elapsed { end(in: again, outstanding: 4_096, piece: 16) })
                again.close()
                finishedBytes = Double(bytes(in: directory)) / Double(tasks)
            }
            floors.append(try withDirectory { try Double(tasks) / appends(in: $0, piece: 1_024) })
        }
        let floor = floors.median
        let floorName = "the same bytes appended to a file, fdatasync for each 1,024 tasks"
        Metric("journal-accept", streams.median, "tasks/s", floor: floor, floorName: floorName,
               note: "300 bytes a task, 4,096 on their way, 64 an append").emit()
        Metric("journal-accept-pieces", pieces.median, "tasks/s", floor: floor, floorName: floorName,
               note: "10,000 an append, two on their way").emit()
        Metric("journal-outcomes", outcomes.median, "outcomes/s", note: "100 bytes an outcome, 16 an append").emit()
        Metric("journal-recovery-100k", recoveries.median, "s", floor: 5, floorName: "the target").emit()
        Metric(
            "journal-bytes-queued", queuedBytes, "bytes", floor: Double(bodyBytes), floorName: "the arguments"
        ).emit()
        Metric("journal-bytes-finished", finishedBytes, "bytes", floor: Double(bodyBytes + 100),
               floorName: "the arguments and the value").emit()
        let (single, bare) = try withDirectory { try latencies(in: $0) }
        Metric("journal-latency", single, "µs", floor: bare, floorName: "write and fdatasync of 400 bytes").emit()
    }

    private struct BenchmarkFailure: Error {}

    private static func begun(_ directory: String) throws -> Journal {
        let journal = try Journal(at: directory)
        journal.append([.submission(JournalSubmission(number: 0, name: "sweep", created: 0))]) { _ in }
        return journal
    }

    private static func key(_ element: Int) -> TaskKey { TaskKey(submission: 0, element: UInt32(element)) }

    // MARK: what is measured

    /// Returns when all are on disk.
    private static func accept(into journal: Journal, outstanding: Int, piece: Int) {
        let body = [UInt8](repeating: 7, count: bodyBytes)
        send(tasks / piece + (tasks % piece == 0 ? 0 : 1), outstanding: max(1, outstanding / piece)) { number, done in
            let elements = number * piece..<min(tasks, (number + 1) * piece)
            let records = elements.map { element in
                JournalRecord.accepted(
                    JournalTask(key: key(element), place: UInt64(element) << 32, type: "Element", body: body))
            }
            journal.append(records, then: done)
        }
    }

    private static func end(in journal: Journal, outstanding: Int, piece: Int) {
        let body = [UInt8](repeating: 9, count: 100)
        send(tasks / piece, outstanding: outstanding / piece) { number, done in
            let records = (number * piece..<(number + 1) * piece).map { element in
                JournalRecord.outcome(
                    JournalOutcome(
                        key: key(element), status: 0, body: body, daemon: "node:\(element % 16)",
                        ended: Int64(element)))
            }
            journal.append(records, then: done)
        }
    }

    /// Makes so many appends, as many at a time as told, and waits for all.
    private static func send(
        _ count: Int, outstanding: Int,
        _ append: (Int, @escaping @Sendable (Result<Void, JournalError>) -> Void) -> Void
    ) {
        let room = Room(outstanding)
        for number in 0..<count {
            room.enter()
            append(number) { result in
                if case .failure(let error) = result { fatalError(error.message) }
                room.leave()
            }
        }
        for _ in 0..<outstanding { room.enter() }
    }

    /// Medians in µs: one task accepted after the other, and a bare write.
    private static func latencies(in directory: String) throws -> (journal: Double, bare: Double) {
        let journal = try begun(directory + "/journal")
        let body = [UInt8](repeating: 7, count: bodyBytes)
        let room = Room(1)
        var samples: [Double] = []
        var bare: [Double] = []
        let descriptor = open(directory + "/bare", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        defer { close(descriptor) }
        let bytes = [UInt8](repeating: 1, count: 400)
        for element in 0..<500 {
            var start = Floor.microseconds()
            room.enter()
            journal.append([.accepted(JournalTask(key: key(element), place: 0, type: "Element", body: body))]) { _ in
                room.leave()
            }
            room.enter()
            room.leave()
            samples.append(Floor.microseconds() - start)
            start = Floor.microseconds()
            let written = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, 400) }
            guard written == 400, fdatasync(descriptor) == 0 else { throw BenchmarkFailure() }
            bare.append(Floor.microseconds() - start)
        }
        journal.close()
        return (samples.median, bare.median)
    }

    /// Seconds that the bytes of all tasks take by themselves.
    private static func appends(in directory: String, piece: Int) throws -> Double {
        let descriptor = open(directory + "/bare", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        defer { close(descriptor) }
        let bytes = [UInt8](repeating: 1, count: (bodyBytes + 30) * piece)
        return try elapsed {
            for _ in 0..<tasks / piece {
                let written = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
                guard written == bytes.count, fdatasync(descriptor) == 0 else { throw BenchmarkFailure() }
            }
        }
    }

    // MARK: helpers

    private static func elapsed(_ body: () throws -> Void) rethrows -> Double {
        let start = Floor.microseconds()
        try body()
        return (Floor.microseconds() - start) / 1e6
    }

    private static func withDirectory<Value>(_ body: (String) throws -> Value) throws -> Value {
        var template = Array("/tmp/hayate-bench-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw BenchmarkFailure() }
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { remove(path) }
        return try body(path)
    }

    private static func files(in directory: String) -> [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var paths: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { paths.append(directory + "/" + name) }
        }
        return paths
    }

    /// The reserve does not grow with the tasks.
    private static func bytes(in directory: String) -> Int {
        var status = stat()
        return files(in: directory).filter { !$0.hasSuffix("/reserve") }
            .reduce(0) { $0 + (stat($1, &status) == 0 ? Int(status.st_size) : 0) }
    }

    private static func remove(_ directory: String) {
        for path in files(in: directory) where unlink(path) != 0 { remove(path) }
        rmdir(directory)
    }
}

/// So many may be inside; others wait. A semaphore is for many threads.
private final class Room: @unchecked Sendable {
    private let semaphore: UnsafeMutablePointer<sem_t>

    init(_ count: Int) {
        semaphore = .allocate(capacity: 1)
        sem_init(semaphore, 0, UInt32(count))
    }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    func enter() { while sem_wait(semaphore) != 0 {} }

    func leave() { sem_post(semaphore) }
}
