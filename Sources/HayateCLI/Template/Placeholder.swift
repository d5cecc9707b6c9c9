/// One thing that stands between braces in a command.
enum Placeholder: Sendable, Hashable {
    /// `{#}`: the element's index.
    case index
    /// `{2}`, `{name}` and their variants: one value, counted from 0.
    case value(Int, ValueTransform)
    /// `{}` and its variants where there are several lists: each value.
    case allValues(ValueTransform)

    /// What the text between a pair of braces means.
    enum Reading: Equatable {
        case placeholder(Placeholder)
        /// It looks like the name of a column, but is none.
        case unknownName(String)
        /// It is a number above that of the last value.
        case noSuchPosition(String)
        /// Ordinary text, such as the braces of an awk program.
        case text
    }

    static func read(_ content: Substring, columns: InputColumns) -> Reading {
        if let position = columns.position(of: String(content)) {
            return .placeholder(.value(position, .whole))
        }
        if content == "#" { return .placeholder(.index) }
        // The longest suffix first: `{/.}` is not `{/}` and a dot.
        for transform in [ValueTransform.basenameWithoutExtension, .directory, .basename,
            .withoutExtension, .whole]
        {
            guard content.hasSuffix(transform.rawValue) else { continue }
            let base = content.dropLast(transform.rawValue.count)
            if base.isEmpty {
                return .placeholder(
                    columns.count == 1 ? .value(0, transform) : .allValues(transform))
            }
            if let position = columns.position(of: String(base)) {
                return .placeholder(.value(position, transform))
            }
            if base.utf8.allSatisfy({ (0x30...0x39).contains($0) }), base.first != "0" {
                guard let number = Int(base), number <= columns.count else {
                    return .noSuchPosition(String(content))
                }
                return .placeholder(.value(number - 1, transform))
            }
            if columns.areNamed, isIdentifier(base) { return .unknownName(String(base)) }
        }
        return .text
    }

    private static func isIdentifier(_ text: Substring) -> Bool {
        guard let first = text.first, first.isLetter || first == "_" else { return false }
        return text.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" }
    }
}
