/// One setting of the command line or a variable: `clusters.main.polling.interval=2m`; `+=` adds to a list.
public struct SettingOverride: Hashable, Sendable {
    public var path: SettingPath
    public var value: SettingNode
    public var appends: Bool

    /// - Throws: for text without `=`, for a path that is none, and for a list or map that does not end.
    public init(_ text: String, _ origin: SettingOrigin) throws(ClusterError) {
        guard let sign = text.firstIndex(of: "=") else {
            throw ClusterError(
                "'\(text)' sets nothing; write path=value, as clusters.main.polling.interval=2m", at: origin.place)
        }
        appends = text[..<sign].hasSuffix("+")
        let name = appends ? text[..<text.index(before: sign)] : text[..<sign]
        guard let path = SettingPath(text: String(name)) else {
            throw ClusterError(
                "'\(name)' is no path of a setting; write keys with dots between them, and keys with dots in quotes",
                at: origin.place)
        }
        self.path = path
        value = try SettingFile.value(String(text[text.index(after: sign)...]), origin)
    }

    /// All those of a variable, with `;` between them; quotes keep a `;` within a value.
    public static func list(_ text: String, _ origin: SettingOrigin) throws(ClusterError) -> [SettingOverride] {
        var parts: [String] = [""]
        var quote: Character?
        for character in text {
            if character == ";", quote == nil {
                parts.append("")
                continue
            }
            if character == quote {
                quote = nil
            } else if quote == nil, character == "'" || character == "\"" {
                quote = character
            }
            parts[parts.count - 1].append(character)
        }
        var overrides: [SettingOverride] = []
        for part in parts {
            let trimmed = part.drop { $0 == " " }
            if !trimmed.isEmpty { overrides.append(try SettingOverride(String(trimmed), origin)) }
        }
        return overrides
    }

    /// As a layer with nothing else in it.
    var layer: SettingNode {
        var node = value
        for (index, key) in path.keys.enumerated().reversed() {
            let isLast = index == path.keys.count - 1
            node = SettingNode(
                .map([SettingEntry(key, node, origin: value.origin, appends: isLast && appends)]), value.origin)
        }
        return node
    }
}
