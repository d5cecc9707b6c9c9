import Foundation
import Hayate

/// What becomes of elements that ended: they are recorded, counted, put in order and written.
///
/// Used by one thread at a time.
struct RunRecorder {
    private let columns: InputColumns
    private let store: ResultsStore?
    private var table: ResultsTable?
    private var order: InOrder<FinishedElement>
    private var spill = SpillFile()
    private var printer: ResultPrinter
    private(set) var console: Console
    private(set) var summary = RunSummary()
    private var rate = RateWindow()
    /// What is written; all is counted.
    private let shows: (OutcomeRecord) -> Bool
    /// Whether output has failed, so that no more is tried.
    private var isMute = false

    /// How far behind the oldest unfinished element another may be: bounds what is held of each.
    static let span = 1 << 20
    /// How many bytes of outputs may wait in memory.
    static let heldBytes = 64 << 20

    init(
        columns: InputColumns, store: ResultsStore?, format: OutputFormat, console: Console,
        span: Int = span, heldBytes: Int = heldBytes,
        shows: @escaping (OutcomeRecord) -> Bool = { $0.status != .cancelled }
    ) throws {
        self.shows = shows
        self.columns = columns
        self.store = store
        self.console = console
        table = try store.map { try ResultsTable($0.layout, columns: columns) }
        order = InOrder(span: span, byteLimit: heldBytes)
        printer = ResultPrinter(format: format, columns: columns)
        try printer.begin(&self.console)
    }

    func allowance(lastStarted: Int) -> Int { order.allowance(lastStarted: lastStarted) }

    /// Takes an element in, and writes all whose turn it is.
    ///
    /// - Returns: whether it failed.
    /// - Throws: `CommandLineError`, or `Console.Closed` when nobody reads any more.
    mutating func take(_ arrival: RunGate.Arrival) throws -> Bool {
        var finished: FinishedElement
        switch arrival.content {
        case .earlier(let record):
            summary.succeeded += 1
            summary.reused += 1
            finished = FinishedElement(
                record: record, output: stored(record.standardOutputPath),
                error: stored(record.standardErrorPath))
        case .outcome(let outcome):
            var record = OutcomeRecord(
                element: arrival.element, key: arrival.key, seed: arrival.seed, outcome: outcome)
            count(record, outcome)
            if let store, record.status != .cancelled { record = try store.record(record, outcome) }
            finished = FinishedElement(
                record: record,
                output: pending(outcome.standardOutput, record.standardOutputPath),
                error: pending(outcome.standardError, record.standardErrorPath))
        }
        try spillIfNeeded(&finished)
        let bytes = finished.output.heldBytes + finished.error.heldBytes
        let isFailure = finished.record.isFailure
        order.insert(finished, at: arrival.element.index, bytes: bytes)
        while let next = order.release() { try emit(next) }
        return isFailure
    }

    /// Writes what is buffered.
    mutating func flush() throws {
        guard !isMute else { return }
        do { try console.flush() } catch {
            isMute = true
            throw error
        }
    }

    /// Writes a line to standard error at once. That it fails does not matter here.
    mutating func say(_ line: String) { console.say(line) }

    /// Ends the run: the table is put in place if the run went through all inputs.
    mutating func finish(isComplete: Bool) throws {
        console.display.clear()
        try flush()
        if isComplete { try table?.finish() } else { table?.discard() }
        try store?.close()
    }

    /// Draws the progress line, if there is one.
    mutating func draw(elapsed: Double, total: Int?, status: ExecutorStatus) {
        let done = summary.succeeded + summary.failed
        // What an earlier run did says nothing of how fast this one is.
        rate.add(time: elapsed, done: done - summary.reused)
        console.display.draw(
            ProgressSnapshot(
                done: done, failed: summary.failed, running: status.running, total: total,
                elapsed: elapsed, perSecond: rate.perSecond, waitReason: status.waitReason))
    }

    private mutating func count(_ record: OutcomeRecord, _ outcome: ElementOutcome) {
        if record.isSuccess {
            summary.succeeded += 1
        } else if record.isFailure {
            summary.failed += 1
            guard summary.failures.count < RunSummary.shownFailures else { return }
            let error = tail(outcome.standardError)
            summary.failures.append(
                FailureReport(
                    record, columns: columns,
                    tail: error.isEmpty ? tail(outcome.standardOutput) : error))
        } else {
            summary.notRun += 1
        }
    }

    private func tail(_ output: CapturedOutput) -> [UInt8] {
        switch output.content {
        case .bytes(let bytes): Array(bytes.suffix(FailureReport.tailBytes))
        case .file(let path): OutputFile.tail(of: path, limit: FailureReport.tailBytes)
        }
    }

    private func stored(_ path: String?) -> PendingOutput {
        guard let path, let store else { return .bytes([]) }
        return .file(path: store.path(path), isTemporary: false)
    }

    private func pending(_ output: CapturedOutput, _ path: String?) -> PendingOutput {
        switch output.content {
        case .bytes(let bytes): .bytes(bytes)
        case .file(let source):
            path == nil ? .file(path: source, isTemporary: true) : stored(path)
        }
    }

    private mutating func spillIfNeeded(_ finished: inout FinishedElement) throws {
        let bytes = finished.output.heldBytes + finished.error.heldBytes
        guard order.shouldSpill(index: finished.record.index, bytes: bytes) else { return }
        let record = finished.record
        finished.output = try spilled(finished.output, record.standardOutputPath)
        finished.error = try spilled(finished.error, record.standardErrorPath)
    }

    private mutating func spilled(
        _ output: PendingOutput, _ path: String?
    ) throws -> PendingOutput {
        guard case .bytes(let bytes) = output, !bytes.isEmpty else { return output }
        // With --results it is in a file already.
        return path == nil ? .spilled(try spill.store(bytes)) : stored(path)
    }

    private mutating func emit(_ element: FinishedElement) throws {
        defer { delete(element.output); delete(element.error) }
        guard shows(element.record) else { return }
        if table != nil {
            var row: [String] = []
            row = ResultRow.row(
                element.record,
                output: try ResultPrinter.head(
                    element.output, &spill, limit: ResultRow.outputBytes))
            try table?.append(row)
        }
        guard !isMute else { return }
        do {
            try printer.print(element, to: &console, spill: &spill)
        } catch {
            isMute = true
            throw error
        }
    }

    private func delete(_ output: PendingOutput) {
        if case .file(let path, true) = output { unlink(path) }
    }
}
