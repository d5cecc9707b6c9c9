import ArgumentParser

/// How long whoever dials a host waits for it: options of `hayate daemon` and `hayate dispatcher`.
struct HostPatience: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How long a lost host may take to come back (default: 60s).", valueName: "time"),
        transform: TimeLength.parse)
    var lease: Duration?

    @Option(
        help: ArgumentHelp(
            "How long to try until a host answers for the first time (default: 10m).", valueName: "time"),
        transform: TimeLength.parse)
    var connectWithin: Duration?
}
