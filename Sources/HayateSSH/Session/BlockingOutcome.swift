import CSystem
import Glibc
import Synchronization

/// What one thread waits for and another one brings.
final class BlockingOutcome<Value: Sendable>: Sendable {
    private let value = Mutex<Value?>(nil)
    private let event = hayate_event()

    init() {}

    deinit {
        if event >= 0 { close(event) }
    }

    /// The first counts. Returns whether this was it.
    @discardableResult
    func set(_ new: Value) -> Bool {
        let isFirst = value.withLock { value in
            guard value == nil else { return false }
            value = new
            return true
        }
        var one: UInt64 = 1
        if isFirst { _ = write(event, &one, MemoryLayout.size(ofValue: one)) }
        return isFirst
    }

    /// - Parameter deadline: of `monotonicNanoseconds`; nil: for as long as it takes.
    func wait(until deadline: UInt64? = nil) -> Value? {
        while true {
            if let value = value.withLock({ $0 }) { return value }
            // Without a descriptor one looks now and then.
            var timeout: Int32 = event < 0 ? 10 : -1
            if let deadline {
                let now = monotonicNanoseconds()
                guard now < deadline else { return nil }
                let rest = Int32(clamping: (deadline - now + 999_999) / 1_000_000)
                timeout = timeout < 0 ? rest : min(timeout, rest)
            }
            var entry = pollfd(fd: event, events: Int16(POLLIN), revents: 0)
            poll(&entry, 1, timeout)
        }
    }
}
