import ArgumentParser
import Foundation
import Hayate
import HayateView

/// `hayate wait`.
struct WaitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait",
        abstract: "Wait until submissions of a session are over.",
        usage: "hayate wait [options] [SUB ...]",
        discussion: """
            Those that are named, or all that there are now. Goes on waiting when the
            session is started again meanwhile. Ctrl-C ends waiting and nothing else.

            EXIT CODE
              0    all elements succeeded
              1    some did not
              2    wrong usage, or a session that cannot be used
              130  ended by Ctrl-C
            """)

    @OptionGroup var session: SessionChoice

    @OptionGroup var report: ReportOptions

    @Argument(help: ArgumentHelp("The submissions.", valueName: "sub"))
    var submissions: [String] = []

    func run() async throws {
        let environment = ProgramEnvironment.current
        let session = try await session.connect()
        var names: [String] = []
        for name in submissions { names.append(try await session.submission(name).name) }
        if names.isEmpty { names = try await session.connection.snapshot(tasks: 0).submissions.map(\.name) }
        let (wanted, form) = (Set(names), report.output)
        let code = try await Interruptible.run(environment, saying: "session \(session.name) goes on") {
            let views = try await over(wanted, session, environment)
            for view in views {
                switch form {
                case .json: try environment.writeJSON(view)
                case .text: environment.write(SubmissionText.ending(view) + "\n", to: environment.output)
                }
            }
            let bad = views.filter { $0.returned < $0.total }
            for view in bad where form == .text && view.failed > 0 {
                environment.write(
                    "hayate: to see what failed: hayate results --failed \(view.name)\(session.option)\n",
                    to: environment.error)
            }
            return bad.isEmpty ? ExitStatus.success : ExitStatus.failures
        }
        if code != ExitStatus.success { throw ExitCode(code) }
    }

    /// Looks again and again, more seldom the longer it takes: the session has nothing to send for that.
    private func over(
        _ names: Set<String>, _ session: ConnectedSession, _ environment: ProgramEnvironment
    ) async throws -> [SubmissionView] {
        var progress = SubmissionProgress(environment)
        defer { progress.clear() }
        var pause = Duration.milliseconds(20)
        while true {
            let snapshot = try await session.steadily { try await $0.snapshot(tasks: 0) }
            let views = snapshot.submissions.filter { names.contains($0.name) }
            let missing = names.subtracting(views.map(\.name))
            if let name = missing.min() {
                throw CommandLineError.submissionRemoved(name, session: session.name)
            }
            if views.allSatisfy(\.isOver) { return views }
            progress.draw(views, stalled: snapshot.session.stalled)
            try await ContinuousClock().sleep(for: pause)
            pause = min(pause * 1.5, .seconds(1))
        }
    }
}

extension CommandLineError {
    static func submissionRemoved(_ name: String, session: String) -> CommandLineError {
        CommandLineError(
            code: .session, message: "submission \(name) is not in session \(session) any more",
            hint: "somebody has removed it, or its results have been kept for long enough")
    }
}
