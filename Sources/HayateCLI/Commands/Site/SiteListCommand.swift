import ArgumentParser
import HayateCluster

/// `hayate site list`.
struct SiteListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the sites that are known; * is where this machine belongs.")

    @OptionGroup var answer: ReportOptions

    private struct Row: Encodable {
        var id: String
        var title: String?
        /// By cluster.
        var schedulers: [String: String]
        var layers: [String]
        var isCurrent: Bool
        var faults: Int
    }

    func run() async throws {
        try await SiteAnswer.reporting(answer.output) {
            let finder = ProgramEnvironment.current.siteFinder()
            let (catalogue, notes) = try finder.catalogue()
            var remarks = notes
            var current: String?
            do {
                current = try finder.find(nil, in: catalogue).settings.profile.id
            } catch let faults as SettingFaults {
                remarks += faults.faults.map(\.description)
            }
            let rows = catalogue.entries.map { row($0, catalogue, current) }
            if answer.output == .json { return try SiteAnswer.json(rows) }
            SiteAnswer.note(remarks)
            SiteAnswer.print(
                SiteAnswer.table(
                    [["", "site", "scheduler", "layers", "title"]]
                        + rows.map { row in
                            [
                                row.isCurrent ? "*" : "", row.id,
                                Set(row.schedulers.values).sorted().joined(separator: ", "),
                                row.layers.joined(separator: ", "),
                                row.faults == 0
                                    ? row.title ?? ""
                                    : "has \(row.faults == 1 ? "a fault" : "\(row.faults) faults"): see 'hayate "
                                        + "site show \(row.id)'",
                            ]
                        }))
        }
    }

    private func row(_ entry: SiteCatalogue.Entry, _ catalogue: SiteCatalogue, _ current: String?) -> Row {
        var layers: [String] = []
        for layer in entry.layers where !layers.contains(layer.origin.layer.title) {
            layers.append(layer.origin.layer.title)
        }
        var row = Row(id: entry.id, schedulers: [:], layers: layers, isCurrent: entry.id == current, faults: 0)
        do throws(SettingFaults) {
            let site = try catalogue.settings(of: entry.id).profile
            row.title = site.title
            row.schedulers = site.clusters.mapValues(\.scheduler.rawValue)
        } catch {
            row.faults = error.faults.count
        }
        return row
    }
}
