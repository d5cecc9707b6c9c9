import ArgumentParser
import HayateCluster
import HayateLaunch

/// Which site is meant, and what is different there this time.
struct SiteOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The site; without it HAYATE_SITE, or the one that this machine fits.", valueName: "name"))
    var site: String?

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp(
            "A setting of the site, as network.ports=9000-9100; may be given again.", valueName: "path=value"))
    var settings: [String] = []

    /// All sites with these settings.
    func catalogue() throws -> (catalogue: SiteCatalogue, notes: [String]) {
        try ProgramEnvironment.current.siteFinder().catalogue(settings: settings)
    }

    /// The site that is meant.
    ///
    /// - Parameter name: where the command takes the site as an argument; then `--site` says the same.
    func find(_ name: String? = nil) throws -> FoundSite {
        try ProgramEnvironment.current.siteFinder().find(name ?? site, in: try catalogue().catalogue)
    }
}

/// What a job shall have, as options; the names are those of the fields in sites' files.
struct RequestOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The queue or partition; auto: chosen from the site's limits.", valueName: "name"))
    var queue: String?
    @Option(help: ArgumentHelp("The account.", valueName: "name"))
    var account: String?
    @Option(help: ArgumentHelp("The project, where it is something else than the account.", valueName: "name"))
    var project: String?
    @Option(help: ArgumentHelp("How long the job may run: 12h, 1d12h.", valueName: "time"))
    var walltime: String?
    @Option(help: ArgumentHelp("Memory on each machine: 4GiB.", valueName: "size"))
    var memory: String?
    @Option(help: ArgumentHelp("Machines.", valueName: "n"))
    var nodes: Int?
    @Option(help: ArgumentHelp("Processes on each machine.", valueName: "n"))
    var tasksPerNode: Int?
    @Option(help: ArgumentHelp("Processors of each process.", valueName: "n"))
    var cpus: Int?
    @Option(help: ArgumentHelp("Graphics processors on each machine: 2, or a100:2.", valueName: "n"))
    var gpus: String?

    /// - Throws: `SettingFaults` for what a file of a site would not say either.
    func request() throws -> JobRequest {
        let fields: [(option: String, key: String, value: String?)] = [
            ("--queue", "queue", queue), ("--account", "account", account), ("--project", "project", project),
            ("--walltime", "walltime", walltime), ("--memory", "memory", memory),
            ("--nodes", "nodes", nodes.map(String.init)),
            ("--tasks-per-node", "tasksPerNode", tasksPerNode.map(String.init)),
            ("--cpus", "cpus", cpus.map(String.init)), ("--gpus", "gpus", gpus),
        ]
        let options = fields.compactMap { field in
            field.value.map { RequestSource.Option(field.option, SettingPath([field.key]), $0) }
        }
        return try RequestSource(options: options).request
    }
}
