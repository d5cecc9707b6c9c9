import ArgumentParser
import Foundation
import Hayate
import HayateView

/// `hayate session attach`.
struct SessionAttachCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attach",
        abstract: "Follow what happens in a session.",
        usage: "hayate session attach [options]",
        discussion: """
            Says which submissions begin and end and what fails, and shows the progress of
            all at a terminal. Ctrl-C detaches; the session goes on.
            """)

    @OptionGroup var session: SessionChoice

    @OptionGroup var report: ReportOptions

    func run() async throws {
        let environment = ProgramEnvironment.current
        let session = try await session.connect()
        let form = report.output
        let code = try await Interruptible.run(environment, saying: "session \(session.name) goes on") {
            var news = SessionNews()
            var progress = SubmissionProgress(environment)
            defer { progress.clear() }
            while true {
                let snapshot = try await session.steadily { try await $0.snapshot(tasks: 0) }
                let items = news.look(at: snapshot)
                if !items.isEmpty { progress.clear() }
                for item in items {
                    switch form {
                    case .json: try environment.writeJSON(item)
                    case .text: environment.write(item.text, to: environment.output)
                    }
                }
                progress.draw(snapshot.submissions, stalled: snapshot.session.stalled)
                try await ContinuousClock().sleep(for: .milliseconds(500))
            }
        }
        if code != ExitStatus.success { throw ExitCode(code) }
    }
}

/// What has happened between two looks at a session. Pure.
struct SessionNews {
    /// One thing that has happened.
    struct Item: Codable, Equatable, Sendable {
        /// `begun`, `over`, `failed`, `stalled`, `moving`.
        var event: String
        var submission: SubmissionView?
        var failure: FailureView?
        var reason: String?

        var text: String {
            if let failure {
                let label = failure.label.isEmpty ? "" : " (\(HumanText.oneLine(failure.label)))"
                let words = failure.lastWords.split(whereSeparator: \.isNewline).suffix(FailureReport.tailLines)
                return "\(failure.task)\(label): \(HumanText.oneLine(failure.message))\n"
                    + words.map { "    | \(HumanText.oneLine(String($0)))\n" }.joined()
            }
            if let submission {
                return event == "begun"
                    ? "\(submission.name) has begun: \(HumanText.oneLine(submission.label))\n"
                    : SubmissionText.ending(submission) + "\n"
            }
            return reason.map { "nothing moves: \(HumanText.oneLine($0))\n" } ?? "it moves again\n"
        }
    }

    private var known: [String: Bool] = [:]
    private var failures: Set<FailureView> = []
    private var stalled: String?
    private var isFirst = true

    /// - Returns: what is new since the last look; at the first, what goes on.
    mutating func look(at snapshot: SessionSnapshot) -> [Item] {
        var items: [Item] = []
        for submission in snapshot.submissions {
            let before = known[submission.name]
            if before == nil, !(isFirst && submission.isOver) {
                items.append(Item(event: "begun", submission: submission))
            }
            if submission.isOver, before == false || (before == nil && !isFirst) {
                items.append(Item(event: "over", submission: submission))
            }
            known[submission.name] = submission.isOver
        }
        known = known.filter { name, _ in snapshot.submissions.contains { $0.name == name } }
        if !isFirst {
            for failure in snapshot.failures.reversed() where !failures.contains(failure) {
                items.append(Item(event: "failed", failure: failure))
            }
        }
        failures = Set(snapshot.failures)
        if snapshot.session.stalled != stalled {
            stalled = snapshot.session.stalled
            items.append(Item(event: stalled == nil ? "moving" : "stalled", reason: stalled))
        }
        isFirst = false
        return items
    }
}
