import Foundation
import HayateJournal

/// What a session that does not run has in its directory.
struct StoredSession: Sendable, Equatable {
    var submissions = 0
    var unfinished = 0
    var outcomes = 0
    /// On disk.
    var bytes: Int64 = 0

    init() {}

    /// - Throws: `JournalError` if the journal cannot be read.
    init(at path: String) throws {
        bytes = Self.size(of: path)
        guard FileManager.default.fileExists(atPath: path + "/journal.sqlite") else { return }
        let journal = try Journal(at: path)
        defer { journal.close() }
        let contents = try journal.recover()
        submissions = contents.submissions.count
        unfinished = contents.tasks.count
        outcomes = contents.ended.values.reduce(0) { $0 + $1.returned + $1.failed }
    }

    var isEmpty: Bool { unfinished == 0 && outcomes == 0 }

    private static func size(of path: String) -> Int64 {
        guard let files = FileManager.default.enumerator(atPath: path) else { return 0 }
        var bytes: Int64 = 0
        for case let file as String in files {
            var status = stat()
            if lstat(path + "/" + file, &status) == 0 { bytes += Int64(status.st_size) }
        }
        return bytes
    }
}
