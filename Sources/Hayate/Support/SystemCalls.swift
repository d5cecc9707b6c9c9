import Glibc

/// The text of an `errno` value, as the C library says it.
package func systemMessage(_ code: Int32 = errno) -> String {
    String(cString: strerror(code))
}

/// A file descriptor that is closed with its last owner.
package final class OwnedDescriptor: Sendable {
    package let number: Int32
    private let closes: Bool

    /// - Parameter closes: `false` for descriptors that belong to the process, like 0, 1 and 2.
    package init(_ number: Int32, closes: Bool = true) {
        self.number = number
        self.closes = closes
    }

    deinit {
        if closes { close(number) }
    }
}

/// Reads once, again when interrupted.
///
/// - Returns: the number of bytes, 0 at the end, -1 with `errno` set.
package func readOnce(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Int {
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

/// Writes all bytes, however many calls it takes.
///
/// - Returns: 0, or the `errno` of the call that failed.
package func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32 {
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
