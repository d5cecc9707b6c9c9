/// What a daemon puts back after each task, as it was when the daemon was set up.
///
/// What the set-up tasks of `everywhere` change stays; what all other tasks change and leave is undone
/// before the next one starts. `Command` runs in a process of its own and needs nothing of this.
public struct CleanUp: OptionSet, Sendable, Hashable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Environment variables that a task set, changed or removed.
    public static let environment = CleanUp(rawValue: 1 << 0)
    /// The working directory.
    public static let directory = CleanUp(rawValue: 1 << 1)
    /// The locale of the process, and that of the thread.
    public static let locale = CleanUp(rawValue: 1 << 2)
    /// Regular files, directories and pipes that a task left open, and the file mode mask (`umask`).
    /// Never sockets, event counters and memory files.
    public static let files = CleanUp(rawValue: 1 << 3)

    public static let all: CleanUp = [.environment, .directory, .locale, .files]

    private static let names: [(CleanUp, String)] = [
        (.environment, "environment"), (.directory, "directory"), (.locale, "locale"),
        (.files, "files"),
    ]

    /// As on a daemon's command line: the names with commas between them, "all" or "none".
    public var text: String {
        if self == .all { return "all" }
        let words = Self.names.filter { contains($0.0) }.map(\.1)
        return words.isEmpty ? "none" : words.joined(separator: ",")
    }

    /// Reads what `text` writes; nil for any other word.
    public init?(text: String) {
        switch text {
        case "all": self = .all
        case "none": self = []
        default:
            self = []
            for word in text.split(separator: ",", omittingEmptySubsequences: false) {
                guard let known = Self.names.first(where: { $0.1 == word }) else { return nil }
                insert(known.0)
            }
        }
    }
}
