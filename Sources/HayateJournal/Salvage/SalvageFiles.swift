import GRDB
import GRDBSQLite
import Glibc

/// The files of a salvage. It may be interrupted at any moment: as long as the new database is not complete, the next
/// one begins anew; then it only takes its place.
enum SalvageFiles {
    private static let complete = "journal.salvaged"

    /// Puts a new database that is complete in its place.
    static func finish(in directory: String) throws(StoreFailure) {
        let salvaged = "\(directory)/\(complete)"
        guard access(salvaged, F_OK) == 0 else { return }
        // The log of the old one would be taken for the new one's.
        guard unlink("\(directory)/\(JournalFiles.log)") == 0 || errno == ENOENT else {
            throw StoreFailure(system: errno, "its log could not be removed")
        }
        try ResultFiles.synchronize(directory)
        guard rename(salvaged, "\(directory)/\(JournalFiles.database)") == 0 else {
            throw StoreFailure(system: errno, "the salvaged one could not be put in its place")
        }
        try ResultFiles.synchronize(directory)
    }

    /// - Returns: what is left out, a sentence each.
    static func run(in directory: String, mark: CommitMark.Content) throws -> [String] {
        let kept = try keep(directory)
        let scratch = "\(directory)/salvage"
        clear(scratch)
        guard mkdir(scratch, 0o700) == 0 else { throw StoreFailure(system: errno, "\(scratch) could not be made") }
        defer { clear(scratch) }

        let new = "\(scratch)/\(JournalFiles.database)"
        let descriptor = open(new, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StoreFailure(system: errno, "\(new) could not be made") }
        close(descriptor)
        let (gaps, commits) = try take(directory, into: new, mark: mark)

        let marks = "\(directory)/\(JournalFiles.commits)"
        unlink(marks)
        let newMark = try CommitMark(at: marks)
        guard newMark.write(commits), newMark.synchronize() else {
            throw StoreFailure(system: errno, "\(marks) could not be written")
        }
        try ResultFiles.synchronize(scratch)
        guard rename(new, "\(directory)/\(complete)") == 0 else {
            throw StoreFailure(system: errno, "\(new) could not be renamed")
        }
        try finish(in: directory)
        return gaps + ["What was there before is kept in \(kept)"]
    }

    private static func take(
        _ directory: String, into new: String, mark: CommitMark.Content
    ) throws -> (gaps: [String], commits: Int64) {
        let source = try StoreOpening.queue("\(directory)/\(JournalFiles.database)")
        defer { try? source.close() }
        let target = try StoreOpening.open(new, mark: .none)
        defer { try? target.close() }
        let files = ResultFiles(at: directory + "/results")
        return try source.writeWithoutTransaction { damaged in
            // With other tables, nothing in them could be believed.
            guard try Schema.isIntact(in: damaged) else {
                throw StoreFailure(code: SQLITE_CORRUPT, message: "its tables are not a journal's, also not with gaps")
            }
            return try target.writeWithoutTransaction { fresh in
                var salvage = Salvage(
                    SalvageSource(database: damaged, files: files), try SalvageTarget(fresh), mark: mark)
                return (try salvage.run(), salvage.commits)
            }
        }
    }

    /// Copies what is there, for people who know more.
    private static func keep(_ directory: String) throws(StoreFailure) -> String {
        var number = 1
        while mkdir("\(directory)/damaged-\(number)", 0o700) != 0 {
            guard errno == EEXIST, number < 1000 else {
                throw StoreFailure(system: errno, "\(directory)/damaged-\(number) could not be made")
            }
            number += 1
        }
        let kept = "\(directory)/damaged-\(number)"
        for file in [JournalFiles.database, JournalFiles.log, JournalFiles.commits] {
            try copy("\(directory)/\(file)", to: "\(kept)/\(file)")
        }
        return kept
    }

    private static func copy(_ path: String, to copy: String) throws(StoreFailure) {
        let source = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard source >= 0 else {
            if errno == ENOENT { return }
            throw StoreFailure(system: errno, "\(path) could not be opened")
        }
        defer { close(source) }
        let target = open(copy, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard target >= 0 else { throw StoreFailure(system: errno, "\(copy) could not be made") }
        defer { close(target) }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = read(source, &buffer, buffer.count)
            if count == 0 { break }
            if count < 0, errno == EINTR { continue }
            guard count > 0,
                buffer.withUnsafeBytes({ FileBytes.write(.init(rebasing: $0[..<count]), to: target) })
            else {
                throw StoreFailure(system: errno, "\(path) could not be copied to \(copy)")
            }
        }
        guard fsync(target) == 0 else { throw StoreFailure(system: errno, "\(copy) could not be synchronized") }
    }

    private static func clear(_ scratch: String) {
        for file in [JournalFiles.database, JournalFiles.log] { unlink("\(scratch)/\(file)") }
        rmdir(scratch)
    }
}
