import HayateCore

extension TopModel {
    /// What the terminal shows now.
    public func screen() -> Screen {
        var screen = Screen(size)
        let page = Page(self)
        let footer = size.rows - 1
        var row = 0
        // On a small terminal the tables matter more than the facts.
        let mostHead = page.panels.isEmpty && page.text.isEmpty ? footer : max(1, footer * 2 / 3)
        for line in page.head.prefix(mostHead) where row < footer {
            screen.put(line, row: row, column: 0)
            row += 1
        }
        if !page.panels.isEmpty {
            draw(page, on: &screen, rows: (row + (size.rows >= 20 ? 1 : 0))..<footer)
        } else if !page.text.isEmpty {
            row += size.rows >= 20 ? 1 : 0
            let first = min(view.offset, max(0, page.text.count - (footer - row)))
            for line in page.text.dropFirst(first) where row < footer {
                screen.put([line], row: row, column: 0)
                row += 1
            }
        }
        if size.rows > 1 { drawFooter(on: &screen, row: footer) }
        return screen
    }

    private func draw(_ page: Page, on screen: inout Screen, rows: Range<Int>) {
        let active = page.active(view.panel)?.panel
        let shown = page.panels.filter { $0.all > 0 }
        guard !shown.isEmpty else {
            let empty = view.place == .overview ? "nothing was submitted, and no daemon is here" : "no tasks to show"
            screen.put("  " + empty, .dim, row: min(rows.lowerBound, rows.upperBound - 1), column: 0)
            return
        }
        var row = rows.lowerBound
        let wanted = shown.map { $0.table.rows.count }
        let heights: [Int?] = Self.heights(wanted, active: shown.firstIndex { $0.panel == active }, room: rows.count)
        // A free row between panels where all have what they want.
        let isRoomy = heights == wanted.map(Optional.some) && wanted.reduce(-1) { $0 + $1 + 2 } <= rows.count
        for (section, height) in zip(shown, heights) {
            guard let height, row < rows.upperBound else { continue }
            draw(section, isActive: section.panel == active, on: &screen, row: row, height: height)
            row += height + 1 + (isRoomy ? 1 : 0)
        }
    }

    /// How many rows each panel gets beside its titles; nil: it is not shown. The active one gets what it wants as far
    /// as that is possible, and no other one is left without a row.
    static func heights(_ wanted: [Int], active: Int?, room: Int) -> [Int?] {
        var heights = wanted.map { Int?.some(min($0, 1)) }
        func used() -> Int {
            var rows = 0
            for case let height? in heights { rows += height + 1 }
            return rows
        }
        for index in heights.indices.reversed() where used() > room && index != active { heights[index] = nil }
        var left = room - used()
        while left > 0 {
            let before = left
            for index in heights.indices {
                // The active one grows three times as fast as the others.
                for _ in 0..<(index == active ? 3 : 1) where left > 0 {
                    guard let height = heights[index], height < wanted[index] else { break }
                    heights[index] = height + 1
                    left -= 1
                }
            }
            if left == before { break }
        }
        return heights.map { $0.map { min($0, max(0, room - 1)) } }
    }

    private func draw(
        _ section: Page.Section, isActive: Bool, on screen: inout Screen, row: Int, height: Int
    ) {
        var table = section.table
        let position = isActive ? table.position(of: view.selection[section.panel]) : 0
        let first = max(0, min(position - height / 2, table.rows.count - height))
        let window = first..<min(table.rows.count, first + height)
        var title = "\(section.panel.rawValue) \(table.columns[0].title)"
        if window.count < section.all { title += " \(window.count)/\(HumanText.number(section.all))" }
        table.columns[0].title = title
        // How many there are must be seen.
        table.columns[0].least = max(table.columns[0].least ?? 0, title.count)
        if let column = sorting[section.panel] { table.columns[column].title += "▾" }
        screen.put(isActive ? "▸" : " ", .heading, row: row, column: 0)
        table.draw(window, on: &screen, row: row, column: 1, titles: isActive ? .heading : .dim)
        guard isActive, !window.isEmpty else { return }
        screen.put("▸", .heading, row: row + 1 + position - first, column: 0)
        screen.reverse(row: row + 1 + position - first)
    }

    private func drawFooter(on screen: inout Screen, row: Int) {
        if let question {
            screen.put("Cancel \(question.name)? y: yes, any other key: no", .warning, row: row, column: 0)
        } else if isTypingFilter {
            screen.put([StyledText("/" + filter + "_", .heading), StyledText("  enter: keep, esc: all rows", .dim)],
                row: row, column: 0)
        } else if let message {
            screen.put([message], row: row, column: 0)
        } else {
            let back = views.count > 1 ? "esc back  " : ""
            let shown = filter.isEmpty ? "/ filter" : "/ filter: \(filter)"
            let quit = views.count > 1 ? "" : "  q quit"
            screen.put(
                "\(back)enter look  tab panel  c cancel  r retry  \(shown)  s sort  ? help\(quit)", .dim, row: row,
                column: 0)
        }
    }
}
