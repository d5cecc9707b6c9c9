/// A command with places for the values of an element.
///
/// The result is always a list of arguments and never text that something parses again: a value
/// with spaces, quotes or semicolons is one argument like any other.
struct CommandTemplate: Sendable, Equatable {
    /// The words as they were typed.
    let words: [String]
    /// Whether `/bin/sh` reads them.
    let usesShell: Bool
    private let parts: [Part]

    private enum Part: Sendable, Equatable {
        case fixed(String)
        case single(Placeholder)
        case mixed([TemplatePiece])
    }

    /// A word that is exactly a placeholder becomes one argument per value; within a longer word
    /// several values are joined by spaces. A command without any placeholder gets the values as
    /// its last arguments.
    ///
    /// - Parameter usesShell: the words, joined by spaces, are a script for `/bin/sh`.
    /// - Throws: when there is no word, or a placeholder asks for a value that is not there.
    init(_ words: [String], columns: InputColumns, usesShell: Bool = false) throws {
        guard !words.isEmpty else { throw CommandLineError.noCommand }
        self.words = words
        self.usesShell = usesShell
        if usesShell {
            let script = try ShellScript(words.joined(separator: " "), columns: columns)
            // What follows the script is $0, the name in the shell's messages, and then $1 and so
            // on.
            parts = ["/bin/sh", "-c", script.text, "sh"].map(Part.fixed)
                + script.parameters.map(Part.single)
            return
        }
        var parts: [Part] = []
        var hasPlaceholder = false
        for word in words {
            let pieces = try TemplateText.pieces(of: word, columns: columns)
            switch (pieces.count, pieces[0]) {
            case (1, .text(let text)): parts.append(.fixed(text))
            case (1, .placeholder(let placeholder)):
                parts.append(.single(placeholder))
                hasPlaceholder = true
            default:
                parts.append(.mixed(pieces))
                hasPlaceholder = true
            }
        }
        if !hasPlaceholder { parts.append(.single(.allValues(.whole))) }
        self.parts = parts
    }

    /// The arguments for one element, the program first.
    func arguments(for element: InputElement) -> [String] {
        var arguments: [String] = []
        arguments.reserveCapacity(parts.count + 1)
        for part in parts {
            switch part {
            case .fixed(let text): arguments.append(text)
            case .single(.allValues(let transform)):
                for value in element.values { arguments.append(transform.apply(to: value)) }
            case .single(let placeholder):
                arguments.append(Self.text(placeholder, element))
            case .mixed(let pieces):
                var word = ""
                for piece in pieces {
                    switch piece {
                    case .text(let text): word += text
                    case .placeholder(let placeholder): word += Self.text(placeholder, element)
                    }
                }
                arguments.append(word)
            }
        }
        return arguments
    }

    private static func text(_ placeholder: Placeholder, _ element: InputElement) -> String {
        switch placeholder {
        case .index: String(element.index)
        case .value(let position, let transform):
            // The number of values is that of the columns which the template was checked against.
            transform.apply(to: element.values[position])
        case .allValues(let transform):
            element.values.map(transform.apply).joined(separator: " ")
        }
    }
}
