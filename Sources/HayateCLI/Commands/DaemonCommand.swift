import ArgumentParser

/// `hayate daemon`: a process that runs tasks for a host.
struct DaemonCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "daemon",
        abstract: "Be a daemon: connect to a host and run what it sends.",
        discussion: """
            Usually started by a launcher and not by hand. The URL says where the host listens,
            for example ipc:///run/user/1000/hayate/pool or tcp://[::1]:5555.
            """)

    @Argument(help: "Where the host listens.")
    var url: String

    @Option(
        help: ArgumentHelp(
            "When the host is gone: leave now, after-task, or never.", valueName: "when"))
    var autoexit = DaemonOptions.AutomaticExit.now

    @Option(
        help: ArgumentHelp("Leave after this long without work.", valueName: "time"),
        transform: TimeLength.parse)
    var idletime: Duration?

    @Option(
        help: ArgumentHelp("Take no more work after this long.", valueName: "time"),
        transform: TimeLength.parse)
    var walltime: Duration?

    @Option(help: ArgumentHelp("Leave after this many tasks.", valueName: "count"))
    var maxtasks: Int?

    func validate() throws {
        if let maxtasks, maxtasks < 1 { throw ValidationError("--maxtasks must be at least 1.") }
    }

    func run() async throws {
        let code = try await ProgramEnvironment.current.runDaemon(
            DaemonOptions(
                url: url, automaticExit: autoexit, idleTime: idletime, wallTime: walltime,
                maximumTasks: maxtasks))
        if code != ExitStatus.success { throw ExitCode(code) }
    }
}

extension DaemonOptions.AutomaticExit: ExpressibleByArgument {}
