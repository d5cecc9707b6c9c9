import GRDB
import Glibc

/// All that is open while a journal is: made in the order in which it is needed.
struct OpenedJournal {
    let directory: JournalDirectory
    let options: JournalOptions
    let lock: JournalLock
    let mark: CommitMark
    let queue: DatabaseQueue
    let store: StoreBox
    let reserve: Reserve

    var path: String { directory.path + "/" + JournalFiles.database }

    init(at path: String, options: JournalOptions) throws(JournalError) {
        directory = try JournalDirectory(path)
        self.options = options
        lock = try JournalLock(at: path + "/" + JournalFiles.lock, now: directory.now)
        reserve = Reserve(path: path + "/" + JournalFiles.reserve, size: options.reserveBytes)
        let database = path + "/" + JournalFiles.database
        do {
            (queue, store, mark) = try Self.open(database, in: path, options: options)
        } catch {
            lock.release()
            throw error as? JournalError ?? .opening(database, StoreFailure(error))
        }
    }

    private static func open(
        _ database: String, in directory: String, options: JournalOptions
    ) throws -> (DatabaseQueue, StoreBox, CommitMark) {
        // SQLite would make it for others to read.
        let descriptor = Glibc.open(database, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StoreFailure(system: errno, "it could not be made") }
        Glibc.close(descriptor)
        let mark = try CommitMark(at: directory + "/" + JournalFiles.commits)
        let queue = try StoreOpening.open(database, mark: mark.content)
        do {
            let store = try queue.writeWithoutTransaction { connection in
                let store = try Store(connection, at: directory, options: options)
                try store.load(mark.content)
                return store
            }
            mark.write(store.state.commits)
            guard mark.synchronize() else {
                throw StoreFailure(system: errno, "its number of transactions could not be synchronized")
            }
            try ResultFiles.synchronize(directory)
            return (queue, StoreBox(store), mark)
        } catch {
            try? queue.close()
            throw error
        }
    }
}
