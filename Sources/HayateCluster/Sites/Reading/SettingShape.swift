import HayateCore

/// What a setting may hold, for the JSON schema, for locks, and for those who look for a key.
public indirect enum SettingShape: Sendable {
    case text
    case whole(atLeast: Int, atMost: Int?)
    case truth
    case choice([String])
    /// Text of a form: what it is called, and a regular expression that it fits.
    case form(String, pattern: String)
    case list(of: SettingShape)
    /// Text that is a line or several, or a list of lines.
    case lines
    /// Keys that the site chooses.
    case map(of: SettingShape)
    case object([SettingKey])

    /// The shape of the values at a path below; nil where a key is unknown.
    func key(at path: ArraySlice<String>) -> SettingKey? {
        guard let first = path.first else { return nil }
        switch self {
        case .object(let keys):
            guard let key = keys.first(where: { $0.name == first }) else { return nil }
            return path.count == 1 ? key : key.shape.key(at: path.dropFirst())
        case .map(let shape):
            return path.count == 1
                ? SettingKey(name: first, shape: shape, summary: "", isChosen: true) : shape.key(at: path.dropFirst())
        default: return nil
        }
    }

    /// Whether there are keys below.
    var isMap: Bool {
        switch self {
        case .map, .object: true
        default: false
        }
    }
}

/// A key of a site's file.
public struct SettingKey: Sendable {
    public var name: String
    public var shape: SettingShape
    /// What it means, in one sentence.
    public var summary: String
    /// What holds where nobody says anything, as it would be written.
    public var defaultText: String?
    /// Whether a map is one value, which stronger layers replace and do not merge with.
    var isWhole = false
    /// Whether the site chose the key itself.
    var isChosen = false
    /// Whether a value keeps within another one that is locked; nil stands for the default.
    var keepsWithin: @Sendable (SettingNode, SettingNode?) -> Bool = { new, old in
        old.map { $0.text == new.text } ?? false
    }
    /// How a lock lets it be changed, in words.
    var freedom = "it may not be changed"
}

/// How a locked value may still be changed.
struct Tightening<Value: Sendable>: Sendable {
    var words: String
    var isTighter: @Sendable (_ new: Value, _ old: Value) -> Bool
}

extension Tightening where Value: Comparable {
    static var lower: Tightening { Tightening(words: "it may only be lower") { $0 <= $1 } }
    static var higher: Tightening { Tightening(words: "it may only be higher") { $0 >= $1 } }
}

extension Tightening where Value == ClosedRange<Int> {
    static var within: Tightening { Tightening(words: "it may only be a part of that range") { $1.contains($0) } }
}

extension Tightening where Value == Rate {
    static var slower: Tightening {
        Tightening(words: "it may only be slower") { new, old in
            Double(new.count) * Double(old.period.nanoseconds) <= Double(old.count) * Double(new.period.nanoseconds)
                && new.count <= old.count
        }
    }
}
