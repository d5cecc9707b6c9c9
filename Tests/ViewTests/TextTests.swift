import HayateCore
import Testing

@testable import HayateView

@Suite struct TextTests {
    @Test("text takes as many columns as its glyphs do", arguments: [
        ("abc", 3), ("日本", 4), ("e\u{301}", 1), ("ｆｕｌｌ", 8), ("한국", 4), ("각", 2), ("🚀", 2),
        ("👩‍🔬", 4), ("☂\u{FE0F}", 1), ("\u{301}x", 1), ("נשל", 3), ("", 0), ("a\tb", 3),
    ])
    func columns(_ text: String, _ columns: Int) { #expect(SafeText.columns(text) == columns) }

    @Test("nothing that a terminal would obey is left of a text", arguments: [
        ("\u{1B}[2J", "?[2J"), ("\u{1B}]52;c;Zm9v\u{07}", "?]52;c;Zm9v?"), ("\u{9B}31m", "?31m"), ("a\rb", "a b"),
        ("a\u{202E}b", "a?b"), ("\u{0}\u{7F}", "??"), ("a\nb", "a b"), ("a\u{200B}b", "ab"), ("\u{E000}", "?"),
        ("\u{2028}x", " x"), ("\u{90}q\u{9C}", "?q?"), ("\r\n", "  "), ("a\u{AD}b", "ab"), ("\u{2066}a\u{2069}", "?a?"),
    ])
    func harmless(_ text: String, _ expected: String) { #expect(SafeText.text(text) == expected) }

    @Test("a tower of marks on one letter is cut")
    func towers() {
        let tower = "a" + String(repeating: "\u{301}", count: 10_000) + "b"
        #expect(SafeText.text(tower).unicodeScalars.count == 5)
        #expect(SafeText.columns(tower) == 2)
    }

    @Test("lines end where any program ends them")
    func lines() {
        #expect(SafeText.lines("a\r\nb\rc\n\nd\n\n") == ["a", "b", "c", "", "d"])
        #expect(SafeText.lines("") == [])
    }

    @Test("text is broken between words, and within words that are too long", arguments: [
        ("one two three", 7, ["one ", "two ", "three"]), ("abcdefgh", 3, ["abc", "def", "gh"]),
        ("日本語", 3, ["日", "本", "語"]), ("日本", 1, []), ("a\n\nb", 5, ["a", "", "b"]),
    ])
    func wrapping(_ text: String, _ columns: Int, _ expected: [String]) {
        let lines = SafeText.wrapped(text, columns: columns)
        #expect(lines.filter { !$0.isEmpty || columns > 1 } == expected)
        #expect(lines.allSatisfy { SafeText.columns($0) <= columns })
    }

    @Test("a text that is too long ends with an ellipsis, and never with half a glyph", arguments: 1...8)
    func cut(_ columns: Int) {
        var screen = Screen(Screen.Size(columns: 10, rows: 1))
        screen.put("日本語ab", row: 0, column: 0, columns: columns)
        screen.put("|", row: 0, column: columns)
        let line = screen.lines[0]
        #expect(SafeText.columns(line) == columns + 1)
        #expect(line.contains("…") == (columns < 8))
        #expect(line.hasSuffix("|"))
    }

    @Test("who writes over half of a wide glyph takes both halves away")
    func halves() {
        var screen = Screen(Screen.Size(columns: 6, rows: 1))
        screen.put("日本", row: 0, column: 0)
        screen.put("x", row: 0, column: 1)
        #expect(screen.lines[0] == " x本")
        screen.put("y", row: 0, column: 2)
        #expect(screen.lines[0] == " xy")
    }

    @Test("bars show something of everything that is there, and are full only at the end")
    func bars() {
        func bar(_ returned: Int, _ failed: Int, _ running: Int, of total: Int, _ width: Int = 10) -> String {
            let submission = SubmissionView(
                name: "a", created: 0, total: total, running: running, returned: returned, failed: failed)
            return ProgressBar(submission).pieces(width).map(\.text).joined()
        }
        #expect(bar(0, 0, 0, of: 100) == "··········")
        #expect(bar(100, 0, 0, of: 100) == "██████████")
        #expect(bar(99, 0, 0, of: 100) == "█████████·")
        #expect(bar(50, 1, 1, of: 100) == "█████x▒···")
        #expect(bar(0, 0, 0, of: 0) == "··········")
        for width in 0...12 {
            for counts in [(3, 1, 1), (1, 1, 98), (0, 5, 0), (7, 0, 0)] {
                #expect(bar(counts.0, counts.1, counts.2, of: 100, width).count == width)
            }
        }
    }

    @Test("sparklines have the newest at the right and nothing below little")
    func sparklines() {
        #expect(Sparkline.text([0, 1, 4, 8], width: 10) == "·▁▄█")
        #expect(Sparkline.text([1, 1, 0, 0, 8], width: 3) == "▁▁█")
        #expect(Sparkline.text([], width: 3) == "")
    }

    @Test("bytes are said with three digits", arguments: [
        (0, "0 B"), (912, "912 B"), (1024, "1.0 KiB"), (1_048_064, "1.0 MiB"), (13_002_342, "12.4 MiB"), (-5, "0 B"),
    ] as [(Int64, String)])
    func bytes(_ bytes: Int64, _ text: String) { #expect(HumanText.bytes(bytes) == text) }
}
