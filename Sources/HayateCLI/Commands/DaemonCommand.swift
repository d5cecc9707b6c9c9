import ArgumentParser
import Hayate

/// `hayate daemon`: a process that runs tasks for a host.
struct DaemonCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "daemon",
        abstract: "Be a daemon: connect to a host and run what it sends.",
        usage: "hayate daemon [options] <url>",
        discussion: """
            Usually started by a launcher and not by hand. The URL says where the host
            listens, for example ipc:///run/user/1000/hayate/pool or tcp://[::1]:5555.

            When the connection breaks, the daemon dials again, with growing pauses, and
            its task goes on meanwhile.

            EXIT CODE
              0    the host let it go, or is gone for good
              1    the host refused it
              2    wrong usage
              75   no host answered in time
            """)

    @Argument(help: "Where the host listens.")
    var url: String

    @Option(
        help: ArgumentHelp(
            "When the host is gone for good: leave now, after-task, or never.", valueName: "when"))
    var autoexit = DaemonSession.AutoExit.now

    @OptionGroup var patience: HostPatience

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

    @Option(
        help: ArgumentHelp(
            "What is put back after each task: all, none, or some of environment, directory, locale, files.",
            valueName: "parts"))
    var cleanup = CleanUp.all

    @Flag(help: "Leave what Swift tasks print on this terminal instead of sending it to their caller.")
    var noCapture = false

    @OptionGroup var trust: HostCredentials

    func validate() throws {
        if let maxtasks, maxtasks < 1 { throw ValidationError("--maxtasks must be at least 1.") }
    }

    func run() async throws {
        var options = DaemonOptions(url: url)
        options.autoExit = autoexit
        if let lease = patience.lease { options.lease = lease }
        if let connectWithin = patience.connectWithin { options.connectWithin = connectWithin }
        options.idleTime = idletime
        options.wallTime = walltime
        options.maximumTasks = maxtasks.map { UInt64($0) }
        options.cleanUp = cleanup
        options.capturesOutput = !noCapture
        options.allowsPlaintext = trust.insecurePlaintext
        options.credentials = trust.credentials
        let code = try await ProgramEnvironment.current.runDaemon(options)
        if code != ExitStatus.success { throw ExitCode(code) }
    }
}

extension DaemonSession.AutoExit: ExpressibleByArgument {}

extension CleanUp: ExpressibleByArgument {
    public init?(argument: String) { self.init(text: argument) }
    public var defaultValueDescription: String { text }
}
