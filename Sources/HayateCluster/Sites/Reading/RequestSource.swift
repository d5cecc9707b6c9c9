/// A request as somebody wrote it, in a file or as options, with the place of each value.
public struct RequestSource: Sendable {
    public var request: JobRequest
    /// All that was written.
    public var tree: SettingNode

    /// - Parameters:
    ///   - text: YAML or JSON, a map of the keys.
    ///   - source: the file, as messages shall name it.
    /// - Throws: everything that is wrong with it.
    public init(text: String, source: String) throws(SettingFaults) {
        try self.init(try SettingFile.read(text, source: source, layer: .commandLine))
    }

    /// An option of the command line.
    public struct Option: Sendable {
        /// As it is written: `--walltime`.
        public var name: String
        /// The key that it sets; one of a map has the map's name before it: `environment.HOME`.
        public var path: SettingPath
        public var value: String
        /// Whether it is one of several values of a list.
        public var isOfList: Bool

        public init(_ name: String, _ path: SettingPath, _ value: String, isOfList: Bool = false) {
            self.name = name
            self.path = path
            self.value = value
            self.isOfList = isOfList
        }
    }

    /// - Throws: everything that is wrong with them.
    public init(options: [Option]) throws(SettingFaults) {
        var entries: [SettingEntry] = []
        for option in options {
            let origin = SettingOrigin(.commandLine, option.name)
            let value = SettingNode(.scalar(option.value), origin)
            guard let key = option.path.keys.first else { continue }
            let index = entries.firstIndex { $0.key == key }
            let old = index.map { entries[$0].value.content }
            var node = value
            if option.isOfList {
                if case .list(let before) = old { node.content = .list(before + [value]) } else { node.content = .list([value]) }
            } else if option.path.keys.count == 2 {
                var inner: [SettingEntry] = []
                if case .map(let before) = old { inner = before.filter { $0.key != option.path.keys[1] } }
                node.content = .map(inner + [SettingEntry(option.path.keys[1], value, origin: origin)])
            }
            if let index { entries[index].value = node } else { entries.append(SettingEntry(key, node, origin: origin)) }
        }
        try self.init(SettingNode(.map(entries), SettingOrigin(.commandLine, "the command line")))
    }

    private init(_ tree: SettingNode) throws(SettingFaults) {
        var request = JobRequest()
        var faults = SettingFaults()
        KeyTable.requestFile.read(tree, SettingPath(), into: &request, &faults)
        guard faults.isEmpty else { throw faults }
        self.request = request
        self.tree = tree
    }
}

extension SettingKind where Value == ArrayRequest {
    /// `100`, `100%5`, or a map of both numbers.
    static var arrayOrText: SettingKind {
        let (text, map) = (arrayText, array)
        return SettingKind(shape: map.shape, read: { node, path, faults in
            if case .scalar = node.content { return text.read(node, path, &faults) }
            return map.read(node, path, &faults)
        }, text: text.text)
    }

    /// `100`, or `100%5`.
    private static var arrayText: SettingKind {
        .scalar(.form("a number of elements, and how many may run at once: 100%5", pattern: "^[0-9]+(%[0-9]+)?$"),
            parse: { (text) throws(Complaint) in
                let numbers = text.split(separator: "%", omittingEmptySubsequences: false).map { Int($0) }
                guard numbers.count <= 2, let count = numbers[0], count > 0, let last = numbers[numbers.count - 1], last > 0 else {
                    throw Complaint("which is no number of elements; write 100, or 100%5 for five at once")
                }
                return ArrayRequest(count, throttle: numbers.count == 2 ? last : nil)
            }, text: { array in "\(array.count)" + (array.throttle.map { "%\($0)" } ?? "") })
    }
}

extension SettingKind where Value == [JobDependency] {
    /// A list of `afterOK:12:13`, or a map of conditions and lists of ids.
    static var dependenciesOrTexts: SettingKind {
        let (texts, map) = (SettingKind.list(of: .dependency), dependencies)
        return SettingKind(shape: map.shape, read: { node, path, faults in
            if case .list = node.content { return texts.read(node, path, &faults) }
            return map.read(node, path, &faults)
        }, text: texts.text)
    }
}

extension SettingKind where Value == JobDependency {
    /// `afterOK:12:13`.
    static var dependency: SettingKind {
        .scalar(.form("a condition and the ids of jobs: afterOK:12", pattern: "^[A-Za-z]+(:.+)+$"),
            parse: { (text) throws(Complaint) in
                let words = text.split(separator: ":", omittingEmptySubsequences: false).map { String($0) }
                guard let condition = JobDependency.Condition(rawValue: words[0]) else {
                    throw Complaint(
                        "which begins with no condition; write one of "
                            + JobDependency.Condition.allCases.map(\.rawValue).joined(separator: ", "))
                }
                guard words.count > 1, !words.contains("") else {
                    throw Complaint("which names no job; write its id behind a colon, as in \(words[0]):12")
                }
                return JobDependency(condition, words.dropFirst().map { JobID($0) })
            }, text: { dependency in ([dependency.condition.rawValue] + dependency.jobs.map(\.text)).joined(separator: ":") })
    }
}
