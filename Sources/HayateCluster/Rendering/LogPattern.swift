import HayateCore

/// The name of a file for a job's output, with its placeholders.
struct LogPattern {
    enum Placeholder: String, CaseIterable { case name, job, task, user, host }

    private enum Part {
        case text(String)
        case placeholder(Placeholder)
    }

    private var parts: [Part] = []
    private let field: String

    /// - Throws: `ClusterError` for a placeholder that there is none of, and for a directory.
    init(_ text: String, _ field: String) throws(ClusterError) {
        self.field = field
        if text.isEmpty || text.hasSuffix("/") {
            throw ClusterError("\(field) names no file; write one, such as logs/{name}-{job}.out")
        }
        var literal = ""
        // Scalars: an accent behind a brace would make another character of it.
        var rest = text.unicodeScalars[...]
        while let scalar = rest.first {
            guard scalar == "{", let end = rest.firstIndex(of: "}") else {
                literal.unicodeScalars.append(scalar)
                rest.removeFirst()
                continue
            }
            let name = String(rest[rest.index(after: rest.startIndex)..<end])
            guard let placeholder = Placeholder(rawValue: name) else {
                let names = Placeholder.allCases.map(\.rawValue)
                let guess = nearestName(to: name, among: names).map { " (did you mean {\($0)}?)" } ?? ""
                throw ClusterError(
                    "\(field) holds {\(name)}, which stands for nothing\(guess); "
                        + "write \(names.map { "{\($0)}" }.joined(separator: ", ")) or no braces")
            }
            if !literal.isEmpty { parts.append(.text(literal)) }
            literal = ""
            parts.append(.placeholder(placeholder))
            rest = rest[rest.index(after: end)...]
        }
        if !literal.isEmpty { parts.append(.text(literal)) }
    }

    func has(_ wanted: Placeholder) -> Bool {
        parts.contains { if case .placeholder(wanted) = $0 { true } else { false } }
    }

    /// How a scheduler writes them.
    struct Words {
        /// Nil: it cannot say this, and the pattern is refused, but for `task` outside of an array.
        let word: (Placeholder) -> String?
        /// The scheduler's name, for messages.
        let title: String
        /// Makes plain text safe from the scheduler's own placeholders; nil: it cannot be written.
        let literal: (String) -> String?
    }

    /// - Parameter isArray: outside of one, `{task}` stands for nothing, and takes a `-`, `_` or `.` before it along.
    /// - Throws: `ClusterError` where the scheduler has no such placeholder.
    func rendered(_ words: Words, isArray: Bool) throws(ClusterError) -> String {
        var text = ""
        for part in parts {
            switch part {
            case .text(let plain):
                guard let safe = words.literal(plain) else {
                    throw ClusterError(
                        "\(field) holds a character that means something else to \(words.title) in the name of a file; "
                            + "write it with letters, digits and . _ - /")
                }
                text += safe
            case .placeholder(.task) where !isArray:
                if let last = text.last, "-_.".contains(last) { text.removeLast() }
            case .placeholder(let placeholder):
                guard let word = words.word(placeholder) else {
                    throw ClusterError(
                        "\(words.title) cannot put {\(placeholder.rawValue)} into the name of a file; "
                            + "leave it out of \(field)")
                }
                // What the scheduler has no word for, and need not say twice, goes with the sign before it.
                if word.isEmpty, let last = text.last, "-_.".contains(last) { text.removeLast() }
                text += word
            }
        }
        if isArray, !has(.task), !text.hasPrefix("/dev/") {
            throw ClusterError(
                "\(field) is one file for all elements of the array; add {task}, as in logs/{name}-{task}.out")
        }
        if text.isEmpty || text.hasSuffix("/") {
            throw ClusterError("\(field) names no file outside of an array; add {name} or {job} to it")
        }
        return text
    }
}
