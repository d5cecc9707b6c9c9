import ArgumentParser
import Foundation
import Hayate
import HayateView

/// `hayate session stop`.
struct SessionStopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop",
        abstract: "Stop a session; what it holds stays.",
        usage: "hayate session stop [options]",
        discussion: """
            Ends its daemons, its jobs and its process. Tasks that have not ended begin
            again when the session is started again; results stay.
            """)

    @OptionGroup var session: SessionChoice

    @Flag(help: "Take no more submissions, and stop when all tasks have ended; waits for that. Ctrl-C ends waiting.")
    var drain = false

    @OptionGroup var report: ReportOptions

    func run() async throws {
        let environment = ProgramEnvironment.current
        let session = try await session.connect()
        let code = try await Interruptible.run(
            environment, saying: drain ? "the session goes on draining" : "the session ends all the same"
        ) {
            let before = try await session.connection.snapshot(tasks: 0)
            try await session.connection.stop(draining: drain)
            try await ended(session, before.session.process, environment)
            if report.output == .json {
                try environment.writeJSON(Answer(session: session.name, state: "stopped"))
            } else {
                environment.write("session \(session.name) is stopped\n", to: environment.output)
            }
            return ExitStatus.success
        }
        if code != ExitStatus.success { throw ExitCode(code) }
    }

    private struct Answer: Codable {
        var session: String
        var state: String
    }

    /// Waits until its process is gone, with progress while it drains.
    private func ended(
        _ session: ConnectedSession, _ process: Int32, _ environment: ProgramEnvironment
    ) async throws {
        let clock = ContinuousClock()
        var display = SubmissionProgress(environment)
        defer { display.clear() }
        while try session.access.all().contains(where: {
            $0.name == session.name && $0.state == .running && $0.process == process
        }) {
            if drain, let snapshot = try? await session.connection.snapshot(tasks: 0) {
                display.draw(snapshot.submissions, stalled: snapshot.session.stalled)
            }
            try await clock.sleep(for: .milliseconds(100))
        }
    }
}

/// `hayate session remove`.
struct SessionRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Delete a session that is stopped, with its results.",
        usage: "hayate session remove [options] <name>")

    @Argument(help: "The session.")
    var name: String

    @Flag(help: "Also if it has results or unfinished tasks.")
    var yes = false

    func run() async throws {
        let environment = ProgramEnvironment.current
        let access = environment.sessions
        let all = try access.all()
        guard let entry = all.first(where: { $0.name == name }) else {
            throw CommandLineError.noSuchSession(name, nearest: nearestName(to: name, among: all.map(\.name)))
        }
        switch entry.state {
        case .running: throw CommandLineError.sessionRuns(name)
        case .elsewhere: throw CommandLineError.sessionElsewhere(name, host: entry.host)
        case .stopped: break
        }
        let holds: String
        var isEmpty = false
        do {
            let contents = try access.contents(entry)
            isEmpty = contents.isEmpty
            holds = Counted.text(contents.outcomes, "result")
                + " and \(Counted.text(contents.unfinished, "unfinished task"))"
                + " of \(Counted.text(contents.submissions, "submission")), \(Self.size(contents.bytes))"
        } catch {
            // Whoever wants it gone can have that, knowing as much.
            holds = "a journal that cannot be read: \(error)"
        }
        guard isEmpty || yes else { throw CommandLineError.sessionHoldsResults(name, holds) }
        do {
            try FileManager.default.removeItem(atPath: entry.path)
        } catch {
            throw CommandLineError(
                code: .session, message: "cannot remove \(entry.path): \(error.localizedDescription)", hint: "")
        }
        environment.write("session \(name) is removed; it had \(holds)\n", to: environment.output)
    }

    static func size(_ bytes: Int64) -> String {
        let units = ["bytes", "KB", "MB", "GB", "TB"]
        var (value, unit) = (Double(bytes), 0)
        while value >= 1000, unit < units.count - 1 { (value, unit) = (value / 1000, unit + 1) }
        return unit == 0 ? "\(bytes) bytes" : "\(HumanText.fixed(value, digits: 1)) \(units[unit])"
    }
}

extension CommandLineError {
    static func noSuchSession(_ name: String, nearest: String?) -> CommandLineError {
        let guess = nearest.map { " (did you mean \($0)?)" } ?? ""
        return CommandLineError(
            code: .session, message: "there is no session \(name)\(guess)", hint: "hayate session list shows them")
    }

    static func sessionRuns(_ name: String) -> CommandLineError {
        let option = name == "default" ? "" : " --session \(HumanText.shellWord(name))"
        return CommandLineError(
            code: .session, message: "session \(name) runs", hint: "stop it first: hayate session stop\(option)")
    }

    static func sessionHoldsResults(_ name: String, _ holds: String) -> CommandLineError {
        CommandLineError(
            code: .session, message: "session \(name) has \(holds)", hint: "give --yes to delete all that")
    }
}
