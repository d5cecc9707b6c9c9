import Glibc

/// What is to be written, and the thread that waits for it.
final class Inbox: @unchecked Sendable {
    // Guarded by the lock.
    private var appends: [Append] = []
    private var isClosing = false

    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init() {
        pthread_mutex_init(lock, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(changed, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(lock)
        changed.deallocate()
        lock.deallocate()
    }

    /// False: it is closed.
    func add(_ append: Append) -> Bool {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        guard !isClosing else { return false }
        appends.append(append)
        if appends.count == 1 { pthread_cond_signal(changed) }
        return true
    }

    /// Takes no more.
    func close() {
        pthread_mutex_lock(lock)
        isClosing = true
        pthread_cond_signal(changed)
        pthread_mutex_unlock(lock)
    }

    /// Moves what has come behind what is there, and waits so many milliseconds for some if there is nothing at all.
    /// - Parameter always: whether it waits also if there is something, unless something comes.
    /// - Returns: whether it is closed.
    func take(into taken: inout [Append], waitingFor milliseconds: Int64, always: Bool = false) -> Bool {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        if (always || taken.isEmpty), appends.isEmpty, !isClosing, milliseconds > 0 {
            var time = timespec()
            clock_gettime(CLOCK_MONOTONIC, &time)
            let nanoseconds = Int64(time.tv_nsec) + (milliseconds % 1000) * 1_000_000
            time.tv_sec += Int(milliseconds / 1000 + nanoseconds / 1_000_000_000)
            time.tv_nsec = Int(nanoseconds % 1_000_000_000)
            while appends.isEmpty, !isClosing, pthread_cond_timedwait(changed, lock, &time) == 0 {}
        }
        if taken.isEmpty {
            swap(&taken, &appends)
        } else {
            taken += appends
        }
        appends.removeAll(keepingCapacity: appends.capacity < 1 << 16)
        return isClosing
    }
}
