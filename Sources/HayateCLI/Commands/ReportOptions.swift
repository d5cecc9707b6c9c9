import ArgumentParser
import HayateCluster

/// How a command tells what it found.
enum ReportForm: String, ExpressibleByArgument, CaseIterable {
    /// For people.
    case text
    /// For programs: one object.
    case json
}

/// The option of commands that report something.
struct ReportOptions: ParsableArguments {
    @Option(help: ArgumentHelp("How to answer: text or json.", valueName: "form"))
    var output = ReportForm.text
}

extension SchedulerKind: ExpressibleByArgument {}
