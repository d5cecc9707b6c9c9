import GRDB
import GRDBSQLite
import Glibc

/// What the writer's thread does. Touched by that thread alone.
final class WriterWork: @unchecked Sendable {
    /// Bounds of a transaction: whoever reads waits for it.
    private static let mostRecords = 16_384
    private static let mostBytes = 8 << 20

    private let opened: OpenedJournal
    private let inbox: Inbox
    private let status: JournalStatus
    private let database: FileIdentity?
    private let log: FileIdentity?

    /// Taken and not on disk.
    private var appends: [Append] = []
    private var touched: Int64 = 0
    private var hasMoreToRemove = true
    /// The disk is full, or was and has not room for the reserve yet.
    private var isDiskFull = false
    private var failure: JournalError?

    init(_ opened: OpenedJournal, inbox: Inbox, status: JournalStatus) {
        self.opened = opened
        self.inbox = inbox
        self.status = status
        database = FileIdentity(opened.path)
        log = FileIdentity(opened.directory.path + "/" + JournalFiles.log)
        makeReserve()
        updateSizes()
    }

    func run() {
        while true {
            touch()
            let isClosing = inbox.take(into: &appends, waitingFor: patience, always: isStuck)
            if failure == nil { step() }
            if let failure { answer(.failure(failure)) }
            if isClosing, appends.isEmpty || isStuck { break }
        }
        // The disk is full, and nobody waits any longer.
        if case .full(let message) = status.condition { answer(.failure(JournalError(.full, message))) }
        end()
    }

    /// Closes everything, and leaves the lock to others.
    func end() {
        opened.queue.writeWithoutTransaction { _ in opened.store.content = nil }
        // What cannot be closed stays open until the process ends, which harms nobody: all is on disk.
        try? opened.queue.close()
        opened.lock.release()
    }

    /// Milliseconds to wait for something to do.
    private var patience: Int64 {
        if failure != nil { return JournalLock.interval * 1000 }
        if isDiskFull { return 1000 }
        return hasMoreToRemove ? 0 : JournalLock.interval * 1000
    }

    /// Records wait for room.
    private var isStuck = false

    private func step() {
        isStuck = false
        while !appends.isEmpty, failure == nil {
            guard writeBatch() else {
                isStuck = failure == nil
                break
            }
        }
        guard failure == nil else { return }
        if isDiskFull, !isStuck { makeReserve() }
        if hasMoreToRemove, !isStuck { removeSlice() }
    }

    // MARK: writing

    /// Writes the first appends and answers them.
    /// - Returns: whether it could.
    private func writeBatch() -> Bool {
        let count = batchSize()
        switch attempt(count) {
        case .success(let refused):
            finish(count, refused)
            return true
        case .failure(let error) where error.isFull:
            return writeIntoReserve(count, error)
        case .failure(let error):
            fail(.failed(opened.path, error))
            return false
        }
    }

    private func batchSize() -> Int {
        var count = 0
        var records = 0
        var bytes = 0
        for append in appends {
            records += append.records.count
            bytes += append.weight
            if count > 0, records > Self.mostRecords || bytes > Self.mostBytes { break }
            count += 1
        }
        return count
    }

    private func attempt(_ count: Int) -> Result<[Int: JournalError], StoreFailure> {
        onQueue { store throws(StoreFailure) in try store.write(self.appends[..<count]) }
    }

    /// The reserve is given up, and what is in the log makes room for what comes.
    private func writeIntoReserve(_ count: Int, _ error: StoreFailure) -> Bool {
        isDiskFull = true
        status.condition = .full(JournalError.full(opened.path, error).message)
        let reserve = opened.reserve
        var gaveUp = reserve.release()
        while true {
            if case .failure(let error) = onQueue({ store throws(StoreFailure) in try store.checkpoint(ifBeyond: 0) }),
                !error.isFull
            {
                fail(.failed(opened.path, error))
                return false
            }
            switch attempt(count) {
            case .success(let refused):
                finish(count, refused)
                return true
            case .failure(let error) where error.isFull:
                guard gaveUp else { return false }
                gaveUp = false
            case .failure(let error):
                fail(.failed(opened.path, error))
                return false
            }
        }
    }

    /// They are on disk.
    private func finish(_ count: Int, _ refused: [Int: JournalError]) {
        guard isInPlace() else { return fail(.gone(opened.path)) }
        let written = onQueue { store throws(StoreFailure) in (store.state.commits, !store.state.removing.isEmpty) }
        guard case .success(let (commits, isRemoving)) = written else { return }
        opened.mark.write(commits)
        hasMoreToRemove = hasMoreToRemove || isRemoving
        updateSizes()
        for index in 0..<count {
            appends[index].then(refused[index].map { .failure($0) } ?? .success(()))
        }
        appends.removeFirst(count)
        checkpoint()
    }

    private func checkpoint() {
        let result = onQueue { store throws(StoreFailure) in try store.checkpoint() }
        guard case .failure(let error) = result else { return }
        if error.isFull { isDiskFull = true } else { fail(.failed(opened.path, error)) }
    }

    private func answer(_ result: Result<Void, JournalError>) {
        let answered = appends
        appends = []
        for append in answered { append.then(result) }
    }

    private func fail(_ error: JournalError) {
        failure = error
        status.condition = .failed(error.message)
    }

    // MARK: what else there is to do

    private func removeSlice() {
        switch onQueue({ store throws(StoreFailure) in try store.removeSlice() }) {
        case .success(let more):
            hasMoreToRemove = more
            if !more { updateSizes() }
            checkpoint()
        case .failure(let error) where error.isFull: isDiskFull = true
        case .failure(let error): fail(.failed(opened.path, error))
        }
    }

    /// Whether what is written is where the next host looks for it.
    private func isInPlace() -> Bool {
        FileIdentity(opened.path) == database
            && FileIdentity(opened.directory.path + "/" + JournalFiles.log) == log
    }

    private func touch() {
        let now = Int64(time(nil))
        guard abs(now - touched) >= JournalLock.interval else { return }
        touched = now
        opened.lock.touch()
    }

    private func makeReserve() {
        isDiskFull = !opened.reserve.make()
        if isDiskFull {
            status.condition = .full(
                "There is no room for the reserve of the session's journal \(opened.path): make room there, and it goes "
                    + "on by itself")
        } else {
            status.condition = .well
            updateSizes()
        }
    }

    private func updateSizes() {
        guard case .success(let sizes) = onQueue({ store throws(StoreFailure) in try store.sizes() }) else { return }
        status.size = sizes.disk
        guard !isDiskFull else { return }
        status.condition = sizes.used <= opened.options.mostBytes
            ? .well
            : .full(
                "The session's journal \(opened.path) has \(sizes.used) bytes of at most \(opened.options.mostBytes): "
                    + "remove submissions whose results are fetched")
    }

    private func onQueue<Value>(
        _ body: (Store) throws(StoreFailure) -> Value
    ) -> Result<Value, StoreFailure> {
        opened.queue.writeWithoutTransaction { _ in
            guard let store = opened.store.content else {
                return .failure(StoreFailure(code: SQLITE_MISUSE, message: "it is closed"))
            }
            do throws(StoreFailure) {
                return .success(try body(store))
            } catch {
                return .failure(error)
            }
        }
    }
}
