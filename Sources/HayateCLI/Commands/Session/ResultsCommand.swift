import ArgumentParser
import Foundation
import Hayate
import HayateView

/// `hayate results`.
struct ResultsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "results",
        abstract: "Write the results of a submission, in order.",
        usage: "hayate results [options] SUB",
        discussion: """
            Those that are there now, as 'hayate map' writes them; text is what the
            commands wrote, to standard output and to standard error. With --follow it
            waits for those to come, each in its turn. They stay in the session.

              hayate results fits > fits.txt
              hayate results --failed --output json fits
              hayate results --element 17 fits

            Elements that were cancelled are in json and csv. Of one that was lost or never
            started its inputs are not known here, and are left empty. Of failed ones the
            first 256 KiB of each stream are kept.
            """)

    @OptionGroup var session: SessionChoice

    @Flag(help: "Only those that did not succeed.")
    var failed = false

    @Flag(help: "Wait for those that are to come.")
    var follow = false

    @Option(help: ArgumentHelp("Only this one: 0 is the first.", valueName: "number"))
    var element: UInt32?

    @Option(
        help: ArgumentHelp(
            "How to write results to standard output: text, json or csv.", valueName: "format"))
    var output = OutputFormat.text

    @Argument(help: ArgumentHelp("The submission, or SUB/N for one element of it.", valueName: "sub"))
    var submission: String

    func validate() throws {
        if follow, element != nil || SessionTaskName(submission) != nil {
            throw ValidationError("--follow is about all elements: leave it out for one.")
        }
        if element != nil, SessionTaskName(submission) != nil {
            throw ValidationError("\(submission) names an element already: leave out --element.")
        }
    }

    func run() async throws {
        let environment = ProgramEnvironment.current
        let session = try await session.connect()
        let single = SessionTaskName(submission)
        let name = single?.submission ?? submission
        let view = try await session.submission(name)
        if let number = element ?? single?.element {
            try await session.check(SessionTaskName(submission: name, element: number))
        }
        let wanted = element ?? single?.element
        let printer = SubmissionResults(
            session: session, view: view, format: output, onlyFailures: failed, environment: environment)
        let follows = follow
        let code = try await Interruptible.run(environment, saying: "session \(session.name) goes on") {
            follows ? try await printer.follow() : try await printer.write(only: wanted)
        }
        if code != ExitStatus.success { throw ExitCode(code) }
    }
}

/// Writes the results of a submission.
struct SubmissionResults: Sendable {
    let session: ConnectedSession
    let view: SubmissionView
    let format: OutputFormat
    let onlyFailures: Bool
    let environment: ProgramEnvironment

    /// Results asked for at once.
    private static let page = 200

    /// Those that are there.
    /// - Returns: the exit code.
    func write(only number: UInt32?) async throws -> Int32 {
        let sheet = try await sheet()
        var (console, spill) = (console(), SpillFile())
        var printer = ResultPrinter(format: format, columns: try sheet.columns)
        do {
            try printer.begin(&console)
            var next = number ?? 0
            while true {
                let from = next
                let page = try await session.steadily {
                    try await $0.results(of: view.name, from: from, limit: number == nil ? Self.page : 1)
                }
                guard let last = page.last, number == nil || last.task.element == number else { break }
                for ended in page {
                    let record = record(ended, sheet)
                    guard isShown(record) else { continue }
                    try printer.print(
                        FinishedElement(
                            record: record.record, output: pending(record.outcome.standardOutput),
                            error: pending(record.outcome.standardError)), to: &console, spill: &spill)
                }
                try console.flush()
                guard number == nil, last.task.element < .max else { break }
                next = last.task.element + 1
            }
            try console.flush()
        } catch is Console.Closed {
            return ExitStatus.brokenPipe
        }
        return ExitStatus.success
    }

    /// All of them, waiting for those to come.
    /// - Returns: the exit code.
    func follow() async throws -> Int32 {
        let sheet = try await sheet()
        var recorder = try RunRecorder(
            columns: try sheet.columns, store: nil, format: format, console: console(), shows: onlyFailures
                ? { $0.isFailure } : { $0.status != .cancelled || self.format != .text })
        var follower = SessionFollower(session, submission: view.name)
        // An element that somebody had run again has another outcome: the first one was shown.
        var seen: Set<UInt32> = []
        do {
            while let ended = try await follower.next() {
                for ended in ended where seen.insert(ended.task.element).inserted {
                    let element = record(ended, sheet)
                    _ = try recorder.take(
                        RunGate.Arrival(
                            element: element.element, key: nil, seed: element.record.seed,
                            content: .outcome(element.outcome)))
                }
                try recorder.flush()
            }
            try recorder.finish(isComplete: true)
        } catch is Console.Closed {
            return ExitStatus.brokenPipe
        }
        return ExitStatus.success
    }

    private struct Entry {
        var element: InputElement
        var outcome: ElementOutcome
        var record: OutcomeRecord
    }

    private func record(_ ended: SessionOutcome, _ sheet: Sheet) -> Entry {
        let element = SessionElement(ended, columns: sheet.count)
        let seed = sheet.seed.map { ElementSeed.seed(sweep: $0, index: element.element.index) } ?? 0
        return Entry(
            element: element.element, outcome: element.outcome,
            record: OutcomeRecord(element: element.element, seed: seed, outcome: element.outcome))
    }

    private func isShown(_ entry: Entry) -> Bool {
        onlyFailures ? entry.record.isFailure : entry.record.status != .cancelled || format != .text
    }

    private func pending(_ output: CapturedOutput) -> PendingOutput {
        switch output.content {
        case .bytes(let bytes): .bytes(bytes)
        case .file(let path): .file(path: path, isTemporary: false)
        }
    }

    private func console() -> Console {
        Console(
            output: environment.output, error: environment.error,
            display: ProgressDisplay(descriptor: environment.error, isEnabled: false))
    }

    /// What whoever submitted it left for whoever shows it.
    private struct Sheet {
        var columns: InputColumns
        var seed: UInt64?
        var count: Int { columns.count }
    }

    private func sheet() async throws -> Sheet {
        let bytes = try await session.steadily { try await $0.attachment(of: view.name) }
        guard let sheet = SubmissionSheet(bytes) else { return Sheet(columns: try InputColumns(names: []), seed: nil) }
        return Sheet(columns: try sheet.inputColumns(), seed: UInt64(sheet.seed))
    }
}
