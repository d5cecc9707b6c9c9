import Glibc

extension KeyFile {
    /// Reads a key file that only this user can read or replace; see `SecretFile.read`.
    public static func read(_ path: String) throws(KeyFileError) -> KeyFile {
        try KeyFile(parsing: SecretFile.read(path), source: PathText.word(path))
    }

    /// Reads one key from standard input or another open descriptor.
    ///
    /// It ends after the first line with a key and does not wait for the end of the input; what comes after
    /// that line is still to be read. Throws `.terminal` if somebody would have to type the key, and
    /// `.tooLarge` if there is no key in the first `SecretFile.maximumSize` bytes.
    public static func read(
        descriptor: Int32, source: String = "standard input"
    ) throws(KeyFileError) -> KeyFile {
        if isatty(descriptor) == 1 {
            throw KeyFileError(
                .terminal, "\(source) is a terminal, and a key is not to be seen: redirect it from a "
                    + "file with <")
        }
        let memory = SecretPages(count: SecretFile.maximumSize)
        var collector = KeyCollector(source: source)
        var number = 1
        var start = 0
        var count = 0
        while count < memory.bytes.count {
            // One at a time: what follows the key belongs to somebody else.
            let more = try readByte(descriptor, into: memory.bytes, at: count, source)
            let isLineEnd = more && memory.bytes[count] == 0x0a
            if isLineEnd || !more {
                let line = UnsafeRawBufferPointer(rebasing: memory.bytes[start..<count])
                try collector.add(line, number: number, isComplete: more)
                if collector.count > 0 || !more { return try collector.file() }
                start = count + 1
                number += 1
            }
            count += 1
        }
        throw KeyFileError(
            .tooLarge, "\(source) has \(count) bytes without a key: give a file that hayate keys export "
                + "has made")
    }

    /// Whether there was one.
    private static func readByte(
        _ descriptor: Int32, into bytes: UnsafeMutableRawBufferPointer, at index: Int, _ source: String
    ) throws(KeyFileError) -> Bool {
        while true {
            let result = Glibc.read(descriptor, bytes.baseAddress?.advanced(by: index), 1)
            if result >= 0 { return result == 1 }
            let number = errno
            switch number {
            case EINTR: continue
            case EAGAIN:
                var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                poll(&ready, 1, -1)
            default:
                throw KeyFileError(
                    .system(number), "\(source) cannot be read (\(PathText.reason(number))): redirect "
                        + "it from a file with <")
            }
        }
    }
}
