import Hayate

/// A piece of a command: text as it was written, or a place for a value.
enum TemplatePiece: Sendable, Hashable {
    case text(String)
    case placeholder(Placeholder)
}

/// Finds the placeholders in one word of a command.
///
/// A pair of braces without a meaning stays as it is, so that `awk '{print $1}'` works. Where the
/// text of a placeholder is wanted literally it is written twice: `{{}}` gives `{}`.
enum TemplateText {
    static func pieces(of word: String, columns: InputColumns) throws -> [TemplatePiece] {
        var pieces: [TemplatePiece] = []
        var literal = ""
        var rest = word[...]
        while let open = rest.firstIndex(of: "{") {
            literal += rest[..<open]
            rest = rest[open...]
            if let (content, after) = escaped(rest), isMeant(content, columns) {
                literal += "{\(content)}"
                rest = after
            } else if let (content, after) = braced(rest),
                let placeholder = try placeholder(content, columns)
            {
                if !literal.isEmpty { pieces.append(.text(literal)) }
                literal = ""
                pieces.append(.placeholder(placeholder))
                rest = after
            } else {
                literal.append("{")
                rest = rest.dropFirst()
            }
        }
        literal += rest
        if !literal.isEmpty || pieces.isEmpty { pieces.append(.text(literal)) }
        return pieces
    }

    /// The text between the brace that `rest` begins with and the next one, if that closes it.
    private static func braced(_ rest: Substring) -> (content: Substring, after: Substring)? {
        let inside = rest.dropFirst()
        guard let end = inside.firstIndex(where: { $0 == "{" || $0 == "}" }), inside[end] == "}"
        else { return nil }
        return (inside[..<end], inside[inside.index(after: end)...])
    }

    /// The same between two braces.
    private static func escaped(_ rest: Substring) -> (content: Substring, after: Substring)? {
        guard rest.hasPrefix("{{"), let (content, after) = braced(rest.dropFirst()),
            after.first == "}"
        else { return nil }
        return (content, after.dropFirst())
    }

    /// Whether single braces around this would be more than text.
    private static func isMeant(_ content: Substring, _ columns: InputColumns) -> Bool {
        Placeholder.read(content, columns: columns) != .text
    }

    private static func placeholder(
        _ content: Substring, _ columns: InputColumns
    ) throws -> Placeholder? {
        switch Placeholder.read(content, columns: columns) {
        case .placeholder(let placeholder): return placeholder
        case .text: return nil
        case .noSuchPosition(let text):
            throw CommandLineError.noSuchPosition(text, count: columns.count)
        case .unknownName(let name):
            let names = columns.names.compactMap { $0 }
            throw CommandLineError.unknownColumn(
                name, nearest: nearestName(to: name, among: names), columns: names)
        }
    }
}
