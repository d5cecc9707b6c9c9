/// What a `DeploymentScript` has said: words with their values. Everything that does not stand behind its mark was
/// printed by somebody else.
struct DeploymentAnswer: Hashable {
    private(set) var values: [String: [String]] = [:]

    /// nil unless the script came to its end.
    init?(_ text: String, mark: String) {
        var isWhole = false
        // By bytes: what a greeting leaves at the end of its line must not become one character with our line's end.
        for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
            let line = Substring(line)
            guard !isWhole, line.hasPrefix(mark + " ") else { continue }
            let rest = line.dropFirst(mark.count + 1)
            let word = rest.prefix { $0 != " " }
            guard word != "end" else {
                isWhole = true
                continue
            }
            values[String(word), default: []].append(String(rest.dropFirst(word.count + 1)))
        }
        guard isWhole else { return nil }
    }

    func has(_ word: String) -> Bool { values[word] != nil }

    /// nil if it was not said, or not exactly once, or is empty.
    subscript(_ word: String) -> String? {
        guard let given = values[word], given.count == 1, let value = given.first, !value.isEmpty else { return nil }
        return value
    }
}
