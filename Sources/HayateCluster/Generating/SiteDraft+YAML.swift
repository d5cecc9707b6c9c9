extension SiteDraft {
    /// The file, with a comment behind each value that says who told it.
    ///
    /// - Parameters:
    ///   - id: the site's short name; nil: made of the scheduler's own name.
    ///   - host: this machine's full name, from which others of its kind are recognised; nil: nothing is.
    public func yaml(id: String? = nil, host: String? = nil) -> String {
        var text = """
            # A site's profile, made from the answers of \(title).
            # Every value has the command behind it that told it. Read it, correct it, and look for faults with
            # 'hayate site validate'; 'hayate site doctor' tries it out.
            schema: 1
            site:
              id: \(Value.quoted(id ?? siteName))

            """
        if let host, let pattern = Self.pattern(of: host) {
            text +=
                "detect:\n  - hostname: \(Value.quoted(pattern))  # where this was made; let it fit all "
                + "login nodes\n"
        }
        for entry in entries { Self.write(entry, 0, &text) }
        for (title, sentences) in [("Also found:", notes), ("Not found out:", unknown)] where !sentences.isEmpty {
            text += "# \(title)\n" + sentences.map { "# - \($0)\n" }.joined()
        }
        return text
    }

    /// `Slurm (slurm-wlm 22.05.8)`.
    public var title: String {
        let title = SchedulerFacts.of(scheduler).title
        return version.map { "\(title) (\($0))" } ?? title
    }

    /// What the scheduler calls its cluster, as a site's short name.
    private var siteName: String {
        let name = clusterName.map(Self.identifier) ?? ""
        return name.isEmpty ? "mysite" : name
    }

    /// Whether a text can be a site's short name.
    public static func isIdentifier(_ text: String) -> Bool { !text.isEmpty && identifier(text) == text }

    /// Small letters, digits, `.`, `-` and `_`, beginning with a letter or a digit.
    static func identifier(_ text: String) -> String {
        let small = text.lowercased().unicodeScalars.map { scalar in
            ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar) || "._-".unicodeScalars.contains(scalar)
                ? Character(scalar) : "-"
        }
        return String(String(small.prefix(64)).drop { "._-".contains($0) })
    }

    /// The name of a machine with any number in the place of its own: `login2.example.org` fits `login1.example.org`.
    static func pattern(of host: String) -> String? {
        guard !host.isEmpty, host.utf8.count <= 255,
            host.utf8.allSatisfy({ (97...122).contains($0 | 32) || AnswerText.isDigit($0) || ".-_".utf8.contains($0) })
        else { return nil }
        let first = AnswerText.before(".", in: host)
        var label = ""
        var isNumber = false
        for character in first {
            let isDigit = ("0"..."9").contains(character)
            if isDigit, !isNumber { label += "[0-9]+" } else if !isDigit { label.append(character) }
            isNumber = isDigit
        }
        let rest = host.dropFirst(first.count).split(separator: ".", omittingEmptySubsequences: false).joined(
            separator: "\\.")
        return "^\(label)\(rest)$"
    }

    private static func write(_ entry: Entry, _ depth: Int, _ text: inout String) {
        let remark = entry.remark.map { "  # \($0)" } ?? ""
        let key = String(repeating: " ", count: depth * 2) + Value.quoted(entry.key) + ":"
        if let value = entry.value {
            text += "\(key) \(value.text)\(remark)\n"
        } else if entry.entries.isEmpty {
            text += "\(key) {}\(remark)\n"
        } else {
            text += "\(key)\(remark)\n"
            for entry in entry.entries { write(entry, depth + 1, &text) }
        }
    }
}
