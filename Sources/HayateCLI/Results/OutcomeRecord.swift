import Foundation
import Hayate

/// What is known of a finished element, without its outputs: one line of `outcomes.jsonl`.
struct OutcomeRecord: Sendable, Equatable {
    /// The words in files and in JSON and CSV output.
    enum Status: String, Sendable {
        case ok
        case failed
        case signalled
        case timedOut = "timed-out"
        case lost
        case couldNotStart = "could-not-start"
        /// Never recorded: the element counts as not run.
        case cancelled
    }

    var index: Int
    /// Only known where results are kept.
    var key: ElementKey?
    var values: [String]
    var status: Status
    /// 0 when it succeeded, otherwise only for `.failed`.
    var exitCode: Int?
    var signal: Int?
    /// Why it could not start.
    var message: String?
    var attempts = 1
    var seed: UInt64
    var wallMicroseconds = 0
    var processorMicroseconds = 0
    var peakMemoryBytes: Int?
    var daemon = ""
    var started = Date(timeIntervalSince1970: 0)
    var ended = Date(timeIntervalSince1970: 0)
    var standardOutputBytes = 0
    var standardErrorBytes = 0
    /// Whether a part of an output was not kept.
    var isTruncated = false
    /// Relative to the results directory.
    var standardOutputPath: String?
    var standardErrorPath: String?

    var isSuccess: Bool { status == .ok }
    var isFailure: Bool { status != .ok && status != .cancelled }

    init(
        element: InputElement, key: ElementKey? = nil, seed: UInt64, outcome: ElementOutcome
    ) {
        index = element.index
        values = element.values
        self.key = key
        self.seed = seed
        switch outcome.status {
        case .succeeded: (status, exitCode) = (.ok, 0)
        case .failed(let code): (status, exitCode) = (.failed, Int(code))
        case .signalled(let number): (status, signal) = (.signalled, Int(number))
        case .timedOut: status = .timedOut
        case .lost: status = .lost
        case .cancelled: status = .cancelled
        case .couldNotStart(let why): (status, message) = (.couldNotStart, why)
        }
        attempts = outcome.attempts
        wallMicroseconds = outcome.wallTime.wholeMicroseconds
        processorMicroseconds = outcome.processorTime.wholeMicroseconds
        peakMemoryBytes = outcome.peakMemoryBytes
        daemon = outcome.daemon
        started = outcome.started
        ended = outcome.ended
        standardOutputBytes = outcome.standardOutput.byteCount
        standardErrorBytes = outcome.standardError.byteCount
        isTruncated = outcome.standardOutput.isTruncated || outcome.standardError.isTruncated
    }

    /// Appends the line of `outcomes.jsonl`, with its line feed.
    func write(to line: inout JSONText) {
        line.beginObject()
        line.field("index", index)
        if let key { line.field("key", key.description) }
        line.field("status", status.rawValue)
        if let exitCode { line.field("exit", exitCode) }
        if let signal { line.field("signal", signal) }
        if let message { line.field("message", message) }
        line.field("attempts", attempts)
        line.field("seconds", microseconds: wallMicroseconds)
        line.field("cpu_seconds", microseconds: processorMicroseconds)
        if let peakMemoryBytes { line.field("peak_memory_bytes", peakMemoryBytes) }
        line.field("daemon", daemon)
        line.field("started", Timestamp.text(started))
        line.field("ended", Timestamp.text(ended))
        // As text: many readers of JSON hold numbers as binary fractions, which lose digits of it.
        line.field("seed", String(seed))
        line.field("inputs", values)
        line.field("stdout_bytes", standardOutputBytes)
        line.field("stderr_bytes", standardErrorBytes)
        if isTruncated { line.field("truncated", true) }
        if let standardOutputPath { line.field("stdout", standardOutputPath) }
        if let standardErrorPath { line.field("stderr", standardErrorPath) }
        line.endObject()
        line.endLine()
    }

    /// Reads a line of `outcomes.jsonl`; `nil` when it is damaged. Unknown fields are left out.
    init?(line: UnsafeBufferPointer<UInt8>) {
        guard let fields = FlatJSON.fields(line) else { return nil }
        var found: (index: Int?, status: Status?) = (nil, nil)
        (index, values, status, seed) = (0, [], .failed, 0)
        for (name, value) in fields {
            switch (name, value) {
            case ("index", .number(let text)): found.index = Int(text)
            case ("key", .string(let text)): key = ElementKey(text)
            case ("status", .string(let text)): found.status = Status(rawValue: text)
            case ("exit", .number(let text)): exitCode = Int(text)
            case ("signal", .number(let text)): signal = Int(text)
            case ("message", .string(let text)): message = text
            case ("attempts", .number(let text)): attempts = Int(text) ?? 1
            case ("seconds", .number(let text)): wallMicroseconds = Self.microseconds(text)
            case ("cpu_seconds", .number(let text)):
                processorMicroseconds = Self.microseconds(text)
            case ("peak_memory_bytes", .number(let text)): peakMemoryBytes = Int(text)
            case ("daemon", .string(let text)): daemon = text
            case ("started", .string(let text)): started = Timestamp.date(text) ?? started
            case ("ended", .string(let text)): ended = Timestamp.date(text) ?? ended
            case ("seed", .string(let text)): seed = UInt64(text) ?? 0
            case ("inputs", .strings(let texts)): values = texts
            case ("stdout_bytes", .number(let text)): standardOutputBytes = Int(text) ?? -1
            case ("stderr_bytes", .number(let text)): standardErrorBytes = Int(text) ?? -1
            case ("truncated", .truth(let truth)): isTruncated = truth
            case ("stdout", .string(let text)): standardOutputPath = text
            case ("stderr", .string(let text)): standardErrorPath = text
            default: break
            }
        }
        guard let index = found.index, index > 0, let status = found.status, key != nil else {
            return nil
        }
        self.index = index
        self.status = status
    }

    private static func microseconds(_ text: String) -> Int {
        guard let seconds = Double(text), seconds >= 0, seconds < 1e12 else { return 0 }
        return Int((seconds * 1e6).rounded())
    }
}

extension Duration {
    /// In microseconds, cut to what an `Int` of seconds up to 10^12 holds.
    var wholeMicroseconds: Int {
        let (seconds, attoseconds) = components
        let whole = Int(clamping: max(0, min(seconds, 1_000_000_000_000)))
        return whole * 1_000_000 + Int(clamping: max(0, attoseconds / 1_000_000_000_000))
    }

    var fractionalSeconds: Double { Double(wholeMicroseconds) / 1e6 }
}
