import HayateCore

/// All sites that are known, from the files of all layers.
public struct SiteCatalogue: Sendable {
    /// A file as it was read.
    public struct File: Hashable, Sendable {
        public var layer: SettingLayer
        /// Its path, as messages shall name it.
        public var path: String
        public var text: String

        public init(_ layer: SettingLayer, _ path: String, text: String) {
            self.layer = layer
            self.path = path
            self.text = text
        }
    }

    /// A site's files.
    public struct Entry: Sendable {
        public var id: String
        /// From the weakest.
        public var layers: [SettingNode] = []
        /// Of files that cannot be read at all; they count for the site whose name they have.
        public var faults = SettingFaults()
    }

    /// By their names.
    public private(set) var entries: [Entry] = []
    /// Settings of variables and of the command line, which hold for the site that is chosen.
    public var overrides: [SettingOverride] = []

    /// - Parameter files: in any order; within a layer a later one is stronger.
    public init(_ files: [File], overrides: [SettingOverride] = []) {
        self.overrides = overrides
        let ordered = files.enumerated().sorted { ($0.element.layer, $0.offset) < ($1.element.layer, $1.offset) }
        for (_, file) in ordered {
            do throws(SettingFaults) {
                let node = try SettingFile.read(file.text, source: file.path, layer: file.layer)
                let id = Self.id(of: node) ?? Self.name(of: file.path)
                entries[index(of: id)].layers.append(node)
            } catch {
                entries[index(of: Self.name(of: file.path))].faults.add(error)
            }
        }
        entries.sort { $0.id < $1.id }
    }

    /// Keeps why a file was not read, for the site whose name it has.
    public mutating func refuse(_ path: String, _ fault: ClusterError) {
        entries[index(of: Self.name(of: path))].faults.add(fault)
        entries.sort { $0.id < $1.id }
    }

    /// Everything that is wrong with one file, together with what weaker ones say about the same site: it may hold
    /// only what differs.
    ///
    /// - Parameter path: of a file that was handed in.
    public func faults(ofFile path: String) -> [ClusterError] {
        let id = entries.first { entry in
            entry.layers.contains { $0.origin.source == path }
                || entry.faults.faults.contains { $0.place == path || $0.place?.hasPrefix(path + ":") == true }
        }?.id
        guard let id else { return [] }
        do throws(SettingFaults) {
            _ = try settings(of: id)
            return []
        } catch {
            return error.faults
        }
    }

    /// The files that come with the program.
    public static var builtIn: [File] {
        BuiltInFile.all(under: "site-config/").filter { $0.path.hasSuffix(".yaml") }
            .map { File(.builtIn, $0.path, text: $0.text) }
    }

    /// The settings of a site.
    ///
    /// - Throws: everything that is wrong with its files, or that there is no such site.
    public func settings(of id: String) throws(SettingFaults) -> SiteSettings {
        guard let entry = entries.first(where: { $0.id == id }) else {
            let guess = nearestName(to: id, among: entries.map(\.id)).map { "did you mean '\($0)'? " } ?? ""
            throw SettingFaults([ClusterError("there is no site '\(id)'; \(guess)'hayate site list' shows all")])
        }
        guard entry.faults.isEmpty else {
            // The other files may have faults, too.
            var faults = entry.faults
            do throws(SettingFaults) {
                _ = try SiteSettings(id: id, layers: entry.layers, overrides: overrides)
            } catch {
                if !entry.layers.isEmpty { faults.add(error) }
            }
            throw faults
        }
        return try SiteSettings(id: id, layers: entry.layers, overrides: overrides)
    }

    /// How a site is recognised, also where some of its files have faults: whoever is there shall hear of them, and
    /// not be taken for somewhere else.
    public func detection(of id: String) -> [DetectionRule] {
        guard let entry = entries.first(where: { $0.id == id }) else { return [] }
        for count in stride(from: entry.layers.count, to: 0, by: -1) {
            if let settings = try? SiteSettings(id: id, layers: Array(entry.layers.prefix(count))) {
                return settings.profile.detection
            }
        }
        // No layer is without a fault: what it says of the site's place counts all the same, so that the fault is
        // told where the site is, and nothing else is taken for it.
        for layer in entry.layers.reversed() {
            guard let detect = layer["detect"] else { continue }
            var document = SiteDocument()
            var ignored = SettingFaults()
            let alone = SettingNode(.map([SettingEntry("detect", detect, origin: detect.origin)]), layer.origin)
            KeyTable.document.read(alone, SettingPath(), into: &document, &ignored)
            if !document.profile.detection.isEmpty { return document.profile.detection }
        }
        return []
    }

    private mutating func index(of id: String) -> Int {
        if let index = entries.firstIndex(where: { $0.id == id }) { return index }
        entries.append(Entry(id: id))
        return entries.count - 1
    }

    private static func id(of node: SettingNode) -> String? {
        guard case .scalar(let id) = node["site"]?["id"]?.content else { return nil }
        return id
    }

    /// `narval` of `/etc/hayate/site-config/narval.yaml`.
    private static func name(of path: String) -> String {
        let file = path.split(separator: "/").last.map(String.init) ?? path
        return file.hasSuffix(".yaml") ? String(file.dropLast(5)) : file
    }
}
