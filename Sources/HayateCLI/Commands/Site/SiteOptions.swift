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

/// What a job of any shape shall have, as options.
struct RequestOptions: ParsableArguments {
    @OptionGroup var shared: DaemonRequestOptions
    @Option(help: ArgumentHelp("Machines.", valueName: "n"))
    var nodes: Int?
    @Option(help: ArgumentHelp("Processes on each machine.", valueName: "n"))
    var tasksPerNode: Int?

    /// - Throws: `SettingFaults` for what a file of a site would not say either.
    func request() throws -> JobRequest {
        var options = shared.options
        for (option, key, value) in [("--nodes", "nodes", nodes), ("--tasks-per-node", "tasksPerNode", tasksPerNode)] {
            if let value { options.append(RequestSource.Option(option, SettingPath([key]), String(value))) }
        }
        return try RequestSource(options: options).request
    }
}
