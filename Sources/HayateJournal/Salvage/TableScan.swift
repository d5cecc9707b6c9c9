/// All rows of a table that can still be reached: past a damaged page from the other side.
struct TableScan {
    private let ascending: PreparedStatement
    private let descending: PreparedStatement
    /// How often more the scan may run into damage: each page of it costs about twice the tree's height.
    private var patience = 4096
    /// Whether there was any.
    private(set) var isDamaged = false

    /// - Parameter columns: the first is the row's number.
    init(
        _ columns: String, of table: String, number: String,
        prepare: (String) throws(StoreFailure) -> PreparedStatement
    ) throws(StoreFailure) {
        let select = "SELECT \(columns) FROM \(table) WHERE \(number) BETWEEN ? AND ? ORDER BY \(number)"
        ascending = try prepare(select)
        descending = try prepare(select + " DESC")
    }

    /// Each row once, in no order. What the body throws ends it. Our rows have no negative numbers.
    mutating func run(_ body: (PreparedStatement) throws(StoreFailure) -> Void) throws(StoreFailure) {
        try run(from: 0, to: .max, body)
    }

    private mutating func run(
        from first: Int64, to last: Int64, _ body: (PreparedStatement) throws(StoreFailure) -> Void
    ) throws(StoreFailure) {
        var ranges = [(first, last)]
        while let (first, last) = ranges.popLast() {
            guard let low = try read(ascending, first, last, isAscending: true, body) else { continue }
            isDamaged = true
            guard low <= last, let high = try read(descending, low, last, isAscending: false, body) else { continue }
            patience -= 1
            // In between is at least one page that cannot be read, and perhaps others that can.
            guard patience > 0, low < high else { continue }
            let middle = low + (high - low) / 2
            ranges.append((low, middle))
            ranges.append((middle + 1, high))
        }
    }

    /// - Returns: where the rest begins that could not be read; nil: there is none.
    private func read(
        _ statement: PreparedStatement, _ first: Int64, _ last: Int64, isAscending: Bool,
        _ body: (PreparedStatement) throws(StoreFailure) -> Void
    ) throws(StoreFailure) -> Int64? {
        defer { statement.reset() }
        var rest = isAscending ? first : last
        statement.bind(first).bind(last)
        while true {
            do throws(StoreFailure) {
                guard try statement.next() else { return nil }
            } catch {
                guard error.isDamage else { throw error }
                return rest
            }
            let number = statement.integer(0)
            // Rows that go round in circles.
            guard isAscending ? number >= rest : number <= rest, (first...last).contains(number) else { return rest }
            try body(statement)
            if number == (isAscending ? last : first) { return nil }
            rest = isAscending ? number + 1 : number - 1
        }
    }
}
