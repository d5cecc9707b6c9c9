import HayateCore

/// What is wrong with a value: the end of a sentence that begins with its key and the value.
struct Complaint: Error {
    var message: String
    init(_ message: String) { self.message = message }
}

/// How values of a key are read, and what they look like.
struct SettingKind<Value: Sendable>: Sendable {
    var shape: SettingShape
    /// Nil where it added a fault.
    var read: @Sendable (SettingNode, SettingPath, inout SettingFaults) -> Value?
    /// As it would be written; nil for what is nothing to write.
    var text: @Sendable (Value) -> String?
}

extension SettingKind {
    /// A single value.
    static func scalar(
        _ shape: SettingShape, parse: @escaping @Sendable (String) throws(Complaint) -> Value,
        text: @escaping @Sendable (Value) -> String?
    ) -> SettingKind {
        SettingKind(
            shape: shape,
            read: { node, path, faults in
                guard case .scalar(let written) = node.content else {
                    faults.add("\(path) must be a single value\(node.kindWords)", at: node.origin)
                    return nil
                }
                guard !written.unicodeScalars.contains(where: { $0.value < 0x20 && $0 != "\t" || $0.value == 0x7F })
                else {
                    faults.add(
                        "\(path) holds a line break or another control character; write it on one line", at: node.origin
                    )
                    return nil
                }
                do throws(Complaint) {
                    return try parse(written)
                } catch {
                    faults.add("\(path) is '\(written)', \(error.message)", at: node.origin)
                    return nil
                }
            },
            text: text)
    }

    /// A list of such values.
    static func list<Element>(of kind: SettingKind<Element>) -> SettingKind where Value == [Element] {
        SettingKind(
            shape: .list(of: kind.shape),
            read: { node, path, faults in
                guard case .list(let nodes) = node.content else {
                    faults.add("\(path) must be a list\(node.kindWords); write [\(node.text)]", at: node.origin)
                    return nil
                }
                return nodes.enumerated().compactMap { kind.read($1, path.adding("\($0 + 1)"), &faults) }
            },
            text: { values in
                values.isEmpty ? nil : "[" + values.compactMap(kind.text).joined(separator: ", ") + "]"
            })
    }

    /// A map with keys that the site chooses.
    static func map<Element>(of kind: SettingKind<Element>) -> SettingKind where Value == [String: Element] {
        SettingKind(
            shape: .map(of: kind.shape),
            read: { node, path, faults in
                guard case .map(let entries) = node.content else {
                    faults.add("\(path) must be a map of keys and values\(node.kindWords)", at: node.origin)
                    return nil
                }
                var values: [String: Element] = [:]
                for entry in entries where entry.value.content != .null {
                    values[entry.key] = kind.read(entry.value, path.adding(entry.key), &faults)
                }
                return values
            },
            text: { values in
                values.isEmpty
                    ? nil
                    : "{"
                        + values.sorted { $0.key < $1.key }.map { "\($0.key): \(kind.text($0.value) ?? "")" }
                        .joined(separator: ", ") + "}"
            })
    }

    /// A map with the keys of a table.
    static func object(_ table: KeyTable<Value>) -> SettingKind {
        SettingKind(
            shape: .object(table.keys.map(\.info)),
            read: { node, path, faults in
                var value = table.sample
                table.read(node, path, into: &value, &faults)
                return value
            },
            text: { _ in nil })
    }

    /// The same, made into something else; the closure says what is wrong where that cannot be.
    func made<Result: Sendable>(
        text: @escaping @Sendable (Result) -> String? = { _ in nil },
        _ make: @escaping @Sendable (Value) throws(Complaint) -> Result
    ) -> SettingKind<Result> {
        SettingKind<Result>(
            shape: shape,
            read: { node, path, faults in
                var inner = SettingFaults()
                let value = read(node, path, &inner)
                faults.add(inner)
                // What is missing in it may be what could not be read.
                guard let value, inner.isEmpty else { return nil }
                do throws(Complaint) {
                    return try make(value)
                } catch {
                    faults.add("\(path) \(error.message)", at: node.origin)
                    return nil
                }
            },
            text: text)
    }
}

extension SettingNode {
    /// `, and is a list`.
    fileprivate var kindWords: String {
        switch content {
        case .null: ""
        case .scalar: ", and is a single value"
        case .list: ", and is a list"
        case .map: ", and is a map"
        }
    }
}

