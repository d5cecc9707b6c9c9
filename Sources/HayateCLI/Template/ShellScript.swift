/// A script for `/bin/sh` in which placeholders have become references to positional parameters.
///
/// The values never become part of the script: they are arguments of the shell, and the script says
/// `"${1}"` where it had `{}`. Whatever a value holds, it cannot become code. What is tracked is
/// only whether a place is inside quotes, so that `"{}"` and `'{}'` mean the value as well.
struct ShellScript: Sendable, Equatable {
    /// The script, the same for every element.
    let text: String
    /// What `$1`, `$2`, … are.
    let parameters: [Placeholder]

    init(_ source: String, columns: InputColumns) throws {
        var builder = Builder(columns: columns)
        for piece in try TemplateText.pieces(of: source, columns: columns) {
            switch piece {
            case .text(let text): builder.append(text)
            case .placeholder(let placeholder): builder.append(placeholder)
            }
        }
        if builder.parameters.isEmpty {
            builder.append(" ")
            builder.append(.allValues(.whole))
        }
        text = builder.text
        parameters = builder.parameters
    }

    private struct Builder {
        /// How the shell reads a character: as a word, or inside one kind of quotes.
        enum Context { case plain, single, double, escaped }

        let columns: InputColumns
        var text = ""
        var parameters: [Placeholder] = []
        /// `$(` inside double quotes begins to count anew, hence a stack.
        var contexts: [Context] = [.plain]
        var previous: Character = " "

        mutating func append(_ script: String) {
            for character in script {
                follow(character)
                previous = character
            }
            text += script
        }

        private mutating func follow(_ character: Character) {
            switch (contexts[contexts.count - 1], character) {
            case (.escaped, _): contexts.removeLast()
            case (.plain, "\\"), (.double, "\\"): contexts.append(.escaped)
            case (.plain, "'"): contexts.append(.single)
            case (.single, "'"), (.double, "\""): contexts.removeLast()
            case (.plain, "\""): contexts.append(.double)
            case (.plain, "("): contexts.append(.plain)
            case (.double, "(") where previous == "$": contexts.append(.plain)
            case (.plain, ")") where contexts.count > 1: contexts.removeLast()
            default: break
            }
        }

        mutating func append(_ placeholder: Placeholder) {
            if contexts[contexts.count - 1] == .escaped { contexts.removeLast() }
            previous = "}"
            let references = expanded(placeholder).map { "${\(number(of: $0))}" }
            switch contexts[contexts.count - 1] {
            case .double: text += references.joined(separator: " ")
            case .single: text += "'\"" + references.joined(separator: " ") + "\"'"
            case .plain, .escaped:
                text += references.map { "\"\($0)\"" }.joined(separator: " ")
            }
        }

        private func expanded(_ placeholder: Placeholder) -> [Placeholder] {
            guard case .allValues(let transform) = placeholder else { return [placeholder] }
            return (0..<columns.count).map { .value($0, transform) }
        }

        private mutating func number(of placeholder: Placeholder) -> Int {
            if let known = parameters.firstIndex(of: placeholder) { return known + 1 }
            parameters.append(placeholder)
            return parameters.count
        }
    }
}
