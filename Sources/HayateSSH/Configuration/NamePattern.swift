/// Patterns of names in SSH's files, with `*` for any letters and `?` for one.
enum NamePattern {
    static func matches(_ name: some StringProtocol, _ pattern: some StringProtocol) -> Bool {
        let name = Array(name.utf8), pattern = Array(pattern.utf8)
        var at = 0, next = 0
        // Where to go on when what stands behind the last * does not fit: one letter further.
        var retry: (at: Int, next: Int)?
        while at < name.count {
            if next < pattern.count, pattern[next] == UInt8(ascii: "*") {
                retry = (at, next + 1)
                next += 1
            } else if next < pattern.count, pattern[next] == UInt8(ascii: "?") || pattern[next] == name[at] {
                at += 1
                next += 1
            } else if let last = retry {
                retry = (last.at + 1, last.next)
                at = last.at + 1
                next = last.next
            } else {
                return false
            }
        }
        return pattern[next...].allSatisfy { $0 == UInt8(ascii: "*") }
    }

    /// Whether one of the patterns fits and none of those that begin with `!` does.
    static func matches(_ name: String, anyOf patterns: [some StringProtocol]) -> Bool {
        var fits = false
        for pattern in patterns {
            if pattern.hasPrefix("!") {
                if matches(name, pattern.dropFirst()) { return false }
            } else if matches(name, pattern) {
                fits = true
            }
        }
        return fits
    }
}
