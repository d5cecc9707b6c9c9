import Hayate
import Synchronization

/// Where the lines of the program's log go: to standard error, past the progress line if there is one.
final class LogLines: Sendable {
    /// Writes a line, or says that it cannot.
    typealias Receiver = @Sendable (String) -> Bool

    private let descriptor: Int32
    private let receiver = Mutex<Receiver?>(nil)

    init(descriptor: Int32) { self.descriptor = descriptor }

    /// From now on the receiver has the lines; nil: they are written as they come.
    func send(_ receiver: Receiver?) { self.receiver.withLock { $0 = receiver } }

    /// - Parameter line: with its end.
    func write(_ line: String) {
        // Outside the lock: a receiver may log.
        if let receiver = receiver.withLock({ $0 }), receiver(line) { return }
        _ = Array(line.utf8).withUnsafeBytes { writeAll($0, to: descriptor) }
    }
}
