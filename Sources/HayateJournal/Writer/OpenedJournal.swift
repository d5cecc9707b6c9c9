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
        try SalvageFiles.finish(in: directory)
        let mark = try CommitMark(at: directory + "/" + JournalFiles.commits)
        do {
            let (queue, store) = try open(database, in: directory, mark: mark, options: options)
            return (queue, store, mark)
        } catch let error where options.acceptsGaps && StoreFailure(error).isDamage {
            let gaps = try SalvageFiles.run(in: directory, mark: mark.content)
            let mark = try CommitMark(at: directory + "/" + JournalFiles.commits)
            let (queue, store) = try open(database, in: directory, mark: mark, options: options)
            store.content?.gaps = gaps
            return (queue, store, mark)
        }
    }

    private static func open(
        _ database: String, in directory: String, mark: CommitMark, options: JournalOptions
    ) throws -> (DatabaseQueue, StoreBox) {
        let queue = try StoreOpening.open(database, mark: mark.content)
        do {
            let store = try queue.writeWithoutTransaction { connection in
                let store = try Store(connection, at: directory, options: options)
                try store.load(mark.content)
                if options.acceptsGaps { try store.verify() }
                try store.sweepFiles()
                try store.settle()
                return StoreBox(store)
            }
            mark.write(store.content?.state.commits ?? 0)
            guard mark.synchronize() else {
                throw StoreFailure(system: errno, "its number of transactions could not be synchronized")
            }
            try ResultFiles.synchronize(directory)
            return (queue, store)
        } catch {
            try? queue.close()
            throw error
        }
    }
}
