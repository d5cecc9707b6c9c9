/// What a terminal shows: rows of cells.
public struct Screen: Hashable, Sendable {
    public struct Size: Hashable, Sendable {
        public var columns: Int
        public var rows: Int

        /// At least 1 by 1, at most 1,000 by 1,000.
        public init(columns: Int, rows: Int) {
            self.columns = min(max(1, columns), 1_000)
            self.rows = min(max(1, rows), 1_000)
        }
    }

    struct Cell: Hashable, Sendable {
        /// Empty: the second half of the wide glyph before it.
        var text = " "
        var style = Style.plain
    }

    public let size: Size
    private(set) var cells: [Cell]

    init(_ size: Size) {
        self.size = size
        cells = Array(repeating: Cell(), count: size.columns * size.rows)
    }

    subscript(row: Int, column: Int) -> Cell { cells[row * size.columns + column] }

    /// Writes text that anybody may have written; what does not fit is cut, with `…` as the last glyph.
    ///
    /// - Parameter columns: how many it may take at most; nil: to the end of the row.
    /// - Returns: the column behind it.
    @discardableResult
    mutating func put(_ text: String, _ style: Style = .plain, row: Int, column: Int, columns: Int? = nil) -> Int {
        guard (0..<size.rows).contains(row), (0..<size.columns).contains(column) else { return column }
        let room = min(columns ?? .max, size.columns - column)
        guard room > 0 else { return column }
        // Two more, so that it is known whether something was cut.
        var glyphs = Glyph.all(of: text, limit: room + 2)
        var width = glyphs.reduce(0) { $0 + $1.columns }
        if width > room {
            while let last = glyphs.last, width + 1 > room {
                width -= last.columns
                glyphs.removeLast()
            }
            glyphs.append(Glyph(text: "…", columns: 1))
        }
        var place = column
        for glyph in glyphs {
            set(row, place, Cell(text: glyph.text, style: style))
            if glyph.columns == 2 { set(row, place + 1, Cell(text: "", style: style)) }
            place += glyph.columns
        }
        return place
    }

    /// Several pieces, one after the other.
    @discardableResult
    mutating func put(_ pieces: [StyledText], row: Int, column: Int, columns: Int? = nil) -> Int {
        let end = columns.map { column + $0 } ?? size.columns
        return pieces.reduce(column) { place, piece in
            put(piece.text, piece.style, row: row, column: place, columns: end - place)
        }
    }

    /// Gives a whole row the look of the chosen one: without colours, which nobody can read on each other.
    mutating func reverse(row: Int) {
        guard (0..<size.rows).contains(row) else { return }
        for column in 0..<size.columns {
            let index = row * size.columns + column
            cells[index].style = Style(bold: cells[index].style.isBold, reversed: true)
        }
    }

    private mutating func set(_ row: Int, _ column: Int, _ cell: Cell) {
        guard column < size.columns else { return }
        // Half of a wide glyph does not stay behind.
        let index = row * size.columns + column
        if cells[index].text.isEmpty, column > 0, !cell.text.isEmpty { cells[index - 1].text = " " }
        if column + 1 < size.columns, cells[index + 1].text.isEmpty { cells[index + 1].text = " " }
        cells[index] = cell
    }
}

extension Screen {
    /// Its rows without styles and without spaces at their ends.
    public var lines: [String] {
        (0..<size.rows).map { row in
            var line = ""
            var spaces = 0
            for column in 0..<size.columns {
                let text = self[row, column].text
                if text == " " {
                    spaces += 1
                } else {
                    line += String(repeating: " ", count: spaces) + text
                    spaces = 0
                }
            }
            return line
        }
    }
}
