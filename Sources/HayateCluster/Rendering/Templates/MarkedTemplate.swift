/// A template's text with the mark of its line at the beginning of each.
enum MarkedTemplate {
    /// Mustache's own content type would be HTML, and a template that is a part of another one has none of its own.
    static let pragma = "{{% CONTENT_TYPE: \(ShellContentType.name)}}\n"
    /// So many lines come before the first.
    static let pragmaLines = 1

    static func text(of file: TemplateFile, _ tags: [TemplateTag]) -> String {
        let text = Array(file.text)
        var result = Array(pragma)
        var start = 0
        var line = 1
        var next = tags.startIndex
        var tagEnd = 0
        while start < text.count {
            let end = text[start...].firstIndex(of: "\n").map { $0 + 1 } ?? text.count
            var plain = text[start..<end].filter { !$0.isWhitespace }.count
            var hasValue = false
            var count = 0
            let beginsInTag = tagEnd > start
            while next < tags.endIndex, tags[next].range.lowerBound < end {
                let tag = tags[next]
                plain -= text[tag.range.clamped(to: start..<end)].filter { !$0.isWhitespace }.count
                if tag.kind == .variable || tag.kind == .raw { hasValue = true }
                tagEnd = tag.range.upperBound
                count += 1
                next += 1
            }
            // A line with one tag that writes nothing vanishes, which a mark would hinder.
            if !beginsInTag, hasValue || plain > 0 || count != 1 {
                let indentation = text[start..<end].prefix { $0 == " " || $0 == "\t" }.count
                result += text[start..<start + indentation]
                result += Array(OriginMark(.line, "\(file.place):\(line)").text)
                result += text[start + indentation..<end]
            } else {
                result += text[start..<end]
            }
            line += 1
            start = end
        }
        return String(result)
    }
}
