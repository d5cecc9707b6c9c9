/// All elements of a sweep, one after the other: every combination of its lists, of which the first
/// varies most slowly.
///
/// The first list is read as the elements are asked for, so it may be endless; the others are held.
/// A value that reads files: use one copy only.
struct InputElements: Sendable {
    let columns: InputColumns
    /// How many elements there are, where that is known before they are read.
    let count: Int?
    private var outer: any RowSource
    private let inner: [[[String]]]
    private var positions: [Int]
    private var outerRow: [String]?
    private var index = 0

    /// - Parameter sources: at least one.
    /// - Throws: when two columns have the same name, or an inner list cannot be read or held.
    init(_ sources: [any RowSource]) throws {
        columns = try InputColumns(names: sources.flatMap(\.names))
        outer = sources[0]
        var inner: [[[String]]] = []
        var count = sources[0].count
        for source in sources.dropFirst() {
            var source = source
            var rows: [[String]] = []
            while let row = try source.next() {
                guard rows.count < InputLimits.heldValues else {
                    throw CommandLineError.tooMany(source.name, limit: InputLimits.heldValues)
                }
                rows.append(row)
            }
            if let known = count {
                let (product, isOverflow) = known.multipliedReportingOverflow(by: rows.count)
                count = isOverflow ? nil : product
            }
            inner.append(rows)
        }
        self.inner = inner
        self.count = inner.contains(where: \.isEmpty) ? 0 : count
        positions = Array(repeating: 0, count: inner.count)
    }

    /// The index of the last element that was given out, 0 before the first.
    var lastIndex: Int { index }

    /// The next element; `nil` at the end.
    mutating func next() throws -> InputElement? {
        if inner.isEmpty {
            guard let row = try outer.next() else { return nil }
            index += 1
            return InputElement(index: index, values: row)
        }
        guard count != 0 else { return nil }
        if outerRow == nil {
            outerRow = try outer.next()
        }
        guard let first = outerRow else { return nil }
        var values = first
        for (rows, position) in zip(inner, positions) {
            values.append(contentsOf: rows[position])
        }
        advance()
        index += 1
        return InputElement(index: index, values: values)
    }

    /// Turns the last list by one, and those before it when it has come round.
    private mutating func advance() {
        for place in positions.indices.reversed() {
            positions[place] += 1
            if positions[place] < inner[place].count { return }
            positions[place] = 0
        }
        outerRow = nil
    }
}
