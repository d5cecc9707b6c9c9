import Dispatch
import GRDB
import Glibc
import Synchronization

/// What a session must not forget, on disk.
///
/// Records are written by a thread of its own, many in one transaction. `then` of an append is called on that thread
/// when the records and all before them are on disk, in the order of the appends.
public final class Journal: Sendable {
    private let queue: DatabaseQueue
    private let store: StoreBox
    private let writer: JournalWriter
    private let status: JournalStatus
    private let path: String

    /// Opens the journal in this directory, or makes one, and holds its lock until `close`.
    ///
    /// Blocks as the disk does, and as long as it takes to check the pages of up to 256 MiB: about a second.
    /// - Throws: `JournalError`: somebody else has it, the file system cannot lock, it is damaged, of a later version.
    public init(at directory: String, options: JournalOptions = JournalOptions()) throws(JournalError) {
        let opened = try OpenedJournal(at: directory, options: options)
        path = directory + "/" + JournalFiles.database
        queue = opened.queue
        store = opened.store
        status = JournalStatus()
        writer = JournalWriter(opened, status: status)
        try writer.start()
    }

    deinit { writer.close() }

    /// Everything that the next host must know. To be called once, before the first append.
    public func recover() throws(JournalError) -> JournalContents {
        try read { store throws(StoreFailure) in try store.recover() }
    }

    /// Adds records: all of them or, if one contradicts what is there, none. Never blocks, and never calls `then` on this
    /// thread: the caller may hold a lock that `then` needs. With a failed or closed journal it gets the error soon.
    public func append(
        _ records: [JournalRecord], then: @escaping @Sendable (Result<Void, JournalError>) -> Void
    ) {
        guard !writer.add(Append(records: records, then: then)) else { return }
        DispatchQueue.global().async { [path] in then(.failure(.closed(path))) }
    }

    /// Whether it takes what is written: `.full` heals by itself, `.failed` does not.
    public var condition: JournalCondition { status.condition }

    /// Outcomes of a submission by element, from this one on, at most `limit`, and no more bytes than `bytes` but for
    /// the first. Blocks while a transaction is being written.
    /// - Throws: one of them is damaged, or cannot be read. With `acceptsGaps` it is left out.
    public func outcomes(
        of submission: UInt32, from element: UInt32, limit: Int, bytes: Int
    ) throws(JournalError) -> [JournalOutcome] {
        try read { store throws(StoreFailure) in
            try store.outcomes(of: submission, from: element, limit: limit, bytes: bytes)
        }
    }

    /// Outcomes in the order in which they were recorded, behind this number, of one submission or of all. Blocks and
    /// throws like the others.
    public func outcomes(
        after number: Int64, of submission: UInt32?, limit: Int, bytes: Int
    ) throws(JournalError) -> [JournalOutcome] {
        try read { store throws(StoreFailure) in
            try store.outcomes(after: number, of: submission, limit: limit, bytes: bytes)
        }
    }

    /// A task as it was accepted, finished or not; nil: unknown. The place of a finished one is 0.
    public func task(_ key: TaskKey) throws(JournalError) -> JournalTask? {
        try read { store throws(StoreFailure) in try store.task(key) }
    }

    /// Bytes on disk, as of the last transaction.
    public var size: Int64 { status.size }

    /// Writes what is left and lets go of the lock. Blocks. Idempotent. Not to be called by a `then`.
    public func close() { writer.close() }

    private func read<Value>(
        _ body: (Store) throws(StoreFailure) -> Value
    ) throws(JournalError) -> Value {
        let result: Result<Value, JournalError> = queue.writeWithoutTransaction { _ in
            guard let store = store.content else { return .failure(.closed(path)) }
            do throws(StoreFailure) {
                return .success(try body(store))
            } catch {
                return .failure(.reading(path, error))
            }
        }
        return try result.get()
    }
}

/// The store, until it is closed. Touched on the database's queue alone, which makes it safe.
final class StoreBox: @unchecked Sendable {
    var content: Store?

    init(_ content: Store) { self.content = content }
}

/// What everybody may ask at any time.
final class JournalStatus: Sendable {
    private let state = Mutex((condition: JournalCondition.well, size: Int64(0)))

    var condition: JournalCondition {
        get { state.withLock { $0.condition } }
        set { state.withLock { $0.condition = newValue } }
    }

    var size: Int64 {
        get { state.withLock { $0.size } }
        set { state.withLock { $0.size = newValue } }
    }
}
