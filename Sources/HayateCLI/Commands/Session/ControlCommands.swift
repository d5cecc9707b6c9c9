import ArgumentParser
import Foundation
import Hayate
import HayateView

/// `hayate cancel`.
struct CancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Cancel submissions of a session, or elements of them.",
        usage: "hayate cancel [options] SUB|SUB/N ...",
        discussion: """
            What waits does not start, what runs is stopped, and what needs it is not
            started either. What has ended keeps its result.
            """)

    @OptionGroup var session: SessionChoice

    @Flag(help: "Everything that has not ended.")
    var all = false

    @OptionGroup var report: ReportOptions

    @Argument(help: ArgumentHelp("Submissions, and elements as SUB/N.", valueName: "sub"))
    var names: [String] = []

    func validate() throws {
        if all == names.isEmpty { return }
        throw ValidationError(
            all
                ? "--all cancels everything: leave out the names."
                : "Say what is to be cancelled: SUB, SUB/N, or --all.")
    }

    func run() async throws {
        let session = try await session.connect()
        let selections = all ? [.everything] : try await session.selections(names)
        try await Changed.tell(selections, "cancelled", "nothing that has not ended", report) {
            try await session.connection.cancel($0)
        }
    }
}

/// `hayate retry`.
struct RetryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Run failed elements of a session again.",
        usage: "hayate retry [options] SUB|SUB/N ...",
        discussion: """
            Of a submission all that ended without success, cancelled ones among them. They
            run as if submitted now; their results take the place of the old ones.
            """)

    @OptionGroup var session: SessionChoice

    @OptionGroup var report: ReportOptions

    @Argument(help: ArgumentHelp("Submissions, and elements as SUB/N.", valueName: "sub"))
    var names: [String]

    func run() async throws {
        let session = try await session.connect()
        let selections = try await session.selections(names, failed: true)
        try await Changed.tell(selections, "submitted again", "nothing that has failed", report) {
            try await session.connection.retry($0)
        }
    }
}

/// What became of a number of tasks.
private enum Changed {
    struct Answer: Codable { var tasks: Int }

    static func tell(
        _ selections: [SessionSelection], _ verb: String, _ nothing: String, _ report: ReportOptions,
        _ change: (SessionSelection) async throws -> Int
    ) async throws {
        let environment = ProgramEnvironment.current
        var count = 0
        for selection in selections { count += try await change(selection) }
        if report.output == .json { return try environment.writeJSON(Answer(tasks: count)) }
        environment.write(
            count == 0 ? nothing + "\n" : "\(Counted.text(count, "element")) \(verb)\n", to: environment.output)
    }
}

/// `hayate explain`.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say why an element waits, or what became of it.",
        usage: "hayate explain [options] SUB/N")

    @OptionGroup var session: SessionChoice

    @OptionGroup var report: ReportOptions

    @Argument(help: ArgumentHelp("The element.", valueName: "sub/n"))
    var task: String

    private struct Answer: Codable {
        var task: String
        var sentences: [String]
    }

    func run() async throws {
        let environment = ProgramEnvironment.current
        guard let name = SessionTaskName(task) else { throw CommandLineError.noTaskName(task) }
        let session = try await session.connect()
        try await session.check(name)
        let sentences = try await session.connection.explain(name)
        if report.output == .json {
            return try environment.writeJSON(Answer(task: name.description, sentences: sentences))
        }
        for sentence in sentences { environment.write(sentence + "\n", to: environment.output) }
    }
}

extension CommandLineError {
    static func noTaskName(_ text: String) -> CommandLineError {
        CommandLineError(
            code: .usage, message: "\(HumanText.shellWord(text)) names no element",
            hint: "write the submission and the number, as fits/0 for the first one of fits")
    }
}
