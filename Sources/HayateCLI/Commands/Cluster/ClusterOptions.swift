import ArgumentParser
import Hayate
import HayateCluster

/// The cluster whose scheduler starts the daemons: options of `hayate map` and `hayate run`.
struct ClusterOptions: ParsableArguments, Sendable {
    /// The names of all of them, for whoever looks for a mistyped one.
    static let names = ["--profile", "--set"] + DaemonRequestOptions.names

    @Option(
        help: ArgumentHelp(
            "Have the scheduler of a cluster start the daemons: a compute profile of this site, a site, both as "
                + "site/profile, or auto.", valueName: "name"))
    var profile: String?

    @OptionGroup var request: DaemonRequestOptions

    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: ArgumentHelp(
            "A setting of the site, as network.ports=9000-9100; may be given again.", valueName: "path=value"))
    var settings: [String] = []

    func validate() throws {
        guard profile == nil else { return }
        guard let option = request.options.first?.name ?? (settings.isEmpty ? nil : "--set") else { return }
        throw ValidationError("\(option) is about jobs of a cluster: it needs --profile.")
    }

    /// The place of so many daemons; nil: this machine.
    /// - Throws: `CommandLineError` for whatever is wrong with the request.
    func place(_ daemons: ClosedRange<Int>) throws -> SitePlace? {
        guard let profile else { return nil }
        do {
            return SitePlace(profile, daemons: daemons, request: try request.request(), settings: settings)
        } catch let faults as SettingFaults {
            throw CommandLineError(faults)
        }
    }
}

/// What the job of a daemon shall have, as options; the names are those of the fields in sites' files.
struct DaemonRequestOptions: ParsableArguments, Sendable {
    static let names = ["--queue", "--account", "--project", "--walltime", "--memory", "--cpus", "--gpus"]

    @Option(help: ArgumentHelp("The queue or partition; auto: chosen from the site's limits.", valueName: "name"))
    var queue: String?
    @Option(help: ArgumentHelp("The account.", valueName: "name"))
    var account: String?
    @Option(help: ArgumentHelp("The project, where it is something else than the account.", valueName: "name"))
    var project: String?
    @Option(help: ArgumentHelp("How long a job may run: 12h, 1d12h.", valueName: "time"))
    var walltime: String?
    @Option(help: ArgumentHelp("Memory on each machine: 4GiB.", valueName: "size"))
    var memory: String?
    @Option(help: ArgumentHelp("Processors of each process.", valueName: "n"))
    var cpus: Int?
    @Option(help: ArgumentHelp("Graphics processors on each machine: 2, or a100:2.", valueName: "n"))
    var gpus: String?

    /// Those that were given.
    var options: [RequestSource.Option] {
        let fields: [(option: String, key: String, value: String?)] = [
            ("--queue", "queue", queue), ("--account", "account", account), ("--project", "project", project),
            ("--walltime", "walltime", walltime), ("--memory", "memory", memory),
            ("--cpus", "cpus", cpus.map(String.init)), ("--gpus", "gpus", gpus),
        ]
        return fields.compactMap { field in
            field.value.map { RequestSource.Option(field.option, SettingPath([field.key]), $0) }
        }
    }

    /// - Throws: `SettingFaults` for what a file of a site would not say either.
    func request() throws -> JobRequest { try RequestSource(options: options).request }
}
