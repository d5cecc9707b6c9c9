/// A value as it was written, with its place.
public struct SettingNode: Hashable, Sendable {
    public indirect enum Content: Hashable, Sendable {
        /// Nothing: what weaker layers say does not hold, and neither does anything else.
        case null
        /// Its text; what it means is for the key to say.
        case scalar(String)
        case list([SettingNode])
        case map([SettingEntry])
    }

    public var content: Content
    public var origin: SettingOrigin
    /// What weaker layers said, from the weakest.
    public var overridden: [SettingNode] = []

    public init(_ content: Content, _ origin: SettingOrigin) {
        self.content = content
        self.origin = origin
    }

    /// The value of a key; nil where this is no map or has no such key.
    public subscript(key: String) -> SettingNode? { entry(key)?.value }

    public func entry(_ key: String) -> SettingEntry? {
        guard case .map(let entries) = content else { return nil }
        return entries.first { $0.key == key }
    }

    /// What is there, key after key.
    public func at(_ path: SettingPath) -> SettingNode? {
        var node = self
        for key in path.keys {
            guard let next = node[key] else { return nil }
            node = next
        }
        return node
    }

    /// On one line, as YAML would have it.
    public var text: String {
        switch content {
        case .null: "null"
        case .scalar(let text): Self.quoted(text)
        case .list(let nodes): "[" + nodes.map(\.text).joined(separator: ", ") + "]"
        case .map(let entries):
            "{" + entries.map { "\(Self.quoted($0.key)): \($0.value.text)" }.joined(separator: ", ") + "}"
        }
    }

    /// What would not come back as it is gets quotes.
    private static func quoted(_ text: String) -> String {
        let marks = Set("#[]{},\"'&*!|>%@`:?")
        let isPlain =
            !text.isEmpty && text != "null" && text != "~" && text.first != " " && text.last != " "
            && text.first.map { !marks.contains($0) } == true && text != "-" && !text.hasPrefix("- ")
            && !text.contains(where: { "[]{},\n\r\t".contains($0) }) && !text.contains(": ")
            && !text.contains(" #") && text.last != ":"
        return isPlain
            ? text : "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
    }
}

/// A key of a map with its value.
public struct SettingEntry: Hashable, Sendable {
    public var key: String
    /// Where the key is written; the value may begin on a later line.
    public var origin: SettingOrigin
    /// Written as `key+:`, which adds to a list.
    public var appends = false
    public var value: SettingNode

    public init(_ key: String, _ value: SettingNode, origin: SettingOrigin, appends: Bool = false) {
        self.key = key
        self.value = value
        self.origin = origin
        self.appends = appends
    }
}

/// The way to a setting: `clusters.main.queues.normal.maxWalltime`.
public struct SettingPath: Hashable, Sendable, CustomStringConvertible {
    public var keys: [String]

    public init(_ keys: [String] = []) { self.keys = keys }

    /// Keys between dots; one with a dot in it is put in quotes: `clusters.main.queues."all.q".maxCpus`.
    ///
    /// Nil where a key is empty or a quote has no end.
    public init?(text: String) {
        var keys: [String] = []
        var rest = text[...]
        while true {
            if let quote = rest.first, quote == "\"" || quote == "'" {
                guard let end = rest.dropFirst().firstIndex(of: quote) else { return nil }
                keys.append(String(rest[rest.index(after: rest.startIndex)..<end]))
                rest = rest[rest.index(after: end)...]
            } else {
                let key = rest.prefix { $0 != "." }
                keys.append(String(key))
                rest = rest[key.endIndex...]
            }
            if keys[keys.count - 1].isEmpty { return nil }
            if rest.isEmpty { break }
            guard rest.removeFirst() == "." else { return nil }
        }
        self.keys = keys
    }

    public var description: String {
        keys.map { $0.contains(".") || $0.contains("=") ? "\"\($0)\"" : $0 }.joined(separator: ".")
    }

    func adding(_ key: String) -> SettingPath { SettingPath(keys + [key]) }
}
