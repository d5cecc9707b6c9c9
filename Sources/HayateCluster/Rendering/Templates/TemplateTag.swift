/// A tag of a template.
struct TemplateTag {
    enum Kind {
        /// `{{name}}`
        case variable
        /// `{{{name}}}` and `{{&name}}`
        case raw
        /// `{{#name}}`
        case section
        /// `{{^name}}`
        case inverted
        /// `{{/name}}`
        case end
        /// `{{! … }}`
        case comment
        /// `{{>name}}`
        case partial
        /// `{{<name}}`
        case parent
        /// `{{$name}}`
        case block
        /// `{{% … }}`
        case pragma
        /// `{{=… …=}}`
        case delimiters
    }

    var kind: Kind
    var name: String
    /// From 1.
    var line: Int
    /// Where it begins and ends, as positions of characters.
    var range: Range<Int>

    /// All tags of a text. What is no tag at all is left to Mustache's own reader.
    static func all(in text: [Character]) -> [TemplateTag] {
        var tags: [TemplateTag] = []
        var line = 1
        var position = 0
        while position < text.count {
            if text[position] == "\n" { line += 1 }
            guard position + 2 < text.count, text[position] == "{", text[position + 1] == "{" else {
                position += 1
                continue
            }
            let (kind, sign) = kind(of: text[position + 2])
            let closing: [Character] = text[position + 2] == "{" ? ["}", "}", "}"] : ["}", "}"]
            let start = position + 2 + (sign ? 1 : 0)
            guard let end = first(closing, in: text, from: start) else { return tags }
            let inside = text[start..<end]
            let name = String(inside).split(separator: " ").joined(separator: " ")
            tags.append(TemplateTag(kind: kind, name: name, line: line, range: position..<end + closing.count))
            line += inside.count { $0 == "\n" }
            position = end + closing.count
        }
        return tags
    }

    private static func kind(of character: Character) -> (Kind, hasSign: Bool) {
        switch character {
        case "{", "&": (.raw, true)
        case "#": (.section, true)
        case "^": (.inverted, true)
        case "/": (.end, true)
        case "!": (.comment, true)
        case ">": (.partial, true)
        case "<": (.parent, true)
        case "$": (.block, true)
        case "%": (.pragma, true)
        case "=": (.delimiters, true)
        default: (.variable, false)
        }
    }

    private static func first(_ wanted: [Character], in text: [Character], from start: Int) -> Int? {
        var position = start
        while position + wanted.count <= text.count {
            if text[position] == "}", text[position..<position + wanted.count].elementsEqual(wanted) { return position }
            position += 1
        }
        return nil
    }
}
