import HayateWire

/// Takes an error of any type apart, as far as another process can use its parts.
enum ErrorDescription {
    /// The most properties of one error; more are left out.
    static let mostFields = 32
    /// Bytes of one property's text at most, about.
    static let longestValue = 1 << 10
    /// Bytes of the message at most, about.
    static let longestMessage = 64 << 10
    /// Bytes of an encoded error at most: a longer one travels as text only.
    static let longestEncoded = 1 << 20
    /// How many errors in each other are described; what is deeper is in the message, or nowhere.
    static let deepest = 4

    static func failure(of error: any Error, depth: Int = 1) -> RemoteFailure {
        var failure = RemoteFailure(
            kind: .thrown, type: String(reflecting: type(of: error)),
            message: shortened(String(describing: error), to: longestMessage))
        let parts = parts(of: error)
        let fields = parts.prefix(mostFields).map { part in
            RemoteFailure.Field(
                name: part.name, value: shortened(String(describing: part.value), to: longestValue))
        }
        failure.fields = fields.isEmpty ? nil : fields
        failure.encoded = encoded(error)
        if depth < deepest, let cause = parts.lazy.compactMap({ $0.value as? any Error }).first {
            failure.causes = [self.failure(of: cause, depth: depth + 1)]
        }
        return failure
    }

    /// The stored properties, those of superclasses included; for an enum its case and what it carries.
    private static func parts(of error: any Error) -> [(name: String, value: Any)] {
        let mirror = Mirror(reflecting: error)
        guard mirror.displayStyle == .enum else {
            var all: [(name: String, value: Any)] = []
            var level: Mirror? = mirror
            while let current = level {
                all += named(current)
                level = current.superclassMirror
            }
            return all
        }
        guard let payload = mirror.children.first else { return [] }
        let inner = Mirror(reflecting: payload.value)
        let carried = inner.displayStyle == .tuple ? named(inner) : [("0", payload.value)]
        return [("case", payload.label ?? "")] + carried
    }

    private static func named(_ mirror: Mirror) -> [(name: String, value: Any)] {
        mirror.children.enumerated().map { index, child in
            // Elements of tuples without names are called ".0", ".1" and so on.
            let label = child.label.map { $0.hasPrefix(".") ? String($0.dropFirst()) : $0 }
            return (label ?? "\(index)", unwrapped(child.value))
        }
    }

    /// What an optional holds, so that the text of a property is its own and not `Optional(…)`.
    private static func unwrapped(_ value: Any) -> Any {
        let mirror = Mirror(reflecting: value)
        guard mirror.displayStyle == .optional, let child = mirror.children.first else { return value }
        return child.value
    }

    private static func encoded(_ error: any Error) -> [UInt8]? {
        guard let codable = error as? any Codable else { return nil }
        // An error that cannot be encoded still has its text.
        guard let bytes = try? encode(codable), bytes.count <= longestEncoded else { return nil }
        return bytes
    }

    private static func encode(_ value: some Codable) throws -> [UInt8] {
        try BinaryEncoder().encode(value)
    }

    static func shortened(_ text: String, to bytes: Int) -> String {
        guard text.utf8.count > bytes else { return text }
        return String(decoding: text.utf8.prefix(bytes), as: UTF8.self) + " …"
    }
}
