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

    @Option(
        help: ArgumentHelp(
            "Stop a command that takes longer, for example 30s, 5m, 1.5h.", valueName: "time"),
        transform: TimeLength.parse)
    var timeout: Duration?

    @Option(
        help: ArgumentHelp(
            "How long one command takes at most: it goes to daemons only that have so much of their"
                + " --walltime left.", valueName: "time"),
        transform: TimeLength.parse)
    var time: Duration?

    @Option(
        help: ArgumentHelp(
            "Start a command that failed up to this many times again.", valueName: "count"))
    var retries = 0

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

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "One element per row of this table; its header names the columns for {name}.",
            valueName: "file"))
    var csv: [String] = []

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp("The same with tabs between the fields.", valueName: "file"))
    var tsv: [String] = []

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "Values for {name}: lr=0.1,0.2 or n=1..10 or x=0..1:0.25. May be given several times.",
            valueName: "name=values"))
    var grid: [String] = []

    @Flag(
        name: [.customShort("0"), .customLong("null")],
        help: "Values in files and on standard input end with NUL, as find -print0 writes them.")
    var null = false

    @Flag(help: "Have /bin/sh read the command, for pipes and redirections.")
    var shell = false

    @Option(
        help: ArgumentHelp(
            "Seed of the elements' random seeds (default: a random one, shown at the end).",
            valueName: "number"))
    var seed: UInt64?

    @OptionGroup var needs: NeedOptions

    @OptionGroup var cluster: ClusterOptions

    @OptionGroup var remote: RemoteOptions

    @OptionGroup var place: ListenOptions

    @Flag(help: "Show the commands, one per line, and run nothing.")
    var dryRun = false

    @Argument(
        parsing: .captureForPassthrough,
        help: ArgumentHelp("The command, and behind it the lists.", valueName: "cmd"))
    var words: [String] = []

    func validate() throws {
        try remote.validate(with: cluster, listen: place.listen)
        let machines = remote.hosts.count
        let fewest = place.listen == nil || machines > 0 ? 1 : 0
        if let daemons, daemons.isElastic, cluster.profile == nil {
            throw ValidationError("--daemons \(daemons) is for a cluster: it needs --profile.")
        }
        if daemons == nil, cluster.profile != nil {
            throw ValidationError(
                "--profile needs the number of daemons: -n 16, or --daemons 0..16 for as many as there is work for.")
        }
        if machines > 0, let daemons, !(1...4096).contains(daemons.range.upperBound)
            || !(1...4096).contains(daemons.range.upperBound * machines)
        {
            throw ValidationError("-n must be at least 1 with --ssh, and 4096 on all machines together at most.")
        }
        if let daemons, !(fewest...4096).contains(daemons.range.upperBound) {
            throw ValidationError("-n must be between 1 and 4096, and can be 0 with --listen.")
        }
        if !(0...1000).contains(retries) {
            throw ValidationError("--retries must be between 0 and 1000.")
        }
    }

    func run() async throws {
        try PassedWords.check(
            words, for: Self.self,
            options: [
                "--daemons", "--timeout", "--time", "--retries", "--keep-going", "--stop-on-failure",
                "--results", "--fresh", "--output", "--csv", "--tsv", "--grid", "--null", "--shell",
                "--seed", "--dry-run", "--listen", "--pool-key", "--certificate",
                "--certificate-key", "--client-ca", "--insecure-plaintext",
            ] + NeedOptions.names + ClusterOptions.names + RemoteOptions.names)
        let environment = ProgramEnvironment.current
        let sweep = try Sweep(self, environment)
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
