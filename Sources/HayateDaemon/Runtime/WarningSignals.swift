import Glibc
import HayateCore
import HayateTransport
import Synchronization

/// Signals that came and have not been looked at, one bit each.
private let pending = Atomic<UInt64>(0)
/// The semaphore that the handler posts, as an address; 0 while nobody listens.
private let bell = Atomic<UInt>(0)

/// Turns the signals by which a process is told that it will be ended into calls.
///
/// Batch schedulers send SIGTERM before SIGKILL, and SIGUSR1 or SIGUSR2 earlier where they are asked to. A
/// second SIGINT or SIGTERM ends the process as if nobody listened. SIGCONT, which comes with them, means
/// nothing.
///
/// Handlers and not ignored signals: a program started meanwhile would inherit that a signal is ignored. No
/// pipe, which the clean-up after a task would take for one of the task's.
final class WarningSignals: Sendable {
    static let signals = [SIGUSR1, SIGUSR2, SIGTERM, SIGINT]

    /// Nanoseconds within which a second signal is the first one again: `timeout` signals its child, and then
    /// its child's group.
    private static let echo: Int64 = 500_000_000

    private let handled: [Int32]

    /// Begins to listen. There must be only one at a time.
    /// - Parameter onWarning: called on a thread of its own at each signal but the one that ends the process.
    init(_ onWarning: @escaping @Sendable (Int32) -> Void) {
        let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
        sem_init(semaphore, 0, 0)
        let address = UInt(bitPattern: semaphore)
        pending.store(0, ordering: .relaxed)
        bell.store(address, ordering: .releasing)
        handled = Self.signals.filter(Self.mayHandle)
        // A handler may post the semaphore after the end, so it is never freed: a process has one daemon.
        WorkerThread.start { Self.listen(address, onWarning) }
        for number in handled { Self.handle(number) }
    }

    /// Stops listening; signals have their usual effect again.
    func end() {
        for number in handled { signal(number, SIG_DFL) }
        let address = bell.exchange(0, ordering: .acquiringAndReleasing)
        if let semaphore = UnsafeMutablePointer<sem_t>(bitPattern: address) { sem_post(semaphore) }
    }

    private static func listen(_ address: UInt, _ onWarning: (Int32) -> Void) {
        guard let semaphore = UnsafeMutablePointer<sem_t>(bitPattern: address) else { return }
        var lastEnd: Instant?
        while true {
            while sem_wait(semaphore) != 0 {}
            guard bell.load(ordering: .acquiring) == address else { return }
            let come = pending.exchange(0, ordering: .acquiringAndReleasing)
            for number in signals where come & 1 << UInt64(number) != 0 {
                if number == SIGINT || number == SIGTERM {
                    if let lastEnd, Instant.now.since(lastEnd) > echo {
                        signal(number, SIG_DFL)
                        raise(number)
                    }
                    lastEnd = lastEnd ?? .now
                }
                onWarning(number)
            }
        }
    }

    /// A handler of the program's own stays; an interrupt that is ignored, as shells have it for what they run
    /// in the background, stays so. Others are heard even if a job's script ignores them to survive them.
    private static func mayHandle(_ number: Int32) -> Bool {
        var present = sigaction()
        guard sigaction(number, nil, &present) == 0 else { return false }
        let address = unsafeBitCast(present.__sigaction_handler.sa_handler, to: UInt.self)
        let isIgnored = address == unsafeBitCast(SIG_IGN, to: UInt.self)
        return address == unsafeBitCast(SIG_DFL, to: UInt.self) || isIgnored && number != SIGINT
    }

    private static func handle(_ number: Int32) {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { number in
            // Only what is allowed in a handler: atomic operations and sem_post(3).
            let saved = errno
            pending.bitwiseOr(1 << UInt64(number), ordering: .acquiringAndReleasing)
            let address = bell.load(ordering: .acquiring)
            if let semaphore = UnsafeMutablePointer<sem_t>(bitPattern: address) { sem_post(semaphore) }
            errno = saved
        }
        action.sa_flags = SA_RESTART
        sigaction(number, &action, nil)
    }
}
