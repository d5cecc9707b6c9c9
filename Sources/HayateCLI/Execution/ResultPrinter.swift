import HayateCore

/// How results are written to standard output.
enum OutputFormat: String, Sendable, CaseIterable {
    /// What the commands wrote, unchanged: standard output to standard output, and error to error.
    case text
    /// One object per line.
    case json
    /// One row per element.
    case csv
}

/// A finished element that waits for its turn.
struct FinishedElement: Sendable {
    var record: OutcomeRecord
    var output: PendingOutput
    var error: PendingOutput
}

/// Where an output is until it is written.
enum PendingOutput: Sendable {
    case bytes([UInt8])
    case spilled(SpillFile.Place)
    /// A temporary file is deleted once it has been written.
    case file(path: String, isTemporary: Bool)

    var heldBytes: Int {
        if case .bytes(let bytes) = self { bytes.count } else { 0 }
    }
}

/// Writes one element in a format.
struct ResultPrinter {
    let format: OutputFormat
    let columns: InputColumns
    private var line = JSONText()

    /// As much of an output as a JSON object holds.
    static let embeddedBytes = 1 << 20

    init(format: OutputFormat, columns: InputColumns) {
        self.format = format
        self.columns = columns
    }

    /// What comes before the first element.
    func begin(_ console: inout Console) throws {
        guard format == .csv else { return }
        var bytes: [UInt8] = []
        CSVText.append(row: ResultRow.header(columns), to: &bytes)
        try console.writeOutput(bytes)
    }

    mutating func print(
        _ element: FinishedElement, to console: inout Console, spill: inout SpillFile
    ) throws {
        switch format {
        case .text:
            try Self.forEachChunk(element.output, &spill) { try console.writeOutput($0) }
            try Self.forEachChunk(element.error, &spill) { try console.writeError($0) }
        case .json:
            let output = try Self.head(element.output, &spill, limit: Self.embeddedBytes)
            let error = try Self.head(element.error, &spill, limit: Self.embeddedBytes)
            try console.writeOutput(json(element.record, output: output, error: error))
        case .csv:
            let output = try Self.head(element.output, &spill, limit: ResultRow.outputBytes)
            var bytes: [UInt8] = []
            CSVText.append(row: ResultRow.row(element.record, output: output), to: &bytes)
            try console.writeOutput(bytes)
            try Self.forEachChunk(element.error, &spill) { try console.writeError($0) }
        }
    }

    private mutating func json(
        _ record: OutcomeRecord, output: [UInt8], error: [UInt8]
    ) -> [UInt8] {
        line.removeAll()
        line.beginObject()
        line.field("index", record.index)
        if columns.areNamed {
            line.field("inputs", keys: columns.headings, values: record.values)
        } else {
            line.field("inputs", record.values)
        }
        line.field("status", record.status.rawValue)
        if let exit = record.exitCode { line.field("exit", exit) }
        if let signal = record.signal { line.field("signal", signal) }
        if let message = record.message { line.field("message", message) }
        line.field("attempts", record.attempts)
        line.field("seconds", microseconds: record.wallMicroseconds)
        line.field("cpu_seconds", microseconds: record.processorMicroseconds)
        if let peak = record.peakMemoryBytes { line.field("peak_memory_bytes", peak) }
        line.field("daemon", record.daemon)
        line.field("seed", String(record.seed))
        line.field("stdout", String(decoding: output, as: UTF8.self))
        line.field("stderr", String(decoding: error, as: UTF8.self))
        let isCut = output.count < record.standardOutputBytes
            || error.count < record.standardErrorBytes
        if record.isTruncated || isCut { line.field("truncated", true) }
        line.endObject()
        line.endLine()
        return line.bytes
    }

    /// The beginning of an output, which stays where it is unless it was spilled.
    static func head(
        _ output: PendingOutput, _ spill: inout SpillFile, limit: Int
    ) throws -> [UInt8] {
        switch output {
        case .bytes(let bytes): bytes.count > limit ? Array(bytes.prefix(limit)) : bytes
        case .spilled(let place): Array(try spill.take(place).prefix(limit))
        case .file(let path, _): try OutputFile.head(of: path, limit: limit)
        }
    }

    private static func forEachChunk(
        _ output: PendingOutput, _ spill: inout SpillFile, _ body: ([UInt8]) throws -> Void
    ) throws {
        switch output {
        case .bytes(let bytes): try body(bytes)
        case .spilled(let place): try body(spill.take(place))
        case .file(let path, _): try OutputFile.forEachChunk(of: path) { try body(Array($0)) }
        }
    }
}
