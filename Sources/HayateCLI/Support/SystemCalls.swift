import Foundation

/// The text of an `errno` value, as the C library says it.
func systemMessage(_ code: Int32 = errno) -> String {
    String(cString: strerror(code))
}

/// A file descriptor that is closed with its last owner.
final class OwnedDescriptor: Sendable {
    let number: Int32
    private let closes: Bool

    /// - Parameter closes: `false` for descriptors that belong to the process, like 0, 1 and 2.
    init(_ number: Int32, closes: Bool = true) {
        self.number = number
        self.closes = closes
    }

    deinit {
        if closes { close(number) }
    }
}

/// Writes all bytes, however many calls it takes.
///
/// - Returns: 0, or the `errno` of the call that failed.
func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32 {
    var rest = bytes
    while !rest.isEmpty {
        let written = write(descriptor, rest.baseAddress, rest.count)
        if written >= 0 {
            rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        } else if errno == EAGAIN || errno == EWOULDBLOCK {
            // Someone else's terminal or pipe may be non-blocking: wait until it takes more.
            var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            _ = poll(&waiting, 1, -1)
        } else if errno != EINTR {
            return errno
        }
    }
    return 0
}

/// Reads once, again when interrupted.
///
/// - Returns: the number of bytes, 0 at the end, -1 with `errno` set.
func readOnce(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Int {
    while true {
        let count = read(descriptor, buffer.baseAddress, buffer.count)
        if count >= 0 { return count }
        if errno == EAGAIN || errno == EWOULDBLOCK {
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            _ = poll(&waiting, 1, -1)
        } else if errno != EINTR {
            return -1
        }
    }
}
