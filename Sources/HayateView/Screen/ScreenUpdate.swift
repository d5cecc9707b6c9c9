/// Writes screens for a terminal (ECMA-48): what has changed since the one before, and nothing else.
public struct ScreenUpdate: Sendable {
    private let hasColours: Bool
    private let onlyASCII: Bool
    private var shown: Screen?

    /// To be written before the first screen: another page than the shell's, no cursor, no new line behind the last
    /// column.
    public static let enter = "\u{1B}[?1049h\u{1B}[?25l\u{1B}[?7l"
    /// To be written last, whatever has happened.
    public static let leave = "\u{1B}[0m\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l"

    /// - Parameter hasColours: no if `NO_COLOR` says so (no-color.org); bold and reversed stay.
    /// - Parameter onlyASCII: for terminals whose locale has no other letters.
    public init(hasColours: Bool = true, onlyASCII: Bool = false) {
        self.hasColours = hasColours
        self.onlyASCII = onlyASCII
    }

    /// The next screen is drawn as a whole.
    public mutating func forget() { shown = nil }

    /// What makes the terminal show this screen; empty if it does.
    public mutating func next(_ screen: Screen) -> String {
        let old = shown.flatMap { $0.size == screen.size ? $0 : nil }
        guard old != screen else { return "" }
        defer { shown = screen }
        // Terminals that know it show the change at once (synchronised update).
        var text = "\u{1B}[?2026h"
        var style = Style.plain
        text += "\u{1B}[0m"
        if old == nil { text += "\u{1B}[2J" }
        for row in 0..<screen.size.rows { write(row, of: screen, instead: old, style: &style, to: &text) }
        return text + "\u{1B}[0m\u{1B}[?2026l"
    }

    private func write(
        _ row: Int, of screen: Screen, instead old: Screen?, style: inout Style, to text: inout String
    ) {
        // Where the terminal's cursor is, if that is certain.
        var cursor: Int?
        for column in 0..<screen.size.columns {
            let cell = screen[row, column]
            guard !cell.text.isEmpty, hasChanged(row, column, in: screen, from: old) else { continue }
            if cursor != column { text += "\u{1B}[\(row + 1);\(column + 1)H" }
            if cell.style != style {
                style = cell.style
                text += code(style)
            }
            let isWide = column + 1 < screen.size.columns && screen[row, column + 1].text.isEmpty
            text += onlyASCII ? Self.plain(cell.text) + (isWide ? " " : "") : cell.text
            // Who knows how wide a terminal takes other letters to be? The next one says its column again.
            cursor = cell.text.utf8.count == 1 ? column + 1 : nil
        }
    }

    private func hasChanged(_ row: Int, _ column: Int, in screen: Screen, from old: Screen?) -> Bool {
        guard let old else { return screen[row, column] != Screen.Cell() }
        if old[row, column] != screen[row, column] { return true }
        // A wide glyph that was in part written over, and the other way round.
        return column + 1 < screen.size.columns && old[row, column + 1].text.isEmpty
            != screen[row, column + 1].text.isEmpty
    }

    private func code(_ style: Style) -> String {
        var code = "\u{1B}[0"
        if style.isBold { code += ";1" }
        if style.isReversed { code += ";7" }
        if hasColours, let colour = style.colour { code += ";\(colour.rawValue)" }
        return code + "m"
    }

    /// The nearest sign of ASCII.
    static func plain(_ text: String) -> String {
        guard text.utf8.count > 1 else { return text }
        return switch text {
        case "▁", "▂": "_"
        case "▃", "▄": "-"
        case "▅", "▆": "="
        case "▇", "█": "#"
        case "▒": "="
        case "░", "·", "…": "."
        case "─": "-"
        case "│": "|"
        case "▾": "v"
        case "▸": ">"
        case "●": "*"
        case "○": "o"
        case "✓": "+"
        case "✗": "x"
        default: "?"
        }
    }
}
