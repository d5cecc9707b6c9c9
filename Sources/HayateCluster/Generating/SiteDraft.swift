import HayateCore

/// A site's file in the making: what a scheduler told of itself, and by which command.
public struct SiteDraft: Sendable {
    /// A value as a file would have it.
    public enum Value: Hashable, Sendable {
        case word(String)
        case list([String])
        /// A list of maps, each of one key; of nothing else a file's lists are made.
        case rules([(key: String, value: String)])

        public static func == (left: Value, right: Value) -> Bool { left.text == right.text }
        public func hash(into hasher: inout Hasher) { hasher.combine(text) }
    }

    /// A key on its way: a value, or a map of further keys.
    struct Entry: Sendable {
        var key: String
        var value: Value?
        /// Where it comes from, behind the value.
        var remark: String?
        var entries: [Entry] = []
    }

    public var scheduler: SchedulerKind
    /// What the scheduler calls itself, such as `slurm-wlm 22.05.8`; nil: it does not tell.
    public var version: String? {
        didSet { version = version.map(Self.printable) }
    }
    /// What it calls its cluster.
    public var clusterName: String?
    /// What could not be found out, each with its reason or the remedy.
    public private(set) var unknown: [String] = []
    /// What was found and has no place in the file.
    public private(set) var notes: [String] = []
    private(set) var entries: [Entry] = []

    public init(_ scheduler: SchedulerKind) { self.scheduler = scheduler }

    /// Adds a value. One that no file could say on a line of plain text is left out, and told.
    ///
    /// - Parameter source: the command that told it, and in which words.
    mutating func set(_ path: [String], _ value: Value, from source: String?) {
        guard (path + value.texts).allSatisfy(Self.isPlain) else {
            leave(
                "\(path.map(Self.printable).joined(separator: ".")) has characters that a file would not keep, and "
                    + "is left out")
            return
        }
        if contradicts(path, value) {
            leave(
                "\(path.joined(separator: ".")): the least and the most that the scheduler tells contradict each "
                    + "other; this one is left out")
            return
        }
        Self.set(path[...], value, source.map(Self.printable), &entries)
    }

    /// Whether a least is more than its most, of which the first that was told holds.
    private func contradicts(_ path: [String], _ value: Value) -> Bool {
        guard let key = path.last, let size = value.size else { return false }
        let isLeast = key.hasPrefix("min")
        guard isLeast || key.hasPrefix("max"), let parent = entry(Array(path.dropLast())),
            let other = parent.entries.first(where: { $0.key == (isLeast ? "max" : "min") + key.dropFirst(3) })?.value?
                .size
        else { return false }
        return isLeast ? size > other : size < other
    }

    private func entry(_ path: [String]) -> Entry? {
        var found = Entry(key: "", entries: entries)
        for key in path {
            guard let next = found.entries.first(where: { $0.key == key }) else { return nil }
            found = next
        }
        return found
    }

    mutating func set(_ path: [String], _ word: String?, from source: String?) {
        if let word { set(path, .word(word), from: source) }
    }

    mutating func set(_ path: [String], _ number: Int?, from source: String?) {
        if let number { set(path, .word("\(number)"), from: source) }
    }

    mutating func set(_ path: [String], _ time: Duration?, from source: String?) {
        if let time, time > .zero { set(path, .word(time.withUnits), from: source) }
    }

    mutating func set(_ path: [String], _ memory: MemorySize?, from source: String?) {
        if let memory, memory.bytes > 0 { set(path, .word(memory.description), from: source) }
    }

    /// A map that is there although nothing is known of what is in it: a queue without limits.
    mutating func open(_ path: [String], remark: String? = nil) {
        guard path.allSatisfy(Self.isPlain) else {
            leave(
                "\(path.map(Self.printable).joined(separator: ".")) has characters that a file would not keep, and "
                    + "is left out")
            return
        }
        Self.set(path[...], nil, remark.map(Self.printable), &entries)
    }

    mutating func leave(_ sentence: String) { Self.add(sentence, &unknown) }
    mutating func note(_ sentence: String) { Self.add(sentence, &notes) }

    /// Whether anything was said about a key.
    func has(_ path: [String]) -> Bool { entry(path) != nil }

    private static func add(_ sentence: String, _ list: inout [String]) {
        let sentence = printable(sentence)
        if !list.contains(sentence) { list.append(sentence) }
    }

    private static func set(_ path: ArraySlice<String>, _ value: Value?, _ remark: String?, _ entries: inout [Entry]) {
        guard let key = path.first else { return }
        let index = entries.firstIndex { $0.key == key } ?? entries.count
        if index == entries.count { entries.append(Entry(key: key)) }
        if path.count > 1 {
            set(path.dropFirst(), value, remark, &entries[index].entries)
        } else {
            entries[index].value = value
            entries[index].remark = remark ?? entries[index].remark
        }
    }

    /// ASCII that can be seen, and blanks: all that names and limits of schedulers are made of.
    private static func isPlain(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 1000 && text.utf8.allSatisfy { (32...126).contains($0) }
    }

    private static func printable(_ text: String) -> String {
        let plain = text.unicodeScalars.prefix(1000).map { (32...126).contains($0.value) ? Character($0) : "?" }
        return String(plain)
    }
}

extension SiteDraft.Value {
    /// The texts that it is made of.
    var texts: [String] {
        switch self {
        case .word(let text): [text]
        case .list(let texts): texts
        case .rules(let rules): rules.flatMap { [$0.key, $0.value] }
        }
    }

    /// A number, a time or memory, to be compared with others of its kind; nil for anything else.
    var size: Double? {
        guard case .word(let text) = self else { return nil }
        return Double(text) ?? Duration(withUnits: text).map { Double($0.nanoseconds) }
            ?? MemorySize(text: text).map { Double($0.bytes) }
    }

    /// As YAML, on one line.
    var text: String {
        switch self {
        case .word(let text): Self.quoted(text)
        case .list(let texts): "[" + texts.map(Self.quoted).joined(separator: ", ") + "]"
        case .rules(let rules):
            "["
                + rules.map {
                    "{ \(Self.quoted($0.key)): "
                        + "\(Self.quoted($0.value)) }"
                }.joined(separator: ", ") + "]"
        }
    }

    /// Between single quotes unless it is a word that YAML has no other meaning for.
    static func quoted(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            (97...122).contains(byte | 32) || AnswerText.isDigit(byte) || "/._-".utf8.contains(byte)
        }
        if isPlain, let first = text.utf8.first, first != UInt8(ascii: "-"), text != "null" { return text }
        return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
    }
}
