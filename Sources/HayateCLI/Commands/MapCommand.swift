import ArgumentParser
import Foundation

/// `hayate map`: one command for every element of a sweep.
struct MapCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "map",
        abstract: "Run a command for every value of a list.",
        usage: "hayate map [options] CMD [ARG ...] [::: VALUE ...] [:::: FILE ...]",
        discussion: MapHelp.discussion)

    @Option(
        name: [.customShort("n"), .customLong("daemons")],
        help: ArgumentHelp(
            "How many commands run at once (default: one per processor of this machine). With --profile also "
                + "MIN..MAX: as many as there is work for. With --ssh on each machine (default: 1).",
            valueName: "count"))
    var daemons: DaemonCount?

    @OptionGroup var terms: CommandTermOptions

    @Flag(help: "What to do when a command fails.")
    var onFailure = FailurePolicy.keepGoing

    @Option(
        help: ArgumentHelp(
            "Keep all results in this directory. The same command run again with the same directory"
                + " runs only what is missing or failed.", valueName: "dir"))
    var results: String?

    @Flag(help: "Delete what is in the results directory, and begin again.")
    var fresh = false

    @Option(
        help: ArgumentHelp(
            "How to write results to standard output: text, json or csv.", valueName: "format"))
    var output = OutputFormat.text

    @OptionGroup var input: InputOptions

    @OptionGroup var needs: NeedOptions

    @OptionGroup var cluster: ClusterOptions

    @OptionGroup var remote: RemoteOptions

    @OptionGroup var place: ListenOptions

    @OptionGroup var session: MapSessionOptions

    @Flag(help: "Show the commands, one per line, and run nothing.")
    var dryRun = false

    @Argument(
        parsing: .captureForPassthrough,
        help: ArgumentHelp("The command, and behind it the lists.", valueName: "cmd"))
    var words: [String] = []

    func validate() throws {
        try DaemonCount.check(daemons, cluster, remote, place)
        if session.name != nil { try refusePlaces() }
    }

    /// The daemons of a session are its own.
    private func refusePlaces() throws {
        var given: [(String, Bool)] = [("-n", daemons != nil), ("--profile", cluster.profile != nil)]
        given += [("--ssh", !remote.hosts.isEmpty), ("--listen", place.listen != nil)]
        guard let option = given.first(where: \.1)?.0 else { return }
        throw ValidationError(
            "\(option) is about daemons, and those of a session are started by hayate session start: leave it out.")
    }

    func run() async throws {
        try PassedWords.check(
            words, for: Self.self,
            options: [
                "--daemons", "--keep-going", "--stop-on-failure", "--results", "--fresh", "--output", "--dry-run",
            ] + CommandTermOptions.names + InputOptions.names + ListenOptions.names + NeedOptions.names
                + ClusterOptions.names + RemoteOptions.names + SubmissionChoices.names)
        let environment = ProgramEnvironment.current
        if fresh, results == nil { throw CommandLineError.freshWithoutResults }
        let sweep = try Sweep(words, input, environment)
        let code = dryRun
            ? try sweep.show(environment) : try await sweep.run(self, environment)
        if code != ExitStatus.success { throw ExitCode(code) }
    }
}

/// What happens to the others when an element fails.
enum FailurePolicy: String, EnumerableFlag {
    case keepGoing
    case stopOnFailure

    static func help(for value: FailurePolicy) -> ArgumentHelp? {
        switch value {
        case .keepGoing: "Run the other elements when one fails."
        case .stopOnFailure: "Stop everything at the first failure."
        }
    }
}

extension OutputFormat: ExpressibleByArgument {}
