import ArgumentParser
import Foundation
import Hayate
import HayateView

/// `hayate session list`.
struct SessionListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List all sessions.",
        usage: "hayate session list [options]",
        discussion: """
            Those of this user, with what they have to do. The states:

              running     its process is on this machine
              silent      its process is there and does not answer
              elsewhere   its process is on another machine, which alone can ask it
              stopped     'hayate session start' goes on with it
            """)

    @OptionGroup var report: ReportOptions

    /// A session in the list, as JSON shows it.
    struct Row: Codable {
        var name: String
        var state: String
        var host: String
        var process: Int32
        /// Seconds since its process began; absent if it does not answer.
        var age: Double?
        var daemons: Int?
        var waiting: Int?
        var running: Int?
        var failed: Int?
    }

    func run() async throws {
        let environment = ProgramEnvironment.current
        let access = environment.sessions
        var rows: [Row] = []
        for entry in try access.all().sorted(by: { $0.name < $1.name }) { rows.append(await row(entry, access)) }
        guard report.output == .text else {
            for row in rows { try environment.writeJSON(row) }
            return
        }
        if rows.isEmpty { return environment.write("no sessions\n", to: environment.output) }
        let heading = ["SESSION", "STATE", "DAEMONS", "WAITING", "RUNNING", "FAILED", "AGE", "HOST"]
        let table = rows.map { row in
            let counts = [row.daemons, row.waiting, row.running, row.failed].map { $0.map(HumanText.number) ?? "-" }
            return [row.name, row.state] + counts
                + [row.age.map { HumanText.time(seconds: $0) } ?? "-", row.state == "stopped" ? "-" : row.host]
        }
        for line in TextTable.lines([heading] + table) { environment.write(line + "\n", to: environment.output) }
    }

    private func row(_ entry: SessionEntry, _ access: SessionAccess) async -> Row {
        var row = Row(name: entry.name, state: entry.state.rawValue, host: entry.host, process: entry.process)
        guard entry.state == .running else { return row }
        guard let connection = try? await access.connect(entry.name),
            let snapshot = try? await connection.snapshot(tasks: 0)
        else {
            row.state = "silent"
            return row
        }
        connection.close()
        row.age = snapshot.session.now - snapshot.session.started
        row.daemons = snapshot.pools.reduce(0) { $0 + $1.connected }
        row.waiting = snapshot.submissions.reduce(0) { $0 + $1.waiting + $1.blocked }
        row.running = snapshot.submissions.reduce(0) { $0 + $1.running }
        row.failed = snapshot.submissions.reduce(0) { $0 + $1.failed }
        return row
    }
}

/// `hayate session status`.
struct SessionStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show what a session has and does.",
        usage: "hayate session status [options]",
        discussion: """
            Its process, journal, daemons, allocations, submissions, and the newest
            failures. With --tasks also tasks that have not ended.
            """)

    @OptionGroup var session: SessionChoice

    @Option(help: ArgumentHelp("Show so many unfinished tasks, the oldest first.", valueName: "count"))
    var tasks = 0

    @OptionGroup var report: ReportOptions

    func run() async throws {
        let environment = ProgramEnvironment.current
        let session = try await session.connect()
        let snapshot = try await session.connection.snapshot(tasks: max(0, tasks))
        if report.output == .json { return try environment.writeJSON(snapshot) }
        let width = Terminal.isTerminal(environment.output) ? Terminal.width(environment.output) : 160
        for line in SnapshotText.lines(snapshot, columns: width) {
            environment.write(line + "\n", to: environment.output)
        }
    }
}
