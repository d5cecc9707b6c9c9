/// What a session must not forget, on disk.
///
/// Records are written by a thread of its own, many in one transaction. `then` of an append is called on that thread
/// when the records and all before them are on disk, in the order of the appends.
public final class Journal: Sendable {
    /// Opens the journal in this directory, or makes one, and holds its lock until `close`.
    /// - Throws: `JournalError`: somebody else has it, the file system cannot lock, it is damaged, of a later version.
    public init(at directory: String, options: JournalOptions = JournalOptions()) throws(JournalError) {
        fatalError("comes next")
    }

    /// Everything that the next host must know. To be called once, before the first append.
    public func recover() throws(JournalError) -> JournalContents { fatalError("comes next") }

    /// Adds records. Never blocks. With a failed journal `then` gets the error at once.
    public func append(
        _ records: [JournalRecord], then: @escaping @Sendable (Result<Void, JournalError>) -> Void
    ) { fatalError("comes next") }

    /// Whether it takes what is written: `.full` heals by itself, `.failed` does not.
    public var condition: JournalCondition { fatalError("comes next") }

    /// Outcomes of a submission by element, from this one on, at most `limit`, and no more bytes than `bytes` but for
    /// the first.
    public func outcomes(
        of submission: UInt32, from element: UInt32, limit: Int, bytes: Int
    ) throws(JournalError) -> [JournalOutcome] { fatalError("comes next") }

    /// Outcomes in the order in which they were recorded, behind this number, of one submission or of all.
    public func outcomes(
        after number: Int64, of submission: UInt32?, limit: Int, bytes: Int
    ) throws(JournalError) -> [JournalOutcome] { fatalError("comes next") }

    /// A task as it was accepted, finished or not; nil: unknown.
    public func task(_ key: TaskKey) throws(JournalError) -> JournalTask? { fatalError("comes next") }

    /// Bytes on disk.
    public var size: Int64 { fatalError("comes next") }

    /// Writes what is left and lets go of the lock. Blocks.
    public func close() { fatalError("comes next") }
}

public struct JournalOptions: Hashable, Sendable {
    /// Bodies of outcomes from so many bytes on are files beside the database.
    public var fileBytes = 64 << 10
    /// Bytes on disk beyond which nothing more is accepted.
    public var mostBytes: Int64 = 16 << 30
    /// Bytes that are kept free for outcomes when the disk is full.
    public var reserveBytes: Int64 = 4 << 20
    /// Whether records that are damaged are left out, with a report, instead of refusing to open.
    public var acceptsGaps = false

    public init() {}
}

public enum JournalCondition: Hashable, Sendable {
    case well
    /// No room: outcomes are still kept as long as the reserve lasts, and wait then; nothing is to be accepted.
    case full(String)
    /// Nothing is written any more until the session is started again.
    case failed(String)
}

/// What was in a journal when it was opened.
public struct JournalContents: Sendable {
    public var submissions: [JournalSubmission] = []
    /// Unfinished tasks by key, with what is known of their progress.
    public var tasks: [(JournalTask, JournalProgress?)] = []
    public var daemons: [JournalDaemon] = []
    public var notes: [String: [UInt8]] = [:]
    /// How many outcomes of each submission there are: returned, and others.
    public var ended: [UInt32: (returned: Int, failed: Int)] = [:]
    /// What was damaged and left out, a sentence each.
    public var gaps: [String] = []

    public init() {}
}

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
