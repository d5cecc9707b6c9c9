import Glibc

/// What another machine is sent, from memory or from a file.
struct InputSource: Sendable {
    private enum Content: Sendable {
        case bytes([UInt8])
        /// Closed by `end`.
        case file(Int32)
    }

    private let content: Content
    let count: Int
    private(set) var position = 0

    init(_ bytes: [UInt8]) {
        content = .bytes(bytes)
        count = bytes.count
    }

    /// - Throws: the sentence's end that says why the file cannot be read.
    init(file path: String) throws(InputFailure) {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw InputFailure("\(path) cannot be read here", errno) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(file)
            throw InputFailure("\(path) here is not a file", 0)
        }
        content = .file(file)
        count = Int(status.st_size)
    }

    var isAtEnd: Bool { position >= count }

    /// Shows the next bytes, at most as many as fit into the buffer and `limit`, and goes on by as many as `body`
    /// has taken. Returns nil if `body` does, or if the file has become shorter.
    mutating func next(
        _ limit: Int, by buffer: UnsafeMutableRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Int?
    ) -> Int? {
        let wanted = min(limit, count - position)
        guard wanted > 0 else { return 0 }
        let taken: Int?
        switch content {
        case .bytes(let bytes):
            taken = bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[position..<position + wanted])) }
        case .file(let file):
            let read = pread(file, buffer.baseAddress, min(wanted, buffer.count), off_t(position))
            guard read > 0 else { return nil }
            taken = body(UnsafeRawBufferPointer(rebasing: buffer[..<read]))
        }
        if let taken { position += taken }
        return taken
    }

    func end() {
        if case .file(let file) = content { close(file) }
    }
}

/// Why a file of this machine cannot be sent.
struct InputFailure: Error {
    var reason: String

    init(_ what: String, _ number: Int32) {
        reason = number == 0 ? what : "\(what) (\(String(cString: strerror(number))))"
    }
}
