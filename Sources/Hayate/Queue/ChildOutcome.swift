import HayateCore
import HayateWire

/// How a child ended, as the body of an `outcome`: the lengths of what it printed to each stream, these
/// bytes, and then its value or the description of its error.
enum ChildOutcome {
    static func write(_ resolution: Resolution) -> (status: ResultStatus, body: [UInt8]) {
        switch resolution {
        case .value(let value): return (.value, join(value, nil))
        case .valueWithOutput(let value, let output): return (.value, join(value, output))
        case .error(let error):
            let description = (try? BinaryEncoder().encode(ErrorDescription(error))) ?? []
            return (.failure, join(description, error.output))
        }
    }

    static func read(_ status: ResultStatus, _ body: [UInt8]) -> Resolution {
        guard let (output, rest) = split(body) else { return .error(unreadable) }
        if status == .value { return output.map { .valueWithOutput(rest, $0) } ?? .value(rest) }
        guard
            let description = try? BinaryDecoder().decode(ErrorDescription.self, from: rest)
        else { return .error(unreadable) }
        var error = description.error
        error.output = output
        return .error(error)
    }

    private static var unreadable: HayateError {
        HayateError(
            .malformed,
            "the outcome of a task that a task submitted could not be read: host and daemon must be "
                + "built from the same sources")
    }

    /// Output that would not fit into a frame beside a value of the largest size is left out.
    private static func join(_ rest: [UInt8], _ output: TaskOutput?) -> [UInt8] {
        var output = output ?? TaskOutput()
        let bytes = output.standardOutput.count + output.standardError.count + rest.count
        if bytes > Wire.limitAfterAdmission - 64 { output = TaskOutput() }
        var body: [UInt8] = []
        body.reserveCapacity(8 + bytes)
        for part in [output.standardOutput, output.standardError] {
            for shift in 0..<4 { body.append(UInt8(truncatingIfNeeded: part.count >> (8 * shift))) }
        }
        body += output.standardOutput
        body += output.standardError
        body += rest
        return body
    }

    private static func split(_ body: [UInt8]) -> (TaskOutput?, [UInt8])? {
        guard body.count >= 8 else { return nil }
        func length(_ start: Int) -> Int {
            (0..<4).reduce(0) { $0 | Int(body[start + $1]) << (8 * $1) }
        }
        let first = length(0)
        let second = length(4)
        guard 8 + first + second <= body.count else { return nil }
        guard first + second > 0 else { return (nil, Array(body[8...])) }
        var output = TaskOutput()
        output.standardOutput = Array(body[8..<8 + first])
        output.standardError = Array(body[8 + first..<8 + first + second])
        return (output, Array(body[(8 + first + second)...]))
    }
}

/// A `HayateError` as it travels to the task that waits.
private struct ErrorDescription: Codable {
    var code: String
    var message: String
    var task: UInt64?
    var daemon: String?
    var attempt: Int?
    var exitCode: Int32?
    var signal: Int32?
    var coreDumped: Bool?
    var errorType: String?
    /// What the error brought along, if the task threw it.
    var failure: RemoteFailure?

    init(_ error: HayateError) {
        code = error.code.description
        message = error.message
        task = error.task
        daemon = error.daemon
        attempt = error.attempt
        errorType = error.errorType
        failure = error.failure
        switch error.exit {
        case .exited(let code): exitCode = code
        case .signalled(let number, let dumped):
            signal = number
            coreDumped = dumped
        case nil: break
        }
    }

    var error: HayateError {
        var error = HayateError(HayateError.Code(named: code) ?? .malformed, message)
        error.task = task
        error.daemon = daemon
        error.attempt = attempt
        error.errorType = errorType
        error.failure = failure
        if let exitCode {
            error.exit = .exited(code: exitCode)
        } else if let signal {
            error.exit = .signalled(number: signal, coreDumped: coreDumped ?? false)
        }
        return error
    }
}
