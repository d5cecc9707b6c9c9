import Foundation
import Hayate

/// Writes `results.csv`: beside its place, row by row in input order, and put there when all is
/// done.
struct ResultsTable {
    private let layout: ResultsLayout
    private let file: OwnedDescriptor
    private var pending: [UInt8] = []

    init(_ layout: ResultsLayout, columns: InputColumns) throws {
        self.layout = layout
        let path = layout.partialTable
        let number = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o666)
        guard number >= 0 else { throw CommandLineError.resultsFailed(path, systemMessage()) }
        file = OwnedDescriptor(number)
        CSVText.append(row: ResultRow.header(columns), to: &pending)
    }

    mutating func append(_ row: [String]) throws {
        CSVText.append(row: row, to: &pending)
        if pending.count >= 64 << 10 { try flush() }
    }

    /// Replaces the table of an earlier run in one step.
    mutating func finish() throws {
        try flush()
        guard fsync(file.number) == 0 || errno == EINVAL,
            rename(layout.partialTable, layout.table) == 0
        else { throw CommandLineError.resultsFailed(layout.table, systemMessage()) }
    }

    /// Leaves the table of an earlier run as it is.
    func discard() {
        unlink(layout.partialTable)
    }

    private mutating func flush() throws {
        let failure = pending.withUnsafeBytes { writeAll($0, to: file.number) }
        guard failure == 0 else {
            throw CommandLineError.resultsFailed(layout.partialTable, systemMessage(failure))
        }
        pending.removeAll(keepingCapacity: true)
    }
}

/// An element as a row of `results.csv` and of `--output csv`.
enum ResultRow {
    /// As much of standard output as a row holds: the limit of a cell in common spreadsheets.
    static let outputBytes = 32_767

    static func header(_ columns: InputColumns) -> [String] {
        ["index"] + columns.headings + ["status", "exit", "seconds", "stdout"]
    }

    /// - Parameter output: the beginning of its standard output; the last line end is left out.
    static func row(_ record: OutcomeRecord, output: [UInt8]) -> [String] {
        var text = output.prefix(outputBytes)
        if text.last == 0x0A { text.removeLast() }
        var row = [String(record.index)]
        row.append(contentsOf: record.values)
        row.append(record.status.rawValue)
        row.append(record.exitCode.map { String($0) } ?? "")
        row.append(JSONText.seconds(microseconds: record.wallMicroseconds))
        row.append(String(decoding: text, as: UTF8.self))
        return row
    }
}
