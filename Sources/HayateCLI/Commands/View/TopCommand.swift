import ArgumentParser
import Foundation
import Hayate
import HayateView

/// `hayate top`: a session, on the whole terminal.
struct TopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top",
        abstract: "Watch a session, and look into what it does.",
        usage: "hayate top [options]",
        discussion: """
            Shows pools, submissions, daemons, allocations, failures and tasks of a
            session, and lets one look closer, cancel and retry. ? tells all keys.

            Where standard output is no terminal, and with --once, it writes everything
            once, as plain text, and ends.

            ENVIRONMENT
              NO_COLOR   if it has any value, nothing is coloured
            """)

    @OptionGroup var session: SessionChoice

    @Flag(help: "Write everything once, and end.")
    var once = false

    @Option(
        help: ArgumentHelp("How often to look (default: 1s).", valueName: "time"), transform: TimeLength.parse)
    var interval: Duration?

    @OptionGroup var report: ReportOptions

    /// The fastest that it looks: nobody reads faster, and the session has other things to do.
    private static let shortestInterval = Duration.milliseconds(100)
    /// Tasks in what is written once.
    private static let tasksAtOnce = 200

    func run() async throws {
        let environment = ProgramEnvironment.current
        let connected = try await session.connect()
        let variables = ProcessInfo.processInfo.environment
        let wantsScreen = !once && report.output == .text && environment.handlesSignals && variables["TERM"] != "dumb"
        if wantsScreen, let terminal = FullScreen(input: environment.input, output: environment.output) {
            let run = TopRun(
                link: SessionLink(connected), interval: max(Self.shortestInterval, interval ?? .seconds(1)),
                hasColours: (variables["NO_COLOR"] ?? "").isEmpty, onlyASCII: !Self.hasUnicode(variables))
            let code = await run.run(on: terminal)
            if code != ExitStatus.success { throw ExitCode(code) }
            return
        }
        let snapshot = try await connected.connection.snapshot(tasks: Self.tasksAtOnce)
        if report.output == .json { return try environment.writeJSON(snapshot) }
        let width = Terminal.isTerminal(environment.output) ? Terminal.width(environment.output) : 160
        for line in SnapshotText.lines(snapshot, columns: width) {
            environment.write(line + "\n", to: environment.output)
        }
    }

    /// What the locale says of letters, in the order of POSIX.
    static func hasUnicode(_ variables: [String: String]) -> Bool {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { variables[$0] }.first { !$0.isEmpty } ?? ""
        return locale.lowercased().filter { $0 != "-" }.contains("utf8")
    }
}
