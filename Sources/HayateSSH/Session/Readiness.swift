import CSystem
import Glibc

/// The descriptors that a thread waits for.
final class Readiness {
    struct Events: OptionSet {
        var rawValue: UInt32
        static let read = Events(rawValue: EPOLLIN.rawValue)
        static let write = Events(rawValue: EPOLLOUT.rawValue)
        /// Told always, whether one waits for them or not.
        static let broken = Events(rawValue: EPOLLERR.rawValue | EPOLLHUP.rawValue)
    }

    private let list: Int32
    private let found = UnsafeMutableBufferPointer<epoll_event>.allocate(capacity: 64)

    /// Nil where there are no descriptors left.
    init?() {
        list = epoll_create1(Int32(EPOLL_CLOEXEC))
        found.initialize(repeating: epoll_event())
        if list < 0 { return nil }
    }

    deinit {
        if list >= 0 { close(list) }
        found.deallocate()
    }

    func add(_ descriptor: Int32, _ events: Events, key: UInt64) { change(EPOLL_CTL_ADD, descriptor, events, key) }

    func set(_ descriptor: Int32, _ events: Events, key: UInt64) { change(EPOLL_CTL_MOD, descriptor, events, key) }

    /// Before the descriptor is closed.
    func remove(_ descriptor: Int32) { change(EPOLL_CTL_DEL, descriptor, [], 0) }

    private func change(_ operation: Int32, _ descriptor: Int32, _ events: Events, _ key: UInt64) {
        var event = epoll_event()
        event.events = events.rawValue
        event.data.u64 = key
        epoll_ctl(list, operation, descriptor, &event)
    }

    /// - Parameter milliseconds: −1: until something is ready.
    func wait(milliseconds: Int32, _ body: (_ key: UInt64, _ events: Events) -> Void) {
        let count = epoll_wait(list, found.baseAddress, Int32(found.count), milliseconds)
        guard count > 0 else { return }
        for event in found[..<Int(count)] { body(event.data.u64, Events(rawValue: event.events)) }
    }
}

/// Nanoseconds of a clock that nobody sets.
func monotonicNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

extension Duration {
    /// As nanoseconds, between zero and some hundred years.
    var wholeNanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        return UInt64(min(seconds, 1 << 33)) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    }
}
