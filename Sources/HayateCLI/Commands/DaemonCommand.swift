import ArgumentParser
import Hayate

/// `hayate daemon`: a process that runs tasks for a host.
struct DaemonCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "daemon",
        abstract: "Be a daemon: connect to a host and run what it sends.",
        usage: "hayate daemon [options] <url>",
        discussion: """
            A pool's own daemons are started by the pool. Others are started with this
            command, on any machine that reaches the host; hayate map --listen prints
            the line to type.

              hayate daemon tls+tcp://node1:9001
              hayate daemon --key-file ~/daemon.key tls+tcp://node1:9001
              ssh node1 cat daemon.key | hayate daemon --key-file - tls+tcp://node1:9001

            ADDRESSES
              ipc:///path             a Unix socket: the system says whose it is
              tcp://127.0.0.1:9001    this machine, protected by keys; [::1] too
              tls+tcp://node1:9001    any machine, protected by keys, or by certificates
                                      with --ca or --fingerprint
              ws://site/path          through a web proxy, protected by keys
              wss://site/path         the same, with the proxy's certificate outside

            KEYS
              Only who has the pool's key can join, and only a host that has it is
              joined. Where the home directory is the same as the host's, the key is
              found by itself, in ~/.hayate/keys or $HAYATE_KEYS. Elsewhere give its
              file, which nobody but you may read, or - and the key on standard input.

            When the connection breaks, the daemon dials again, with growing pauses, and
            its task goes on meanwhile.

            With --cpus, --gpus, --memory or --resource it runs several tasks at once, as
            many as fit into what it has; otherwise one after the other.

            SIGTERM, SIGINT, SIGUSR1 and SIGUSR2, as batch schedulers send them before they
            kill a job, let its task end, give back what has not started, and make it
            leave. A second SIGTERM or SIGINT ends it at once.

            EXIT CODE
              0    the host let it go, or is gone for good, or a signal made it leave
              1    the host refused it, or is not to be trusted
              2    wrong usage, or a key or certificate that cannot be used
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

    @OptionGroup var offer: OfferOptions

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
        try offer.apply(to: &options)
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
