import GRDBSQLite

/// Why a journal cannot be used, in one sentence with the remedy.
public struct JournalError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, Hashable, Sendable {
        /// Another host has it.
        case locked
        /// The file system cannot lock or synchronize.
        case unsuitable
        case damaged
        /// Written by a later version.
        case version
        case full
        case failed
        case closed
    }

    public var code: Code
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}

// MARK: sentences

extension JournalError {
    static func closed(_ path: String) -> JournalError {
        JournalError(.closed, "The session's journal \(path) is closed: start the session again")
    }

    static func full(_ path: String, _ failure: StoreFailure) -> JournalError {
        JournalError(
            .full,
            "There is no room for the session's journal \(path) (\(failure.reason)): make room there, and it "
                + "goes on by itself")
    }

    static func failed(_ path: String, _ failure: StoreFailure) -> JournalError {
        JournalError(
            .failed,
            "The session's journal \(path) could not be written (\(failure.reason)), and nothing more is recorded: "
                + "look after its disk and start the session again")
    }

    static func gone(_ path: String) -> JournalError {
        JournalError(
            .failed,
            "The session's journal \(path) is not there any more, and nothing more is recorded: leave its directory "
                + "alone and start the session again")
    }

    static func damaged(_ path: String, _ failure: StoreFailure) -> JournalError {
        JournalError(
            .damaged,
            "The session's journal \(path) is damaged (\(failure.reason)): copy the directory, look after the disk, "
                + "and start the session again with gaps accepted, which leaves out what is damaged")
    }

    /// What went wrong when something was to be read.
    static func reading(_ path: String, _ failure: StoreFailure) -> JournalError {
        if failure.isDamage { return .damaged(path, failure) }
        if failure.isFull { return .full(path, failure) }
        return JournalError(
            .failed, "The session's journal \(path) could not be read (\(failure.reason)): look after its disk")
    }

    /// What went wrong when it was opened.
    static func opening(_ path: String, _ failure: StoreFailure) -> JournalError {
        switch failure.code & 0xff {
        case SQLITE_BUSY, SQLITE_LOCKED:
            JournalError(.locked, "Another program has the session's journal \(path) open: end it, and try again")
        case SQLITE_CANTOPEN, SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH:
            JournalError(
                .unsuitable,
                "The session's journal \(path) cannot be opened for writing (\(failure.reason)): make it writable, or "
                    + "set HAYATE_STATE to another directory")
        default: .reading(path, failure)
        }
    }
}
