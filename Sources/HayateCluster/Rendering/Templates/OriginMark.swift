/// What travels through a template with each of its lines and values, and tells where they come from.
///
/// Two control characters enclose it, which neither templates nor values may hold.
struct OriginMark: Hashable {
    enum Kind: Unicode.Scalar {
        /// A line of a template.
        case line = "l"
        /// A value of the request or the profile.
        case value = "v"
        /// A directive.
        case directive = "d"
        /// The beginning of the directives, and of the command: each comes once.
        case block = "b"
    }

    var kind: Kind
    var origin: String
    /// Whether text stands before it in its line.
    var isInside = false

    private static let opening: Unicode.Scalar = "\u{1}"
    private static let closing: Unicode.Scalar = "\u{2}"

    init(_ kind: Kind, _ origin: String) {
        self.kind = kind
        self.origin = origin
    }

    var text: String { "\(Self.opening)\(kind.rawValue)\(origin)\(Self.closing)" }

    /// The marks at the beginning of a value, and the value.
    static func split(_ text: String) -> (marks: String, value: String) {
        guard text.unicodeScalars.first == opening, let end = text.unicodeScalars.lastIndex(of: closing) else {
            return ("", text)
        }
        let start = text.unicodeScalars.index(after: end)
        return (String(text.unicodeScalars[..<start]), String(text.unicodeScalars[start...]))
    }

    /// A line without its marks, and they.
    static func read(_ line: Substring.UnicodeScalarView) -> (text: String, marks: [OriginMark]) {
        var text = String.UnicodeScalarView()
        var marks: [OriginMark] = []
        var rest = line
        while let scalar = rest.popFirst() {
            guard scalar == opening, let end = rest.firstIndex(of: closing) else {
                text.append(scalar)
                continue
            }
            if let first = rest.first, let kind = Kind(rawValue: first) {
                var mark = OriginMark(kind, String(rest[..<end].dropFirst()))
                mark.isInside = text.contains { $0 != " " && $0 != "\t" }
                marks.append(mark)
            }
            rest = rest[rest.index(after: end)...]
        }
        return (String(text), marks)
    }
}
