/// Small tools for the text of commands, bounded and without traps.
enum AnswerText {
    /// The lines without their ends; the carriage returns of some wrappers go, too.
    static func lines(of text: some StringProtocol) -> [Substring] {
        Substring(text).utf8.split(separator: UInt8(ascii: "\n")).map { line in
            Substring(line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
        }
    }

    /// What is between blanks and tabs.
    static func words(of text: some StringProtocol) -> [Substring] {
        Substring(text).utf8.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }.map(Substring.init)
    }

    static func trimmed(_ text: some StringProtocol) -> Substring {
        var bytes = Substring(text).utf8
        while let first = bytes.first, isBlank(first) { bytes.removeFirst() }
        while let last = bytes.last, isBlank(last) { bytes.removeLast() }
        return Substring(bytes)
    }

    /// Fields between a byte, empty ones too.
    static func fields(
        of line: some StringProtocol, by separator: Unicode.Scalar = "|", atMost count: Int = 64
    ) -> [Substring] {
        guard separator.isASCII else { return [Substring(line)] }
        return Substring(line).utf8.split(
            separator: UInt8(separator.value), maxSplits: count - 1, omittingEmptySubsequences: false
        ).map(Substring.init)
    }

    /// A text of digits alone, as a number that fits.
    static func number(_ text: some StringProtocol) -> Int? {
        guard isDigits(text) else { return nil }
        return Int(text)
    }

    static func isDigits(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { isDigit($0) }
    }

    static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || (9...13).contains(byte) }

    /// Whether a text holds another one, whatever the case of ASCII letters.
    static func contains(_ text: some StringProtocol, _ part: String) -> Bool {
        range(of: part, in: text) != nil
    }

    /// What follows the first occurrence of a part; nil: it is not there.
    static func after(_ part: String, in text: some StringProtocol) -> Substring? {
        let text = Substring(text)
        guard let range = range(of: part, in: text) else { return nil }
        return text[range.upperBound...]
    }

    /// What stands before the first occurrence of a part; all where it is not there.
    static func before(_ part: String, in text: some StringProtocol) -> Substring {
        let text = Substring(text)
        guard let range = range(of: part, in: text) else { return text }
        return text[..<range.lowerBound]
    }

    private static func range(of part: String, in text: some StringProtocol) -> Range<String.Index>? {
        let whole = Substring(text).utf8
        let wanted = part.utf8.map(lowered)
        guard let first = wanted.first else { return whole.startIndex..<whole.startIndex }
        func search(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
            guard bytes.count >= wanted.count else { return nil }
            return (0...(bytes.count - wanted.count)).first { start in
                lowered(bytes[start]) == first
                    && (1..<wanted.count).allSatisfy { lowered(bytes[start + $0]) == wanted[$0] }
            }
        }
        let found = whole.withContiguousStorageIfAvailable(search) ?? Array(whole).withUnsafeBufferPointer(search)
        guard let found else { return nil }
        let start = whole.index(whole.startIndex, offsetBy: found)
        return start..<whole.index(start, offsetBy: wanted.count)
    }

    private static func lowered(_ byte: UInt8) -> UInt8 { (65...90).contains(byte) ? byte + 32 : byte }

    /// The lines that say something, as one sentence for people; nil where there is nothing.
    static func sentence(_ texts: String...) -> String? {
        var lines: [String] = []
        for line in texts.flatMap({ Self.lines(of: $0) }) {
            let line = String(trimmed(line))
            if !line.isEmpty, !lines.contains(line) { lines.append(line) }
            if lines.count == 6 { break }
        }
        guard !lines.isEmpty else { return nil }
        let sentence = lines.joined(separator: "; ")
        return sentence.utf8.count <= 1000 ? sentence : String(sentence.prefix(500)) + "…"
    }
}
