/// A job's id as PBS writes it: `12.pbs1`, `12[].pbs1` for an array and `12[3].pbs1` for an element of it; some
/// servers leave their
/// own name out.
struct PBSJobID {
    var number: Substring
    /// What is in the brackets; nil: no array.
    var index: Substring?
    /// With the dot, or nothing.
    var server: Substring

    init?(_ text: some StringProtocol) {
        let text = AnswerText.trimmed(text)
        let digits = text.utf8.prefix { AnswerText.isDigit($0) }
        var rest = text[digits.endIndex...]
        number = Substring(digits)
        guard !number.isEmpty else { return nil }
        if rest.hasPrefix("[") {
            guard let close = rest.utf8.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            let inside = rest[rest.utf8.index(after: rest.startIndex)..<close]
            guard inside.isEmpty || AnswerText.isDigits(inside) else { return nil }
            index = inside
            rest = rest[rest.utf8.index(after: close)...]
        }
        server = rest
        guard server.isEmpty || (server.hasPrefix(".") && server.utf8.count > 1) else { return nil }
        let isName = server.utf8.allSatisfy { byte in
            (97...122).contains(byte | 32) || AnswerText.isDigit(byte) || [45, 46, 95].contains(byte)
        }
        guard isName else { return nil }
    }

    /// The job, whose element this may be.
    var job: JobID { JobID("\(number)\(index == nil ? "" : "[]")\(server)") }

    var element: Int? { index.flatMap { AnswerText.number($0) } }

    /// The id with these indices in its brackets.
    func with(_ indices: String) -> String { "\(number)[\(indices)]\(server)" }
}
