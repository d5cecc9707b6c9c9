import Foundation
import Hayate
import Synchronization

/// Asks whoever sits at the terminal, one question at a time, whatever standard input and output are.
final class TerminalPrompt: Sendable {
    private let terminal: Int32
    private let isCancelled = Atomic<Bool>(false)
    private let turn = Mutex(())

    /// How often somebody who types is looked after.
    private static let lookMilliseconds: Int32 = 100
    /// The longest answer, in bytes: a terminal passes no longer line on.
    private static let longest = 4096

    /// nil if there is none, or if it belongs to another program now.
    convenience init?(path: String = "/dev/tty") {
        let terminal = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard terminal >= 0 else { return nil }
        guard tcgetpgrp(terminal) == getpgrp() else {
            close(terminal)
            return nil
        }
        self.init(terminal: terminal)
    }

    /// - Parameter terminal: is closed with the prompt.
    init(terminal: Int32) { self.terminal = terminal }

    deinit { close(terminal) }

    /// Ends the question that is open; later ones are not asked.
    func cancel() { isCancelled.store(true, ordering: .releasing) }

    /// Waits for a line.
    /// - Returns: without its end; nil if there is none, or nobody wants it any more.
    func ask(_ question: String, isEchoed: Bool) -> String? {
        turn.withLock { _ -> String? in
            guard !isCancelled.load(ordering: .acquiring) else { return nil }
            var before = termios()
            guard tcgetattr(terminal, &before) == 0 else { return nil }
            if !isEchoed {
                var silent = before
                silent.c_lflag &= ~tcflag_t(ECHO)
                // The end of the line is seen, so that the cursor is where it should be.
                silent.c_lflag |= tcflag_t(ECHONL)
                guard tcsetattr(terminal, TCSAFLUSH, &silent) == 0 else { return nil }
            }
            defer { if !isEchoed { tcsetattr(terminal, TCSAFLUSH, &before) } }
            let text = Array(Self.printable(question).utf8)
            guard text.withUnsafeBytes({ writeAll($0, to: terminal) }) == 0 else { return nil }
            let answer = line()
            if answer == nil { _ = Array("\n".utf8).withUnsafeBytes { writeAll($0, to: terminal) } }
            return answer
        }
    }

    private func line() -> String? {
        var bytes = [UInt8](repeating: 0, count: Self.longest)
        // It may be a password.
        defer { bytes.withUnsafeMutableBytes { explicit_bzero($0.baseAddress!, $0.count) } }
        var count = 0
        while !isCancelled.load(ordering: .acquiring) {
            var wait = pollfd(fd: terminal, events: Int16(POLLIN), revents: 0)
            let ready = poll(&wait, 1, Self.lookMilliseconds)
            if ready == 0 || (ready < 0 && errno == EINTR) { continue }
            guard ready > 0, count < bytes.count else { return nil }
            let more = bytes.withUnsafeMutableBytes { read(terminal, $0.baseAddress! + count, $0.count - count) }
            if more < 0 && errno == EINTR { continue }
            guard more > 0 else { return nil }
            count += more
            if let end = bytes[..<count].firstIndex(of: UInt8(ascii: "\n")) {
                return String(validating: bytes[..<end], as: UTF8.self)
            }
        }
        return nil
    }

    /// What other machines say may hold lines, and nothing else that a terminal would obey.
    static func printable(_ text: String) -> String {
        String(text.unicodeScalars.prefix(2000).map { scalar in
            scalar.properties.generalCategory == .control && scalar != "\n" ? "?" : Character(scalar)
        })
    }
}
