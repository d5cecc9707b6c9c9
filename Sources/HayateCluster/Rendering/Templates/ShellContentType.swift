import Mustache

/// Makes one word of a shell out of each `{{value}}` of a template.
struct ShellContentType: MustacheContentType {
    static let name = "SHELL"

    /// Registered once, before the first template is read; Mustache keeps its content types for the whole process.
    static let registered: Void = MustacheContentTypes.register(ShellContentType(), named: name)

    func escapeText(_ text: String) -> String {
        let (mark, value) = OriginMark.split(text)
        return mark + ShellWord.quoted(value)
    }
}

/// A word as a shell reads it.
enum ShellWord {
    private static let plain = Set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:,%@+-".unicodeScalars)

    /// The text in single quotes, in which a shell expands nothing; plain text stays as it is.
    ///
    /// By scalars: a quote with an accent behind it is another character to Swift, and still a quote to a shell.
    static func quoted(_ text: String) -> String {
        if !text.isEmpty, text.unicodeScalars.allSatisfy(plain.contains) { return text }
        var word = "'"
        for scalar in text.unicodeScalars {
            if scalar == "'" { word += "'\\''" } else { word.unicodeScalars.append(scalar) }
        }
        return word + "'"
    }
}
