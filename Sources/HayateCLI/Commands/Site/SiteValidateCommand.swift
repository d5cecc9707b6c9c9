import ArgumentParser
import HayateCluster

/// `hayate site validate`.
struct SiteValidateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Look for faults in files of sites.",
        discussion: """
            A file may hold only what differs from weaker layers: it is checked together
            with what they say about the same site. Each fault is a line: file, line, and
            what to do. The exit code is 0 where there is none.
            """)

    @Argument(help: ArgumentHelp("The files.", valueName: "file"))
    var files: [String]
    @Flag(help: "Check them as the administrator's, who may lock settings.")
    var asAdministrator = false
    @OptionGroup var answer: ReportOptions

    private struct Row: Encodable {
        var file: String
        var faults: [FaultAnswer]
    }

    func run() async throws {
        try await SiteAnswer.reporting(answer.output) {
            var rows: [(file: String, faults: [ClusterError])] = []
            for file in files {
                let finder = ProgramEnvironment.current.siteFinder()
                let (catalogue, _) = try finder.catalogue(files: [file], as: asAdministrator ? .administrator : nil)
                rows.append((file, catalogue.faults(ofFile: file)))
            }
            let environment = ProgramEnvironment.current
            if answer.output == .json {
                try SiteAnswer.json(rows.map { Row(file: $0.file, faults: $0.faults.map(FaultAnswer.init)) })
            } else {
                for row in rows {
                    for fault in row.faults { environment.write("\(fault)\n", to: environment.error) }
                    if row.faults.isEmpty { SiteAnswer.print("\(row.file): good\n") }
                }
            }
            if rows.contains(where: { !$0.faults.isEmpty }) { throw ExitCode(ExitStatus.unusable) }
        }
    }
}

/// `hayate site schema`.
struct SiteSchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print the JSON schema of sites' files, for editors.")

    func run() throws { SiteAnswer.print(SiteSchema.text) }
}
