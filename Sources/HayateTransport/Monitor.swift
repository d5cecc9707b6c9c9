import Glibc

/// A value behind a lock, with a condition that waits on the monotonic clock.
///
/// `Mutex` has no condition; the reaper, the timers and a closing listener need one.
///
/// It is safe to share: `value` is touched only between lock and unlock of `mutex`, and both
/// objects of the system stay at their allocated place until nobody refers to the monitor.
final class Monitor<Value: Sendable>: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var value: Value

    init(_ value: Value) {
        self.value = value
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        // The wall clock may be set while somebody waits.
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body(&value)
    }

    /// Changes the value and wakes everyone who waits.
    func update<Result>(_ body: (inout Value) -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer {
            pthread_cond_broadcast(condition)
            pthread_mutex_unlock(mutex)
        }
        return body(&value)
    }

    /// What a waiter does after it has looked at the value.
    enum Step<Result> {
        case done(Result)
        case wait
        /// Looks again at this time of the monotonic clock at the latest.
        case waitUntil(Duration)
    }

    /// Looks at the value again after each update until `body` is done.
    func wait<Result>(_ body: (inout Value) -> Step<Result>) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            switch body(&value) {
            case .done(let result): return result
            case .wait: pthread_cond_wait(condition, mutex)
            case .waitUntil(let time):
                let (seconds, attoseconds) = time.components
                var limit = timespec(
                    tv_sec: Int(max(0, seconds)), tv_nsec: Int(max(0, attoseconds) / 1_000_000_000))
                pthread_cond_timedwait(condition, mutex, &limit)
            }
        }
    }
}

/// The monotonic clock of the system.
public enum MonotonicClock {
    /// The time since an origin that stays the same while the machine runs.
    public static var now: Duration {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}

/// A thread of the transport that lives as long as the process.
enum ServiceThread {
    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        let result = pthread_key_create(&key, nil)
        precondition(result == 0, "the system gives no thread-specific memory")
        return key
    }()

    /// Whether the calling thread is one.
    static var isCurrent: Bool { pthread_getspecific(key) != nil }

    /// Starts it. Failing to get a thread at start-up leaves nothing to work with.
    static func start(_ name: String, _ run: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(Body(run)).toOpaque()
        // Signals belong to the threads of the program that asked for them.
        var all = sigset_t()
        var previous = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &previous)
        let result = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                // Anything but nothing.
                pthread_setspecific(ServiceThread.key, argument)
                Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, argument)
        pthread_sigmask(SIG_SETMASK, &previous, nil)
        precondition(result == 0, "the system gives no thread for \(name)")
        pthread_detach(thread)
    }
}
