import Hayate

/// A failed element as the summary shows it.
struct FailureReport: Sendable, Equatable {
    var index: Int
    /// The inputs as a person reads them.
    var inputs: String
    /// What happened: `exit 3`, `timed out after 30 s`.
    var what: String
    /// The last lines of standard error, or of standard output if that is empty.
    var lastLines: [String]

    /// At most this many bytes of what it said are looked at.
    static let tailBytes = 2048
    /// At most this many lines of it are shown.
    static let tailLines = 5

    init(_ record: OutcomeRecord, columns: InputColumns, tail: [UInt8]) {
        index = record.index
        inputs = columns.describe(record.values)
        what = Self.describe(record)
        lastLines = Self.lines(tail)
    }

    static func describe(_ record: OutcomeRecord) -> String {
        let attempts = record.attempts > 1 ? " in each of \(record.attempts) attempts" : ""
        switch record.status {
        case .ok: return "ok"
        case .failed: return "exit \(record.exitCode ?? 1)\(attempts)\(exitHint(record.exitCode))"
        case .signalled:
            return "ended by \(SignalText.describe(record.signal ?? 0))\(attempts)"
        case .timedOut:
            let seconds = Double(record.wallMicroseconds) / 1e6
            return "timed out after \(HumanText.time(seconds: seconds))\(attempts)"
        case .lost:
            return "lost with its daemon\(attempts)"
        case .couldNotStart: return "could not start: \(record.message ?? "unknown reason")"
        case .cancelled: return "stopped"
        }
    }

    /// What a shell means by two of its exit codes.
    private static func exitHint(_ code: Int?) -> String {
        switch code {
        case 126: " (found but not executable)"
        case 127: " (command not found)"
        default: ""
        }
    }

    private static func lines(_ tail: [UInt8]) -> [String] {
        String(decoding: tail, as: UTF8.self)
            .split(whereSeparator: \.isNewline).suffix(tailLines)
            .map { line in
                // Nothing a failed program said may move the cursor.
                String(line.prefix(500).unicodeScalars.map { scalar in
                    scalar.properties.generalCategory == .control && scalar != "\t"
                        ? "?" : Character(scalar)
                })
            }
    }
}

/// Names of signals, and what usually sends them.
enum SignalText {
    static func describe(_ number: Int) -> String {
        switch number {
        case 1: "SIGHUP"
        case 2: "SIGINT"
        case 3: "SIGQUIT"
        case 4: "SIGILL (an instruction this processor does not have)"
        case 6: "SIGABRT (it gave up by itself)"
        case 7: "SIGBUS"
        case 8: "SIGFPE (division by zero)"
        case 9: "SIGKILL (often: out of memory)"
        case 11: "SIGSEGV (a wrong memory access)"
        case 13: "SIGPIPE"
        case 15: "SIGTERM"
        case 24: "SIGXCPU (the limit of processor time)"
        case 25: "SIGXFSZ (the limit of file size)"
        case 31: "SIGSYS"
        default: "signal \(number)"
        }
    }
}
