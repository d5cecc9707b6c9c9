import ArgumentParser
import HayateCluster

/// `hayate site show`.
struct SiteShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a site's profile as all its layers together make it.")

    @Argument(help: ArgumentHelp("The site; without it the one where you are.", valueName: "site"))
    var name: String?
    @OptionGroup var site: SiteOptions
    @OptionGroup var answer: ReportOptions

    func run() async throws {
        try await SiteAnswer.reporting(answer.output) {
            let found = try site.find(name)
            if answer.output == .json { return try SiteAnswer.json(NodeAnswer(node: found.settings.tree)) }
            let sources = found.settings.sources.map { "# \($0.layer.title): \($0.place)\n" }.joined()
            SiteAnswer.print("# \(found.settings.profile.id): \(found.reason)\n" + sources + found.settings.tree.yaml())
        }
    }
}

/// `hayate site explain`.
struct SiteExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Tell where each setting of a site comes from, and what it overrides.")

    @Argument(help: ArgumentHelp("The site; without it the one where you are.", valueName: "site"))
    var name: String?
    @Argument(help: ArgumentHelp("Only this setting and those below, as clusters.main.queues.", valueName: "path"))
    var path: String?
    @Flag(help: "Also what holds because nobody says anything.")
    var all = false
    @OptionGroup var site: SiteOptions
    @OptionGroup var answer: ReportOptions

    private struct Row: Encodable {
        struct Overridden: Encodable {
            var value: String
            var origin: OriginAnswer
        }

        var path: String
        var value: String
        /// Missing: the default.
        var origin: OriginAnswer?
        var overridden: [Overridden]
    }

    func run() async throws {
        try await SiteAnswer.reporting(answer.output) {
            let found = try site.find(name)
            let wanted = try wantedPath()
            let rows = found.settings.explain(withDefaults: all).filter { row in
                row.path.keys.starts(with: wanted.keys)
            }
            guard !rows.isEmpty else {
                throw ClusterError(
                    "'\(wanted)' is not set at \(found.settings.profile.id); --all also shows what holds by default")
            }
            if answer.output == .json {
                return try SiteAnswer.json(
                    rows.map { row in
                        Row(
                            path: row.path.description, value: row.value, origin: row.origin.map(OriginAnswer.init),
                            overridden: row.overridden.map { .init(value: $0.value, origin: OriginAnswer($0.origin)) })
                    })
            }
            SiteAnswer.print(SiteAnswer.table(rows.flatMap(lines)))
        }
    }

    private func wantedPath() throws -> SettingPath {
        guard let path else { return SettingPath() }
        guard let wanted = SettingPath(text: path) else {
            throw ClusterError(
                "'\(path)' is no path of a setting; write keys with dots between them, as clusters.main.queues")
        }
        return wanted
    }

    private func lines(_ row: SettingRow) -> [[String]] {
        let origin = row.origin.map { "\($0.layer.title): \($0.place)" } ?? "default"
        return [["\(row.path)", row.value, origin]]
            + row.overridden.reversed().map {
                ["", "  instead of \($0.value)", "\($0.origin.layer.title): \($0.origin.place)"]
            }
    }
}
