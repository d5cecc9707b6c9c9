/// The JSON schema of site files, made from the very keys that the reader knows.
public enum SiteSchema {
    /// JSON Schema 2020-12, for editors and for those who write files.
    public static var text: String {
        var writer = Writer()
        writer.object(
            [
                ("$schema", .string("https://json-schema.org/draft/2020-12/schema")),
                ("title", .string("A site of Hayate")),
                (
                    "description",
                    .string(
                        "What is known of a site: its clusters, how daemons run there, and how they reach the host. "
                            + "A list may also be written as 'key+', which adds to what weaker layers say.")
                ),
            ] + fields(.object(KeyTable.document.keys.map(\.info))))
        return writer.text + "\n"
    }

    /// All keys by their paths, with `NAME` for what a site chooses, in the order of the schema.
    public static var keys: [(path: String, key: SettingKey)] {
        func collect(_ shape: SettingShape, _ path: [String]) -> [(String, SettingKey)] {
            switch shape {
            case .object(let keys):
                keys.flatMap { key in
                    [((path + [key.name]).joined(separator: "."), key)] + collect(key.shape, path + [key.name])
                }
            case .map(let shape): collect(shape, path + ["NAME"])
            case .list(let shape): collect(shape, path)
            default: []
            }
        }
        return collect(.object(KeyTable.document.keys.map(\.info)), [])
    }

    private indirect enum JSON {
        case string(String)
        case number(Int)
        case truth(Bool)
        case list([JSON])
        case object([(String, JSON)])
    }

    private static func fields(_ shape: SettingShape) -> [(String, JSON)] {
        switch shape {
        case .text: [("type", .list(["string", "number", "boolean"].map(JSON.string)))]
        case .truth: [("type", .string("boolean"))]
        case .choice(let words): [("enum", .list(words.map(JSON.string)))]
        case .whole(let least, let most):
            [("type", .string("integer"))] + (least == .min ? [] : [("minimum", .number(least))])
                + (most.map { [("maximum", .number($0))] } ?? [])
        // A number of one port, or of graphics processors, is none to editors without its quotes.
        case .form(let name, let pattern):
            [
                ("type", .list([.string("string"), .string("integer")])), ("pattern", .string(pattern)),
                ("$comment", .string(name)),
            ]
        case .list(let element):
            [("type", .string("array")), ("items", .object(fields(element)))]
        case .lines:
            [
                (
                    "anyOf",
                    .list([
                        .object([("type", .string("string"))]),
                        .object([("type", .string("array")), ("items", .object([("type", .string("string"))]))]),
                    ])
                )
            ]
        case .map(let element):
            [("type", .string("object")), ("additionalProperties", .object(orNull(element, fields(element))))]
        case .object(let keys):
            [
                ("type", .string("object")),
                ("properties", .object(keys.map { ($0.name, .object(property($0))) })),
                ("patternProperties", .object([("^[A-Za-z]+\\+$", .object([("type", .string("array"))]))])),
                ("additionalProperties", .truth(false)),
            ]
        }
    }

    private static func property(_ key: SettingKey) -> [(String, JSON)] {
        var fields: [(String, JSON)] = [("description", .string(key.summary))]
        if let text = key.defaultText { fields.append(("$comment", .string("default: \(text)"))) }
        let shape = Self.fields(key.shape).filter { field in !fields.contains { $0.0 == field.0 } }
        return fields + orNull(key.shape, shape)
    }

    /// Null stands for a value that is taken away.
    private static func orNull(_ shape: SettingShape, _ fields: [(String, JSON)]) -> [(String, JSON)] {
        fields.map { name, value in
            switch (name, value) {
            case ("type", .string(let type)): (name, .list([.string(type), .string("null")]))
            case ("type", .list(let types)): (name, .list(types + [.string("null")]))
            default: (name, value)
            }
        }
    }

    private struct Writer {
        var text = ""
        private var depth = 0

        mutating func object(_ fields: [(String, JSON)]) {
            guard !fields.isEmpty else { return text += "{}" }
            text += "{\n"
            depth += 1
            for (index, field) in fields.enumerated() {
                indent()
                string(field.0)
                text += ": "
                value(field.1)
                text += index == fields.count - 1 ? "\n" : ",\n"
            }
            depth -= 1
            indent()
            text += "}"
        }

        private mutating func value(_ value: JSON) {
            switch value {
            case .string(let value): string(value)
            case .number(let number): text += "\(number)"
            case .truth(let truth): text += truth ? "true" : "false"
            case .object(let fields): object(fields)
            case .list(let values):
                text += "["
                for (index, value) in values.enumerated() {
                    if index > 0 { text += ", " }
                    self.value(value)
                }
                text += "]"
            }
        }

        private mutating func indent() { text += String(repeating: "  ", count: depth) }

        private mutating func string(_ value: String) {
            text += "\""
            for scalar in value.unicodeScalars {
                switch scalar {
                case "\"": text += "\\\""
                case "\\": text += "\\\\"
                case "\n": text += "\\n"
                default: text.unicodeScalars.append(scalar)
                }
            }
            text += "\""
        }
    }
}
