/// Why a value could not be encoded or decoded.
///
/// `BinaryEncoder` and `BinaryDecoder` throw this for everything that they find themselves. Errors
/// that a type throws from its own `encode(to:)` or `init(from:)` pass unchanged.
public struct CodingFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of failure, for code that wants to tell them apart.
    public enum Code: String, Hashable, Sendable {
        /// The value cannot be encoded, for instance because it is nested too deeply.
        case notEncodable
        /// The bytes are not an encoding at all, or were cut or damaged.
        case corrupt
        /// The bytes hold a value of another type.
        case typeMismatch
        /// A field that the type needs is not there, or is nil.
        case missing
        /// The bytes ask for more memory or more depth than `DecodingLimits` allow.
        case limitExceeded
    }

    /// The kind of failure.
    public var code: Code
    /// The type that was asked for.
    public var type: String
    /// Where in the value, such as `steps[3].name`; empty for the value itself.
    public var path: String
    /// What is wrong there, in one sentence.
    public var reason: String

    /// One sentence for a person.
    public var description: String {
        let verb = code == .notEncodable ? "encode" : "decode"
        let place = path.isEmpty ? "" : " at \(path)"
        return "Cannot \(verb) \(type)\(place): \(reason)"
    }
}

extension CodingFailure {
    init(_ error: DecodingError, type: Any.Type) {
        self.type = String(describing: type)
        switch error {
        case .typeMismatch(_, let context):
            (code, path) = (.typeMismatch, Self.path(context.codingPath))
            reason = context.debugDescription
        case .valueNotFound(_, let context):
            (code, path) = (.missing, Self.path(context.codingPath))
            reason = context.debugDescription
        case .keyNotFound(_, let context):
            (code, path) = (.missing, Self.path(context.codingPath))
            reason = context.debugDescription
        case .dataCorrupted(let context):
            let limit = (context.underlyingError as? WireFault)?.isLimit ?? false
            (code, path) = (limit ? .limitExceeded : .corrupt, Self.path(context.codingPath))
            reason = context.debugDescription
        @unknown default:
            (code, path, reason) = (.corrupt, "", "\(error)")
        }
    }

    init(_ error: EncodingError, type: Any.Type) {
        self.type = String(describing: type)
        code = .notEncodable
        switch error {
        case .invalidValue(_, let context):
            (path, reason) = (Self.path(context.codingPath), context.debugDescription)
        @unknown default:
            (path, reason) = ("", "\(error)")
        }
    }

    static func path(_ keys: [any CodingKey]) -> String {
        var text = ""
        for key in keys {
            if let key = key as? PathKey, let index = key.intValue {
                text += "[\(index)]"
            } else {
                text += text.isEmpty ? key.stringValue : ".\(key.stringValue)"
            }
        }
        return text
    }
}

/// A key of our own making: a position in a container, a key read from the bytes, or `super`.
struct PathKey: CodingKey {
    var stringValue: String
    var intValue: Int?

    init(stringValue: String) { self.stringValue = stringValue }

    init(intValue: Int) {
        stringValue = "\(intValue)"
        self.intValue = intValue
    }

    static let `super` = PathKey(stringValue: "super")
}

/// What a reader or writer found at one place; the container that asked adds the path.
enum WireFault: Error {
    case truncated, reserved, mismatch, null, outOfRange, invalidUTF8
    case length, keyIndex, keyTable, tooDeep, budget, inputSize, stale

    var isLimit: Bool { self == .tooDeep || self == .budget || self == .inputSize }

    var reason: String {
        switch self {
        case .truncated: "the bytes end in the middle of the value."
        case .reserved: "the bytes start with a tag that this version does not know."
        case .mismatch: "the bytes hold a value of another type."
        case .null: "the value is nil and the type is not optional."
        case .outOfRange: "the number does not fit the type."
        case .invalidUTF8: "the text is not valid UTF-8."
        case .length: "a length does not agree with the bytes that are there."
        case .keyIndex: "a key number is not in the table of keys."
        case .keyTable: "the table of keys at the end is damaged."
        case .tooDeep: 
            "values are nested more deeply than the limit; raise maximumDepth or flatten them."
        case .budget: 
            "the value needs more memory than the limit allows; raise the allocation limits."
        case .inputSize: "the message is longer than the limit; raise maximumInputBytes."
        case .stale: "a container was used after the value that it belongs to was finished."
        }
    }
}
