import Synchronization

/// Asks people, one question at a time, as several machines may be logged in to at once.
enum Asking {
    private static let turn = Mutex(())

    /// - Returns: nil if nobody can be asked, or there was no answer.
    static func ask(_ question: SSH.Question, _ ssh: SSH) -> SecretText? {
        guard let ask = ssh.ask else { return nil }
        return turn.withLock { _ in ask(question) }.map { SecretText($0) }
    }

    /// Text of the other side without what a terminal would obey. Line feeds stay.
    static func printable(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars.prefix(4096) {
            switch scalar.value {
            case 0x0a: result.append("\n")
            case 0x0d: continue
            case 0x09: result.append(" ")
            case 0..<0x20, 0x7f..<0xa0, 0x200e, 0x200f, 0x202a...0x202e, 0x2066...0x2069: result.append("?")
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
