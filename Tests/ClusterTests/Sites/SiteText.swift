import HayateCluster

/// Sites from text, for tests.
enum SiteText {
    /// The settings of the files, each of which is a layer's.
    static func settings(
        _ files: [(SettingLayer, String)], id: String = "test", set: [String] = []
    ) throws -> SiteSettings {
        let catalogue = SiteCatalogue(
            files.map { .init($0.0, "\($0.0.title).yaml", text: $0.1) },
            overrides: try set.map { try SettingOverride($0, SettingOrigin(.commandLine, "--set")) })
        return try catalogue.settings(of: id)
    }

    /// A site of one file.
    static func profile(_ text: String) throws -> SiteProfile {
        try settings([(.user, text)]).profile
    }

    /// Everything that is wrong, as people see it.
    static func faults(_ files: [(SettingLayer, String)], set: [String] = []) -> [String] {
        do {
            _ = try settings(files, set: set)
            return []
        } catch let faults as SettingFaults {
            return faults.faults.map(\.description)
        } catch {
            return ["\(error)"]
        }
    }

    /// Of one file of a user, whose first lines are right: `lines` begin in the fourth.
    static func faults(_ lines: String) -> [String] {
        faults([(.user, start + lines)])
    }

    static let start = """
        site: { id: test }
        clusters:
          main:

        """
}
