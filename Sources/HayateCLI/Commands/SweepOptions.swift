import ArgumentParser

/// How each command of a sweep is run: options of `hayate map` and `hayate submit`.
struct CommandTermOptions: ParsableArguments, Sendable {
    static let names = ["--timeout", "--time", "--retries"]

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

    func validate() throws {
        if !(0...1000).contains(retries) {
            throw ValidationError("--retries must be between 0 and 1000.")
        }
    }

    var terms: ElementTerms { ElementTerms(timeout: timeout, timeRequest: time, retries: retries) }
}

/// Where the elements of a sweep come from, and who reads its command: options of `hayate map` and `hayate submit`.
struct InputOptions: ParsableArguments, Sendable {
    static let names = ["--csv", "--tsv", "--grid", "--null", "--shell", "--seed"]

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
}
