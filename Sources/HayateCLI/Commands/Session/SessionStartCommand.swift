import ArgumentParser
import Foundation
import Hayate
import HayateView

/// `hayate session start`.
struct SessionStartCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start",
        abstract: "Start a session, or go on with one.",
        usage: "hayate session start [options]",
        discussion: """
            Starts the session's process in the background, and returns when it answers. A
            session that there was before goes on where it was: what waited waits, what
            runs at daemons that are still there runs on, and results are kept. It needs no
            options then, since it has those of the last time; new ones replace them all.

            The process and its daemons of this machine run in this directory. Commands run
            in the directory where they are submitted, or as --directory says. Nobody can
            be asked for passwords: other machines need keys or an agent.

            The process is ended by 'hayate session stop'. When it ends otherwise, by a
            signal or with its machine, daemons elsewhere go on for --lease, and jobs of
            clusters are found again.
            """)

    @Option(help: ArgumentHelp("What the session is called: 1 to 64 of A-Z a-z 0-9 . _ -", valueName: "name"))
    var name = "default"

    @OptionGroup var options: SessionOptions

    @Flag(help: "Leave out what is damaged in the journal, and say what it was, instead of refusing to start.")
    var acceptGaps = false

    @Flag(help: "Do not go into the background: Ctrl-C stops the session.")
    var foreground = false

    @OptionGroup var report: ReportOptions

    func run() async throws {
        let environment = ProgramEnvironment.current
        let access = environment.sessions
        let path = try access.path(name)
        switch try access.all().first(where: { $0.name == name }) {
        case let entry? where entry.state == .running:
            return try await tellRunning(path, environment)
        case let entry? where entry.state == .elsewhere:
            throw CommandLineError.sessionElsewhere(name, host: entry.host)
        case _: break
        }
        let settings = try chosenSettings(path, environment)
        if foreground {
            let code = try await access.runHost(
                HostRequest(name: name, acceptsGaps: acceptGaps, isInForeground: true))
            if code != ExitStatus.success { throw ExitCode(code) }
            return
        }
        let host = try access.launch(
            SessionLaunch(name: name, path: path, directory: settings.directory, acceptsGaps: acceptGaps))
        let session = try await answer(of: host, path, environment)
        try await tell(session, "is started", path, environment)
    }

    /// Those that were given, or those of the last time.
    private func chosenSettings(_ path: String, _ environment: ProgramEnvironment) throws -> SessionSettings {
        let here = FileManager.default.currentDirectoryPath
        let given = SessionSettings(options, directory: here)
        let kept = try? SessionSettings.read(path)
        if given.options.isEmpty, let kept {
            var isDirectory: ObjCBool = false
            guard FileManager.default.fileExists(atPath: kept.directory, isDirectory: &isDirectory),
                isDirectory.boolValue
            else { throw CommandLineError.sessionDirectoryGone(name, kept.directory) }
            _ = try kept.parsed()
            return kept
        }
        // Says what is wrong with a site or the daemon's program before anything is begun.
        _ = try options.executorOptions()
        if let kept, kept.options != given.options {
            environment.write(
                "hayate: these options replace those that session \(name) had: \(kept.text)\n", to: environment.error)
        }
        try given.write(path)
        return given
    }

    private func tellRunning(_ path: String, _ environment: ProgramEnvironment) async throws {
        if !options.words.isEmpty, let kept = try SessionSettings.read(path), kept.options != options.words {
            environment.write(
                "hayate: session \(name) runs with \(kept.text), so these options are ignored; "
                    + "stop it first to start it with others\n", to: environment.error)
        }
        try await tell(ConnectedSession(name, environment.sessions), "runs already", path, environment)
    }

    /// Waits until it answers.
    /// - Throws: what its process said when it ended instead.
    private func answer(
        of host: any StartedHost, _ path: String, _ environment: ProgramEnvironment
    ) async throws -> ConnectedSession {
        let clock = ContinuousClock()
        let began = clock.now
        var isTold = false
        while true {
            try Task.checkCancellation()
            do {
                return try await ConnectedSession(name, environment.sessions)
            } catch let error as CommandLineError where error.code == .session {
            } catch let error as HayateError where ConnectedSession.isLoss(error) {
            }
            // Asked after the session: one that has answered and ended at once has started.
            if host.ending != nil {
                throw CommandLineError.sessionDidNotStart(name, host, log: path + "/" + SessionFiles.log)
            }
            if !isTold, clock.now - began > .seconds(10) {
                isTold = true
                environment.write(
                    "hayate: session \(name) is still starting (process \(host.process)); what it says is in "
                        + "\(path)/\(SessionFiles.log)\n", to: environment.error)
            }
            try await clock.sleep(for: .milliseconds(50))
        }
    }

    private func tell(
        _ session: ConnectedSession, _ what: String, _ path: String, _ environment: ProgramEnvironment
    ) async throws {
        let snapshot = try await session.connection.snapshot(tasks: 0)
        if report.output == .json { return try environment.writeJSON(snapshot) }
        let facts = snapshot.session
        let daemons = snapshot.pools.reduce(0) { $0 + $1.wanted }
        var line = "session \(name) \(what): process \(facts.process), \(Counted.text(daemons, "daemon"))"
        let unfinished = snapshot.submissions.reduce(0) { $0 + $1.waiting + $1.blocked + $1.running }
        if unfinished > 0 {
            line += ", \(Counted.text(unfinished, "task")) \(what == "is started" ? "restored" : "unfinished")"
        }
        environment.write(line + "\n", to: environment.output)
        if facts.journal != "well" { environment.write("hayate: \(facts.journal)\n", to: environment.error) }
    }
}

/// `hayate session host`: what `hayate session start` puts into the background.
struct SessionHostCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "host", abstract: "Be the process of a session.", shouldDisplay: false)

    @Option var name: String

    @Flag var acceptGaps = false

    func run() async throws {
        let code = try await ProgramEnvironment.current.sessions.runHost(
            HostRequest(name: name, acceptsGaps: acceptGaps))
        if code != ExitStatus.success { throw ExitCode(code) }
    }
}

extension CommandLineError {
    static func sessionDirectoryGone(_ name: String, _ directory: String) -> CommandLineError {
        CommandLineError(
            code: .session, message: "session \(name) was started in \(directory), which is not there any more",
            hint: "start it in another directory, with its options")
    }

    /// The process's own last sentence, or how it ended.
    static func sessionDidNotStart(_ name: String, _ host: any StartedHost, log: String) -> CommandLineError {
        let lines = host.said.split(separator: "\n").compactMap { line in
            line.range(of: "hayate: ").map { String(line[$0.upperBound...]) }
        }
        if let last = lines.last { return CommandLineError(code: .session, message: last, hint: "") }
        let end = host.ending.map { "\($0)" } ?? "an unknown end"
        return CommandLineError(
            code: .session, message: "session \(name) did not start: its process ended with \(end)",
            hint: "see \(log)")
    }
}

/// `1 daemon`, `1,234 daemons`.
enum Counted {
    static func text(_ count: Int, _ noun: String) -> String {
        "\(HumanText.number(count)) \(noun)\(count == 1 ? "" : "s")"
    }
}

extension ProgramEnvironment {
    /// Writes one object on a line of its own.
    func writeJSON(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        write(String(decoding: try encoder.encode(value), as: UTF8.self) + "\n", to: output)
    }
}
