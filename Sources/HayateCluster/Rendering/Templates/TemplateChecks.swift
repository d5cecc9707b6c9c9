import HayateCore

/// What Mustache itself would pass over without a word: names that there are not, values without quotes, parts that
/// are never used.
struct TemplateChecks {
    private let library: TemplateLibrary

    init(_ library: TemplateLibrary) { self.library = library }

    /// An open section, block or parent.
    private struct Level {
        let tag: TemplateTag
        /// Blocks that may be filled here, where this is a parent.
        var blocks: [String]?
    }

    /// - Throws: `ClusterError` with file and line.
    func check(_ name: String) throws(ClusterError) {
        guard let file = library.files[name], let tags = library.tags[name] else { return }
        try checkCycles(name)
        let text = Array(file.text)
        var levels: [Level] = []
        var end = 0
        for tag in tags {
            let place = "\(file.place):\(tag.line)"
            if levels.last?.blocks != nil, text[end..<tag.range.lowerBound].contains(where: { !$0.isWhitespace }) {
                throw ClusterError("text between {{<…}} and its blocks is never written; put it into a block", at: place)
            }
            end = tag.range.upperBound
            switch tag.kind {
            case .comment: continue
            case .pragma:
                guard tag.name == "CONTENT_TYPE: \(ShellContentType.name)" else {
                    throw ClusterError("templates are always of the type SHELL; leave this setting out", at: place)
                }
            case .delimiters:
                throw ClusterError("the signs around tags cannot be changed; write {{ and }}", at: place)
            case .end: _ = levels.popLast()
            case .partial: try require(tag.name, place)
            case .parent:
                try require(tag.name, place)
                levels.append(Level(tag: tag, blocks: blocks(of: tag.name)))
            case .block:
                if let blocks = levels.last?.blocks, !blocks.contains(tag.name) {
                    let guess = nearestName(to: tag.name, among: blocks).map { " (did you mean \($0)?)" } ?? ""
                    throw ClusterError(
                        "\(levels.last?.tag.name ?? "") has no block \(tag.name)\(guess); it has "
                            + blocks.joined(separator: ", "), at: place)
                }
                levels.append(Level(tag: tag))
            case .section, .inverted:
                try checkSection(tag, levels.map(\.tag), place)
                levels.append(Level(tag: tag))
            case .variable, .raw:
                try checkValue(tag, levels.map(\.tag), place)
                try checkQuotes(tag, text, place)
            }
        }
    }

    private func require(_ name: String, _ place: String) throws(ClusterError) {
        guard library.files[name] == nil else { return }
        throw ClusterError("there is no template \(name)\(library.guess(name)); name one of \(library.names)", at: place)
    }

    /// All blocks of a template and of those that it is made of.
    private func blocks(of name: String) -> [String] {
        (library.tags[name] ?? []).reduce(into: []) { blocks, tag in
            switch tag.kind {
            case .block where !blocks.contains(tag.name): blocks.append(tag.name)
            case .parent, .partial: blocks += self.blocks(of: tag.name).filter { !blocks.contains($0) }
            default: break
            }
        }
    }

    /// A template that is a part of itself would never end.
    private func checkCycles(_ name: String, _ above: [String] = []) throws(ClusterError) {
        for tag in library.tags[name] ?? [] where tag.kind == .partial || tag.kind == .parent {
            if tag.name == name || above.contains(tag.name) {
                throw ClusterError(
                    "\(tag.name) is a part of itself; give this template another name, or name another one here",
                    at: "\(library.files[name]?.place ?? name):\(tag.line)")
            }
            try checkCycles(tag.name, above + [name])
        }
    }

    // MARK: Names

    /// The innermost section that makes something of a value; a block begins anew, and so does a parent.
    private func section(around levels: [TemplateTag]) -> (tag: TemplateTag, kind: ScriptVariable.Kind)? {
        for tag in levels.reversed() {
            if tag.kind == .section, let kind = ScriptVariable.kinds[tag.name], kind != .flag { return (tag, kind) }
            if tag.kind == .block || tag.kind == .parent { return nil }
        }
        return nil
    }

    private func checkSection(_ tag: TemplateTag, _ levels: [TemplateTag], _ place: String) throws(ClusterError) {
        guard let kind = ScriptVariable.kinds[tag.name] else { throw unknown(tag.name, [], place) }
        if kind == .script {
            throw ClusterError("\(tag.name) is always there; write {{{\(tag.name)}}} and no section", at: place)
        }
    }

    private func checkValue(_ tag: TemplateTag, _ levels: [TemplateTag], _ place: String) throws(ClusterError) {
        let section = section(around: levels)
        let isRaw = tag.kind == .raw
        if tag.name == "." {
            switch section?.kind {
            case .lines:
                if !isRaw { throw ClusterError("these are lines of shell, which quotes would spoil; write {{{.}}}", at: place) }
            case .text, .texts: if isRaw { throw unquoted(".", place) }
            default: throw ClusterError("{{.}} stands in no section that has a value; write a name", at: place)
            }
            return
        }
        if section?.kind == .pairs, ScriptVariable.ofPairs.contains(tag.name) {
            if isRaw, tag.name == "value" { throw unquoted("value", place) }
            return
        }
        switch ScriptVariable.kinds[tag.name] {
        case nil: throw unknown(tag.name, section?.kind == .pairs ? ScriptVariable.ofPairs : [], place)
        case .script:
            if !isRaw { throw ClusterError("quotes would spoil \(tag.name); write {{{\(tag.name)}}}", at: place) }
            if levels.contains(where: { $0.kind == .section || $0.kind == .inverted }) {
                throw ClusterError("{{{\(tag.name)}}} must always be there; take it out of the section", at: place)
            }
        case .text: if isRaw { throw unquoted(tag.name, place) }
        case .lines, .texts, .pairs, .flag:
            throw ClusterError("\(tag.name) is no single value; write {{#\(tag.name)}}…{{/\(tag.name)}}", at: place)
        }
    }

    private func unknown(_ name: String, _ further: [String], _ place: String) -> ClusterError {
        let names = ScriptVariable.kinds.keys.sorted() + further
        let guess = nearestName(to: name, among: names).map { " (did you mean \($0)?)" } ?? ""
        return ClusterError(
            "a script knows nothing of the name {{\(name)}}\(guess); docs/templates.md lists what there is", at: place)
    }

    private func unquoted(_ name: String, _ place: String) -> ClusterError {
        ClusterError("{{{\(name)}}} would be read by the shell; write {{\(name)}}, which brings its own quotes", at: place)
    }

    /// `"{{x}}"` would have the quotes of the value as a part of it.
    private func checkQuotes(_ tag: TemplateTag, _ text: [Character], _ place: String) throws(ClusterError) {
        guard tag.kind == .variable else { return }
        let line = text[..<tag.range.lowerBound].reversed().prefix { $0 != "\n" }.reversed()
        var open: Character?
        var isEscaped = false
        for character in line {
            if isEscaped { isEscaped = false; continue }
            if character == "\\", open != "'" { isEscaped = true; continue }
            if character == "#", open == nil { break }
            if character == "\"" || character == "'" {
                if open == nil { open = character } else if open == character { open = nil }
            }
        }
        guard let open else { return }
        throw ClusterError("{{\(tag.name)}} stands within \(open) and brings its own quotes; write it outside of them", at: place)
    }
}
