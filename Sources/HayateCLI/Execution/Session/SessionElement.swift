import Foundation
import Hayate
import HayateDaemon
import HayateWire

/// An element of a submission that ended, as a sweep's elements are shown.
struct SessionElement: Sendable {
    var task: SessionTaskName
    var element: InputElement
    var outcome: ElementOutcome

    /// - Parameter columns: how many values an element of the sweep has; 0 where that is not known.
    init(_ ended: SessionOutcome, columns: Int) {
        task = ended.task
        let values: [String]
        (outcome, values) = Self.read(ended)
        // Of an element that was lost or never started only its place is known.
        let missing = values.count < columns ? Array(repeating: "", count: columns - values.count) : []
        element = InputElement(index: Int(ended.task.element) + 1, values: values + missing)
        outcome.attempts = ended.attempt
        if outcome.daemon.isEmpty { outcome.daemon = ended.daemon }
    }

    private static func read(_ ended: SessionOutcome) -> (ElementOutcome, values: [String]) {
        let date = Date(timeIntervalSince1970: ended.ended)
        switch ended.result {
        case .success(let bytes):
            if let element = try? BinaryDecoder().decode(ElementResult.self, from: bytes) {
                return (ElementOutcome(element.result, attempts: ended.attempt, ended: date), element.values)
            }
            // A Swift task of another program: what it returned only that program can read.
            return (foreign(.succeeded, ended, date), [])
        case .failure(let error):
            if let failure = error.thrown(as: CommandFailed.self) {
                return (ElementOutcome(failure.result, attempts: ended.attempt, ended: date), failure.values)
            }
            if let failure = error.thrown(as: CommandNotStarted.self) {
                return (foreign(.couldNotStart(failure.description), ended, date), failure.values)
            }
            return (foreign(ElementOutcome.Status(error), ended, date), [])
        }
    }

    private static func foreign(
        _ status: ElementOutcome.Status, _ ended: SessionOutcome, _ date: Date
    ) -> ElementOutcome {
        var outcome = ElementOutcome(status: status)
        let output: TaskOutput? = if case .failure(let error) = ended.result { error.output } else { nil }
        if let output = ended.output ?? output {
            outcome.standardOutput = CapturedOutput(output.standardOutput)
            outcome.standardError = CapturedOutput(output.standardError)
        }
        outcome.ended = date
        outcome.started = date.addingTimeInterval(-ended.taskTime)
        outcome.wallTime = .nanoseconds(Int64(max(0, min(ended.taskTime, 1e9)) * 1e9))
        return outcome
    }
}

/// Makes of an element a task of a session.
struct SessionTaskMaker: Sendable {
    /// Where the commands run; nil: where daemons are started.
    var directory: String?
    var priority: Int8 = 0
    /// What all of them need.
    var needs: [SessionTaskName] = []
    /// Submissions of which each needs the element with the same number.
    var pairs: [Partner] = []

    struct Partner: Sendable {
        var name: String
        /// nil: not known yet.
        var count: Int?
    }

    func task(_ request: ElementRequest, number: UInt32) throws -> SessionTask {
        var command = Command(request.arguments).environment(request.environment)
        command.directory = directory
        command.standardOutput = .capture(limit: PoolExecutor.captureLimitAcrossMachines)
        command.standardError = .capture(limit: PoolExecutor.captureLimitAcrossMachines)
        command.timeLimitMilliseconds = request.timeout.map { UInt64(max(1, $0.nanoseconds / 1_000_000)) }
        guard let type = TaskName.of(ElementCommand.self) else {
            preconditionFailure("a type of a module of its own has a name")
        }
        var task = SessionTask(
            type: type, body: try BinaryEncoder().encode(ElementCommand(command, values: request.values)),
            label: HumanText.command(request.arguments))
        task.timeRequest = request.timeRequest?.nanoseconds
        task.resources = request.resources.map { SessionResources($0) }
        task.priority = priority
        if request.retries > 0 { task.retry.attempts = UInt32(request.retries) + 1 }
        task.needs = needs
        for partner in pairs {
            if let count = partner.count, Int(number) >= count {
                throw CommandLineError.noPartner(number, of: partner.name, count: count)
            }
            task.needs.append(SessionTaskName(submission: partner.name, element: number))
        }
        return task
    }
}
