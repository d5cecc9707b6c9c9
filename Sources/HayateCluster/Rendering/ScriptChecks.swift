/// Reads what came out of a template, and refuses what its scheduler would understand otherwise.
struct ScriptChecks {
    let place: String
    let writer: any DirectiveWriter
    let kind: SchedulerKind

    /// The lines without their marks.
    ///
    /// - Throws: `ClusterError` with the template's line.
    func lines(of text: String) throws(ClusterError) -> [RenderedJob.Line] {
        var lines: [RenderedJob.Line] = []
        var blocks: [String: Int] = [:]
        var hasBegun = false
        var last = place
        var source = text.unicodeScalars[...]
        if source.last == "\n" { source.removeLast() }
        for raw in source.split(separator: "\n", omittingEmptySubsequences: false) {
            let (line, marks) = OriginMark.read(raw)
            last = marks.last { $0.kind == .line }?.origin ?? last
            for mark in marks where mark.kind == .block {
                blocks[mark.origin, default: 0] += 1
                if blocks[mark.origin] == 2 {
                    throw ClusterError("{{{\(mark.origin)}}} comes twice; the script needs it once", at: last)
                }
            }
            try check(line, marks, last, &hasBegun)
            let values = marks.filter { $0.kind == .value || $0.kind == .directive }.map(\.origin)
            let origin = values.isEmpty ? last : values.reduce(into: [String]()) { origins, value in
                if !origins.contains(value) { origins.append(value) }
            }.joined(separator: ", ")
            if lines.isEmpty, !line.utf8.starts(with: "#!".utf8) {
                throw ClusterError("the script does not begin with #!{{{shebang}}}; make that its first line", at: last)
            }
            lines.append(RenderedJob.Line(line, from: origin))
        }
        for needed in kind == .local ? ["command"] : ["directives", "command"] where blocks[needed] == nil {
            throw ClusterError("the template has no {{{\(needed)}}}; the script needs it once", at: "\(place):1")
        }
        return lines
    }

    private func check(
        _ line: String, _ marks: [OriginMark], _ place: String, _ hasBegun: inout Bool
    ) throws(ClusterError) {
        let isDirective = marks.contains { $0.kind == .directive }
        let value = marks.first { $0.kind == .value }
        let content = line.utf8.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        let prefix = writer.prefixes.first { content.starts(with: $0.utf8) }
        if isDirective, !line.utf8.starts(with: kind == .local ? [] : Array(writer.prefixes[0].utf8)) {
            throw ClusterError("directives begin their lines; take away what stands before {{{directives}}}", at: place)
        }
        if let prefix {
            let source = value.flatMap { $0.isInside ? nil : $0.origin } ?? place
            if hasBegun {
                throw ClusterError(
                    "a line that begins with \(prefix) comes after the first command, where the scheduler passes over it "
                        + "or takes it by mistake; move it up, or write it otherwise", at: source)
            }
            if value != nil {
                throw ClusterError(
                    "a line that begins with \(prefix) would be a directive; write it in extraDirectives", at: source)
            }
        } else if isDirective, hasBegun {
            throw ClusterError("{{{directives}}} comes after the first command; move it up", at: place)
        }
        if let first = content.first, first != UInt8(ascii: "#") { hasBegun = true }
    }
}
