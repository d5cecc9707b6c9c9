import CSystem
import Glibc

/// Takes one output stream of a command: keeps its head, and spills or counts the rest.
struct OutputCollector: ~Copyable {
    /// The reading end of the pipe; `nil` once the stream ended, or where it is not captured.
    private(set) var source: Descriptor?

    /// What came so far.
    private(set) var output = CapturedOutput()

    private let name: String
    private let limit: Int
    private let spillDirectory: String?
    private var spill: Descriptor?

    init(_ name: String, limit: Int, spillDirectory: String?, source: consuming Descriptor?) {
        self.name = name
        self.limit = max(0, limit)
        self.spillDirectory = spillDirectory
        self.source = source
    }

    /// For `poll`; −1 once the stream ended.
    var descriptor: Int32 { source.number }

    var isClosed: Bool { source == nil }

    /// Reads what there is, at most one buffer full, after `poll` said that reading will not block.
    mutating func receive(
        into buffer: UnsafeMutableRawBufferPointer, handler: (UnsafeRawBufferPointer) -> Void
    ) {
        let count = read(descriptor, buffer.baseAddress, buffer.count)
        if count > 0 {
            let chunk = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            take(chunk)
            handler(chunk)
        } else if count == 0 || (errno != EINTR && errno != EAGAIN) {
            source = nil
        }
    }

    /// Stops listening to a stream that something still holds open.
    mutating func abandon() {
        guard source != nil else { return }
        output.wasHeldOpen = true
        source = nil
    }

    private mutating func take(_ chunk: UnsafeRawBufferPointer) {
        let room = limit - output.bytes.count
        output.totalCount += UInt64(chunk.count)
        if chunk.count <= room {
            output.bytes.append(contentsOf: chunk)
            return
        }
        if output.spillPath == nil, output.spillFailure == nil, let spillDirectory {
            openSpill(in: spillDirectory)
        }
        // The file began with what `bytes` held then; from now on it gets every byte.
        writeToSpill(chunk)
        if room > 0 {
            output.bytes.append(contentsOf: chunk[..<room])
        }
    }

    private mutating func openSpill(in directory: String) {
        var path = Array("\(directory)/\(name)-XXXXXX".utf8CString)
        let file = hayate_temporary_file(&path)
        guard file >= 0 else {
            spillFailed(directory, errno)
            return
        }
        spill = Descriptor(owning: file)
        output.spillPath = String(
            decoding: path.dropLast().lazy.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        output.bytes.withUnsafeBytes { writeToSpill($0) }
    }

    private mutating func writeToSpill(_ bytes: UnsafeRawBufferPointer) {
        guard spill != nil else { return }
        let file = spill.number
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = UnsafeRawBufferPointer(rebasing: rest)
            let count = write(file, part.baseAddress, part.count)
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                spillFailed(output.spillPath ?? "", errno)
                spill = nil
                return
            }
        }
    }

    /// The command goes on: its result says what is missing.
    private mutating func spillFailed(_ path: String, _ number: Int32) {
        output.spillFailure =
            "Cannot write output to \(path) (\(CommandError.reason(number))); "
            + "make room or choose another spill directory."
    }
}
