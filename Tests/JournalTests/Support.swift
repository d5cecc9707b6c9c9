import Foundation
import HayateJournal
import Synchronization

/// A directory that goes with the body.
/// - Parameter inMemory: where synchronizing takes no time: whoever only kills processes needs no disk.
func withTemporaryDirectory<Value>(inMemory: Bool = false, _ body: (String) throws -> Value) throws -> Value {
    let memory = inMemory && access("/dev/shm", W_OK) == 0 ? "/dev/shm" : nil
    let directory = "\(memory ?? FileManager.default.temporaryDirectory.path)/hayate-journal-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    return try body(directory)
}

extension Journal {
    /// Returns when they are on disk.
    func write(_ records: JournalRecord...) throws { try write(records) }

    func write(_ records: [JournalRecord]) throws {
        let answer = Mutex<Result<Void, JournalError>?>(nil)
        let done = DispatchSemaphore(value: 0)
        append(records) { result in
            answer.withLock { $0 = result }
            done.signal()
        }
        done.wait()
        try answer.withLock { $0 }?.get()
    }
}
