import GRDB
import Glibc
import Synchronization

/// The thread that writes: whatever came while the last transaction was being written goes into the next.
final class JournalWriter: Sendable {
    private let inbox = Inbox()
    private let thread: Mutex<pthread_t?> = Mutex(nil)
    private let work: Mutex<WriterWork?>

    init(_ opened: OpenedJournal, status: JournalStatus) {
        work = Mutex(WriterWork(opened, inbox: inbox, status: status))
    }

    func start() throws(JournalError) {
        guard let work = work.withLock({ $0.take() }) else { return }
        let context = Unmanaged.passRetained(work)
        var thread = pthread_t()
        let failure = pthread_create(&thread, nil, { context in
            if let context { Unmanaged<WriterWork>.fromOpaque(context).takeRetainedValue().run() }
            return nil
        }, context.toOpaque())
        guard failure == 0 else {
            context.takeRetainedValue().end()
            throw JournalError(
                .failed,
                "The journal's thread cannot be started (\(String(cString: strerror(failure)))): allow this user more "
                    + "processes")
        }
        self.thread.withLock { $0 = thread }
    }

    /// False: it is closed.
    func add(_ append: Append) -> Bool { inbox.add(append) }

    /// Returns when everything is written and closed.
    func close() {
        inbox.close()
        thread.withLock { thread in
            if let running = thread { pthread_join(running, nil) }
            thread = nil
        }
    }
}
