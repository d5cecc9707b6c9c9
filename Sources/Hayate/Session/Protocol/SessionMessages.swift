import HayateView

/// What a client asks of a session's host.
enum SessionRequest: Codable, Sendable {
    case begin(SubmissionOptions)
    case add(SessionAddition)
    case complete(String)
    /// Many answers, until the submission is over; nil: of all submissions, without end.
    case follow(submission: String?, after: Int64)
    case results(submission: String, from: UInt32, limit: Int)
    /// The outcome of one task; waits for it.
    case outcome(SessionTaskName)
    case snapshot(tasks: Int)
    case spans(since: Double, limit: Int)
    case submission(String)
    case attachment(String)
    case explain(SessionTaskName)
    /// Many answers.
    case log(SessionSelection, following: Bool)
    case cancel(SessionSelection)
    case retry(SessionSelection)
    case remove(String)
    case resize(Int)
    case stop(draining: Bool)

    /// Whether it does more than look.
    var isChange: Bool {
        switch self {
        case .begin, .add, .complete, .cancel, .retry, .remove, .resize, .stop: true
        case .follow, .results, .outcome, .snapshot, .spans, .submission, .attachment, .explain, .log: false
        }
    }
}

/// Elements of a submission.
struct SessionAddition: Codable, Sendable {
    var submission: String
    /// The element that the first of them is.
    var first: UInt32
    var tasks: [SessionTask]
}

/// What the host answers.
enum SessionAnswer: Codable, Sendable {
    case done
    case count(Int)
    case submission(SubmissionView?)
    case outcomes([SessionOutcomeText])
    case snapshot(SessionSnapshot)
    case spans([SpanView])
    case bytes([UInt8])
    case sentences([String])
}

/// An outcome as the journal has it.
struct SessionOutcomeText: Codable, Sendable {
    var task: SessionTaskName
    var number: Int64
    var attempt: Int
    var daemon: String
    /// Milliseconds since 1970.
    var ended: Int64
    /// Nanoseconds.
    var taskTime: Int64
    var status: UInt8
    var body: [UInt8]

    var outcome: SessionOutcome {
        let resolution = DurableOutcome.read(status, body)
        let result: Result<[UInt8], HayateError>
        var output: TaskOutput?
        switch resolution {
        case .value(let value): result = .success(value)
        case .valueWithOutput(let value, let printed):
            result = .success(value)
            output = printed
        case .error(let error):
            result = .failure(error)
            output = error.output
        }
        return SessionOutcome(
            task: task, number: number, attempt: attempt, daemon: daemon, ended: Double(ended) / 1_000,
            taskTime: Double(taskTime) / 1e9, result: result, output: output)
    }
}
