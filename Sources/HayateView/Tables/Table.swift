import HayateCore

/// Rows of fields under titles, which fit themselves into the columns of a terminal.
struct Table: Sendable {
    struct Column: Sendable {
        var title: String
        /// Numbers stand at the right of their column.
        var isNumber = false
        /// To how many columns it can be cut; nil: it is never cut.
        var least: Int?
        /// Where there is no room, the columns with the lowest go first.
        var importance: Int
    }

    struct Row: Sendable {
        /// What it is, whatever stands in it.
        var key: String
        var fields: [Field]
    }

    var columns: [Column]
    var rows: [Row]

    private static let gap = 2
    /// Widths are made from that many rows, for there may be many thousands.
    private static let measuredRows = 200

    /// Those rows that have this text in a field, whatever its case.
    func filtered(by text: String) -> Table {
        let wanted = SafeText.text(text).lowercased()
        guard !wanted.isEmpty else { return self }
        var table = self
        table.rows = rows.filter { row in row.fields.contains { $0.text.lowercased().contains(wanted) } }
        return table
    }

    /// By a column: numbers with the highest first, words by their letters. Equal ones stay in their order.
    func sorted(by column: Int) -> Table {
        guard columns.indices.contains(column) else { return self }
        var table = self
        let keys = rows.map { (order: $0.fields[column].order, text: $0.fields[column].text) }
        table.rows = rows.indices.sorted { left, right in
            let (first, second) = (keys[left], keys[right])
            if first.order != second.order { return (first.order ?? -.infinity) > (second.order ?? -.infinity) }
            if first.order == nil, first.text != second.text { return first.text < second.text }
            return left < right
        }.map { rows[$0] }
        return table
    }

    /// The columns that are shown, from left to right, with their widths.
    ///
    /// - Parameter window: the rows that are to be seen.
    func layout(within width: Int, _ window: Range<Int>) -> [(column: Int, width: Int)] {
        let measured = rows.prefix(Self.measuredRows) + rows[window.clamped(to: rows.indices)]
        let natural = columns.indices.map { column in
            measured.reduce(SafeText.columns(columns[column].title)) { max($0, $1.fields[column].columns) }
        }
        let least = columns.indices.map { min(natural[$0], columns[$0].least ?? natural[$0]) }
        var shown = Array(columns.indices)
        func needed() -> Int { shown.reduce(0) { $0 + least[$1] } + Self.gap * (shown.count - 1) }
        while shown.count > 1, needed() > width {
            let lowest = shown.indices.min { columns[shown[$0]].importance < columns[shown[$1]].importance }
            shown.remove(at: lowest ?? 0)
        }
        var room = max(0, width - needed())
        var widths = shown.map { ($0, min(least[$0], width)) }
        for index in widths.indices {
            let more = min(room, natural[widths[index].0] - least[widths[index].0])
            widths[index].1 += more
            room -= more
        }
        return widths.map { (column: $0.0, width: $0.1) }
    }

    /// Draws the titles and the rows of a window below each other.
    ///
    /// - Parameter layout: as `layout` gives it; nil: for this window.
    func draw(
        _ window: Range<Int>, on screen: inout Screen, row: Int, column: Int, titles: Style,
        layout: [(column: Int, width: Int)]? = nil
    ) {
        var place = column
        for (index, width) in layout ?? self.layout(within: screen.size.columns - column, window) {
            let title = columns[index].title
            let indent = columns[index].isNumber ? max(0, width - SafeText.columns(title)) : 0
            screen.put(title, titles, row: row, column: place + indent, columns: width - indent)
            for (offset, position) in window.enumerated() {
                let pieces = rows[position].fields[index].pieces(width)
                let used = pieces.reduce(0) { $0 + SafeText.columns($1.text) }
                let indent = columns[index].isNumber ? max(0, width - used) : 0
                screen.put(pieces, row: row + 1 + offset, column: place + indent, columns: width - indent)
            }
            place += width + Self.gap
        }
    }
}

extension Table {
    /// What stands in one place of a table.
    struct Field: Sendable {
        enum Content: Sendable {
            case text(StyledText)
            case bar(ProgressBar)
            case sparkline([Int])
        }

        var content: Content
        /// What it is sorted by; nil: by its text.
        var order: Double?

        init(_ text: String, _ style: Style = .plain, order: Double? = nil) {
            content = .text(StyledText(text, style))
            self.order = order
        }

        init(_ content: Content, order: Double) {
            self.content = content
            self.order = order
        }

        /// A count, in a style of its own if there are any.
        init(count: Int, _ style: Style = .plain) {
            self.init(HumanText.number(count), count > 0 ? style : .dim, order: Double(count))
        }

        /// A length of time; nil: `-`.
        init(time: Double?, _ style: Style = .plain) {
            self.init(time.map(HumanText.time) ?? "-", time == nil ? .dim : style, order: time ?? -1)
        }

        var text: String { if case .text(let piece) = content { piece.text } else { "" } }

        /// How many columns it would like to have.
        var columns: Int {
            switch content {
            case .text(let piece): SafeText.columns(piece.text)
            case .bar: 24
            case .sparkline: 30
            }
        }

        func pieces(_ width: Int) -> [StyledText] {
            switch content {
            case .text(let piece): [piece]
            case .bar(let bar): bar.pieces(width)
            case .sparkline(let counts): [StyledText(Sparkline.text(counts, width: width), .active)]
            }
        }
    }
}
