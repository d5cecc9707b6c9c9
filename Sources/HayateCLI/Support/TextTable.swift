/// Rows of columns that are as wide as their widest field; the last one is as it is.
enum TextTable {
    static func lines(_ rows: [[String]]) -> [String] {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return rows.map { row in
            row.enumerated().map { column, field in
                column == row.count - 1 ? field : field + String(repeating: " ", count: widths[column] - field.count)
            }.joined(separator: "  ")
        }
    }
}
