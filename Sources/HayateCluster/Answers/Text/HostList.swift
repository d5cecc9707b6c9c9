/// Names of machines as Slurm writes them: `n1`, `n[1-3,7]`, `rack[01-02]n[1-4],login`.
enum HostList {
    /// More machines than anybody wants to read of.
    private static let most = 4096

    /// The names one by one; a list that is no such list comes back as it is.
    static func expanded(_ text: some StringProtocol) -> [String] {
        guard let parts = split(Substring(text)) else { return text.isEmpty ? [] : [String(text)] }
        var names: [String] = []
        for part in parts {
            guard let more = expand(part), names.count + more.count <= most else { return [String(text)] }
            names += more
        }
        return names
    }

    /// At commas outside of brackets.
    private static func split(_ text: Substring) -> [Substring]? {
        var parts: [Substring] = []
        var start = text.startIndex
        var isInside = false
        for index in text.utf8.indices {
            switch text.utf8[index] {
            case UInt8(ascii: "["):
                if isInside { return nil }
                isInside = true
            case UInt8(ascii: "]"):
                if !isInside { return nil }
                isInside = false
            case UInt8(ascii: ",") where !isInside:
                parts.append(text[start..<index])
                start = text.utf8.index(after: index)
            default: break
            }
        }
        if isInside { return nil }
        parts.append(text[start...])
        return parts.filter { !$0.isEmpty }
    }

    private static func expand(_ text: Substring) -> [String]? {
        guard let open = text.utf8.firstIndex(of: UInt8(ascii: "[")),
            let close = text.utf8.firstIndex(of: UInt8(ascii: "]")), open < close
        else { return [String(text)] }
        let inside = text[text.utf8.index(after: open)..<close]
        guard let ends = expand(text[text.utf8.index(after: close)...]) else { return nil }
        var names: [String] = []
        for part in AnswerText.fields(of: inside, by: ",", atMost: most) {
            let bounds = AnswerText.fields(of: part, by: "-", atMost: 2)
            guard let low = AnswerText.number(bounds[0]), let high = AnswerText.number(bounds[bounds.count - 1]),
                low <= high, high - low < most, (names.count + high - low + 1) * ends.count <= most
            else { return nil }
            let width = bounds[0].utf8.count
            for number in low...high {
                let digits = String(number)
                let padded = String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
                for end in ends { names.append(text[..<open] + padded + end) }
            }
        }
        return names
    }
}
