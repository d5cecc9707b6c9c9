import ArgumentParser
import Foundation
import Hayate

/// `hayate dispatcher`: daemons behind one process that joins a host for them.
struct DispatcherCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dispatcher",
        abstract: "Join a host with daemons of your own.",
        usage: "hayate dispatcher [options] <url>",
        discussion: """
            Starts daemons here, or lets others connect here with --listen, and hands them
            the tasks of a host, which sees one daemon for each. For nodes that the host
            cannot reach itself. It may join and leave at any time, beside other daemons.

              hayate dispatcher -n 8 tls+tcp://node1:9001
              hayate dispatcher --listen tls+tcp://login:9002 tls+tcp://node1:9001

            Its own daemons are a pool of their own, with a key of their own: --pool-key
            and --listen are for them, all other options for the way to the host. See
            'hayate help daemon' for addresses and keys.

            EXIT CODE
              0    the host let it go, or is gone for good
              1    the host refused it, or its own daemons do not start
              2    wrong usage
              75   no host answered in time
            """)

    @Argument(help: "Where the host listens.")
    var url: String

    @Option(
        name: [.customShort("n"), .customLong("daemons")],
        help: "How many daemons to start here (default: one per processor, none with --listen).")
    var daemons: Int?

    @Option(help: ArgumentHelp("Let daemons of other machines join here.", valueName: "url"))
    var listen: String?

    @Option(
        help: ArgumentHelp(
            "What the daemons are, if the host's tasks are not only commands (default: this program).",
            valueName: "file"))
    var program: String?

    @OptionGroup var patience: HostPatience

    @Option(
        help: ArgumentHelp(
            "The secret of its own pool, as hayate keys make writes it (default: a new one).", valueName: "file"))
    var poolKey: String?

    @OptionGroup var trust: HostCredentials

    func validate() throws {
        if let daemons, daemons < 0 { throw ValidationError("--daemons must be zero or more.") }
        if daemons == 0, listen == nil {
            throw ValidationError("Without daemons of its own it needs --listen, where others connect.")
        }
    }

    func run() async throws {
        var options = DispatcherOptions(host: url)
        options.daemons = daemons ?? (listen == nil ? ProcessInfo.processInfo.activeProcessorCount : 0)
        options.listen = listen
        options.program = program
        if let lease = patience.lease { options.lease = lease }
        if let connectWithin = patience.connectWithin { options.connectWithin = connectWithin }
        options.allowsPlaintext = trust.insecurePlaintext
        options.credentials = trust.credentials
        options.poolKey = poolKey
        let code = try await ProgramEnvironment.current.runDispatcher(options)
        if code != ExitStatus.success { throw ExitCode(code) }
    }
}

/// What `hayate dispatcher` was asked to do.
struct DispatcherOptions: Sendable, Equatable {
    var host: String
    var daemons = 0
    var listen: String?
    var program: String?
    var lease: Duration = .seconds(60)
    var connectWithin: Duration = .seconds(600)
    var allowsPlaintext = false
    var credentials = DaemonCredentials()
    var poolKey: String?

    init(host: String) { self.host = host }

    /// Is a relay until its host lets it go.
    /// - Returns: the exit code.
    func run() async throws -> Int32 {
        let environment = ProgramEnvironment.current
        func complain(_ text: String) { environment.write("hayate: \(text)\n", to: environment.error) }
        let end: Relay.End
        do throws(HayateError) {
            var settings = Daemons.local(daemons, executable: program)
            settings.url = listen
            settings.allowsPlaintext = allowsPlaintext
            settings.security.keyFile = poolKey
            let relay = try Relay(
                to: host, settings, connectWithin: connectWithin, lease: lease,
                allowsPlaintext: allowsPlaintext, credentials: credentials)
            if listen != nil {
                environment.write(ListenOptions.invitation(to: relay.pool), to: environment.error)
            }
            end = await relay.ended()
        } catch {
            complain(error.message)
            return ExitStatus.unusable
        }
        switch end {
        case .dismissed, .closed: return ExitStatus.success
        case .neverConnected:
            complain(
                "no host answered at \(host): check that it is running and that the address is right")
            return DaemonProgram.temporaryFailure
        case .refused(let reason):
            complain("the host at \(host) refused this dispatcher: \(reason)")
            return 1
        case .noDaemons(let reason):
            complain(reason)
            return 1
        }
    }
}