/// The keys of a map.
struct KeyTable<Root: Sendable>: Sendable {
    /// What holds where nothing is said.
    let sample: Root
    let keys: [Key<Root>]

    init(_ sample: Root, _ keys: [Key<Root>]) {
        self.sample = sample
        self.keys = keys.map { key in
            var key = key
            key.info.defaultText = key.defaultText(sample)
            key.info.keepsWithin = key.keepsWithin(sample)
            return key
        }
    }

    func read(_ node: SettingNode, _ path: SettingPath, into root: inout Root, _ faults: inout SettingFaults) {
        guard case .map(let entries) = node.content else {
            faults.add(
                "\(path.keys.isEmpty ? "it" : "\(path)") must be a map of keys and values", at: node.origin)
            return
        }
        for entry in entries {
            guard let key = keys.first(where: { $0.info.name == entry.key }) else {
                let names = keys.map(\.info.name)
                let remedy =
                    nearestName(to: entry.key, among: names).map { "did you mean '\($0)'?" }
                    ?? "the keys here are \(names.joined(separator: ", "))"
                faults.add("there is no key '\(path.adding(entry.key))'; \(remedy)", at: entry.origin)
                continue
            }
            guard entry.value.content != .null else { continue }
            key.read(entry.value, path.adding(entry.key), &root, &faults)
        }
    }
}

/// A key of a map and the property that it sets.
struct Key<Root: Sendable>: Sendable {
    var info: SettingKey
    let read: @Sendable (SettingNode, SettingPath, inout Root, inout SettingFaults) -> Void
    let defaultText: @Sendable (Root) -> String?
    let keepsWithin: @Sendable (Root) -> @Sendable (SettingNode, SettingNode?) -> Bool

    init<Value>(
        _ name: String, _ property: WritableKeyPath<Root, Value> & Sendable, _ kind: SettingKind<Value>,
        locked tightening: Tightening<Value>? = nil, _ summary: String
    ) {
        self.init(
            name, kind, tightening, summary, get: { $0[keyPath: property] },
            set: { $0[keyPath: property] = $1 })
    }

    init<Value>(
        _ name: String, _ property: WritableKeyPath<Root, Value?> & Sendable, _ kind: SettingKind<Value>,
        locked tightening: Tightening<Value>? = nil, _ summary: String
    ) {
        self.init(
            name, kind, tightening, summary, get: { $0[keyPath: property] },
            set: { $0[keyPath: property] = $1 })
    }

    /// A map that stronger layers replace and do not merge with.
    var whole: Key {
        var key = self
        key.info.isWhole = true
        return key
    }

    init(
        info: SettingKey, read: @escaping @Sendable (SettingNode, SettingPath, inout Root, inout SettingFaults) -> Void,
        defaultText: @escaping @Sendable (Root) -> String?,
        keepsWithin: @escaping @Sendable (Root) -> @Sendable (SettingNode, SettingNode?) -> Bool
    ) {
        self.info = info
        self.read = read
        self.defaultText = defaultText
        self.keepsWithin = keepsWithin
    }

    private init<Value>(
        _ name: String, _ kind: SettingKind<Value>, _ tightening: Tightening<Value>?, _ summary: String,
        get: @escaping @Sendable (Root) -> Value?, set: @escaping @Sendable (inout Root, Value) -> Void
    ) {
        info = SettingKey(name: name, shape: kind.shape, summary: summary)
        if let tightening { info.freedom = tightening.words }
        read = { node, path, root, faults in
            if let value = kind.read(node, path, &faults) { set(&root, value) }
        }
        defaultText = { get($0).flatMap(kind.text) }
        keepsWithin = { sample in
            let usual = get(sample)
            return { new, old in
                var faults = SettingFaults()
                guard let value = kind.read(new, SettingPath(), &faults) else {
                    // Said elsewhere, unless it is null, which takes the locked value away.
                    return new.content != .null
                }
                let locked = old.flatMap { kind.read($0, SettingPath(), &faults) } ?? usual
                guard let tightening else {
                    return locked.flatMap(kind.text) == kind.text(value) && (old == nil || old?.text == new.text)
                }
                return locked.map { tightening.isTighter(value, $0) } ?? true
            }
        }
    }
}
