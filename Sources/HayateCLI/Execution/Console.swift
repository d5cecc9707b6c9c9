import Foundation
import Hayate

/// The two outputs of the program with a buffer each, and the progress line that gives way to them.
struct Console {
    /// Nobody reads any more: no error to report, but the end.
    struct Closed: Error {}

    var display: ProgressDisplay
    private let output: Int32
    private let error: Int32
    private var pending: [UInt8] = []
    private var pendingDescriptor: Int32
    private static let bufferBytes = 64 << 10

    init(output: Int32, error: Int32, display: ProgressDisplay) {
        self.output = output
        self.error = error
        self.display = display
        pendingDescriptor = output
    }

    mutating func writeOutput(_ bytes: some Collection<UInt8>) throws {
        try write(bytes, to: output)
    }

    mutating func writeError(_ bytes: some Collection<UInt8>) throws {
        try write(bytes, to: error)
    }

    /// One buffer serves both, so that what comes first is written first.
    private mutating func write(_ bytes: some Collection<UInt8>, to descriptor: Int32) throws {
        guard !bytes.isEmpty else { return }
        if descriptor != pendingDescriptor { try flush() }
        pendingDescriptor = descriptor
        pending.append(contentsOf: bytes)
        if pending.count >= Self.bufferBytes { try flush() }
    }

    /// Writes a line of the program's own to standard error at once. Nobody may be there to read it.
    mutating func say(_ line: String) {
        display.clear()
        _ = Array(line.utf8).withUnsafeBytes { writeAll($0, to: error) }
    }

    mutating func flush() throws {
        guard !pending.isEmpty else { return }
        display.clear()
        let failure = pending.withUnsafeBytes { writeAll($0, to: pendingDescriptor) }
        pending.removeAll(keepingCapacity: true)
        if failure == EPIPE { throw Closed() }
        guard failure == 0 else {
            let name = pendingDescriptor == output ? "standard output" : "standard error"
            throw CommandLineError.outputFailed(name, systemMessage(failure))
        }
    }
}
