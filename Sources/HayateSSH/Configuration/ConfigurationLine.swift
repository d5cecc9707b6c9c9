/// One line of a file of SSH's configuration that says something.
struct ConfigurationLine: Hashable, Sendable {
    /// In small letters, as it counts the same in all.
    var keyword: String
    var arguments: [String]
    /// What stands behind the keyword, for commands that `/bin/sh` takes apart.
    var rest: String

    /// Why a line cannot be read: a sentence's end.
    struct Fault: Error, Hashable { var reason: String }

    /// - Returns: nil for an empty line and for a comment.
    init?(_ line: Substring) throws(Fault) {
        var text = line.drop { $0.isBlank }
        while let last = text.last, last.isBlank || last == "\r" || last == "\u{c}" { text.removeLast() }
        guard let first = text.first, first != "#" else { return nil }
        guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control && $0 != "\t" }) else {
            throw Fault(reason: "there is a control character in it")
        }
        let end = text.firstIndex { $0.isBlank || $0 == "=" } ?? text.endIndex
        keyword = text[..<end].lowercased()
        guard !keyword.isEmpty else { throw Fault(reason: "it begins with =") }
        // One = may stand between the keyword and its values, with blanks around it.
        var values = text[end...].drop { $0.isBlank }
        if values.first == "=" { values = values.dropFirst().drop { $0.isBlank } }
        rest = String(values)
        arguments = ["proxycommand", "localcommand", "remotecommand"].contains(keyword)
            ? [rest] : try Self.words(values)
    }

    /// Splits as OpenSSH does: quotes of both kinds, a backslash before a quote, a blank or itself, a comment.
    static func words(_ text: Substring) throws(Fault) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var rest = text
        while let character = rest.popFirst() {
            if character == "\\", let next = rest.first,
                next == "\"" || next == "'" || next == "\\" || (quote == nil && next == " ")
            {
                word = (word ?? "") + String(rest.removeFirst())
            } else if let open = quote {
                if character == open { quote = nil } else { word?.append(character) }
            } else if character == "\"" || character == "'" {
                quote = character
                word = word ?? ""
            } else if character.isBlank {
                if let ended = word { words.append(ended) }
                word = nil
            } else if character == "#", word == nil {
                break
            } else {
                word = (word ?? "") + String(character)
            }
        }
        guard quote == nil else { throw Fault(reason: "a quote is not closed") }
        if let word { words.append(word) }
        return words
    }
}

extension Character {
    fileprivate var isBlank: Bool { self == " " || self == "\t" }
}
