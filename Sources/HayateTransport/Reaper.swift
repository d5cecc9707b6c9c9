import CNNG
import Glibc

/// What concerns the transport of the whole process.
public enum Transport {
    /// Returns when everything that was closed has been taken apart and its `onClose` has
    /// returned; the library closes the last descriptors right after that on a thread of its own.
    /// For tests and benchmarks; must not be called from a callback of the transport.
    public static func waitUntilIdle() {
        Reaper.shared.waitUntilIdle()
    }

    /// Whether this is one of the transport's own threads, on which nobody may stay long, and none of those
    /// that the library has many of.
    public static var isOnServiceThread: Bool { ServiceThread.isCurrent }

    /// Raises the soft limit of open files to the hard limit, at most `wanted`; returns the limit
    /// that holds then. A host with 10,000 daemons needs as many descriptors.
    @discardableResult
    public static func raiseFileDescriptorLimit(to wanted: Int = 1 << 20) -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 0 }
        let target = min(limit.rlim_max, rlim_t(max(0, wanted)))
        if limit.rlim_cur < target {
            var raised = limit
            raised.rlim_cur = target
            if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 {
                limit = raised
            }
        }
        return Int(clamping: limit.rlim_cur)
    }
}

/// Takes closed objects apart on a thread that is none of the library's.
///
/// Stopping an asynchronous operation of NNG waits for its callback, so it must never happen inside
/// one; and a stream freed while an operation is pending is used after it is gone. Here the order
/// is kept: close, stop every operation, free the stream, free the operations.
final class Reaper: Sendable {
    static let shared = Reaper()

    private struct State {
        var work: [@Sendable () -> Void] = []
        /// Announced and not finished.
        var outstanding = 0
        var isRunning = false
    }

    private let state = Monitor(State())

    /// Says that something will be handed over soon; `waitUntilIdle` waits for it from now on.
    func announce() {
        state.withLock { $0.outstanding += 1 }
    }

    /// Hands over what was announced.
    func perform(_ work: @escaping @Sendable () -> Void) {
        let isFirst = state.update { state in
            state.work.append(work)
            defer { state.isRunning = true }
            return !state.isRunning
        }
        if isFirst { ServiceThread.start("hayate-reaper") { [self] in run() } }
    }

    /// Says that what was announced is finished although it was not handed over.
    func withdraw() {
        state.update { $0.outstanding -= 1 }
    }

    func waitUntilIdle() {
        state.wait { $0.outstanding == 0 ? .done(()) : .wait }
    }

    private func run() {
        while true {
            let batch: [@Sendable () -> Void] = state.wait { state in
                guard !state.work.isEmpty else { return .wait }
                defer { state.work = [] }
                return .done(state.work)
            }
            for work in batch {
                work()
                withdraw()
            }
        }
    }
}

/// Counts who is just issuing an operation, so that nothing is issued on an object being taken
/// apart.
///
/// Lives under its owner's lock. Whoever gets `true` from `leave` or `close` hands the object to
/// the reaper; exactly one caller does.
struct UseGate {
    private var users = 0
    private(set) var isClosing = false

    /// Asks to issue operations; false after `close`.
    mutating func enter() -> Bool {
        guard !isClosing else { return false }
        users += 1
        return true
    }

    /// Ends what `enter` began.
    mutating func leave() -> Bool {
        users -= 1
        return users == 0 && isClosing
    }

    /// Lets nobody in any more. The first call alone closes: the others get `nil`.
    mutating func close() -> Bool? {
        guard !isClosing else { return nil }
        isClosing = true
        return users == 0
    }
}

extension Reaper {
    /// Closes and frees a stream on which no operation was ever issued.
    func discard(_ stream: OpaquePointer) {
        let address = UInt(bitPattern: stream)
        announce()
        perform {
            guard let stream = OpaquePointer(bitPattern: address) else { return }
            nng_stream_close(stream)
            nng_stream_free(stream)
        }
    }
}
