/// A site's settings with all layers put together, and where each comes from.
public struct SiteSettings: Hashable, Sendable {
    public var profile: SiteProfile
    /// All that was written, as far as nothing stronger replaced it.
    public var tree: SettingNode
    /// The files, variables and options that say something, from the weakest.
    public var sources: [SettingOrigin]

    /// - Parameter layers: from the weakest.
    /// - Throws: everything that is wrong with them.
    public init(
        id: String, layers: [SettingNode], overrides: [SettingOverride] = []
    ) throws(SettingFaults) {
        var faults = SettingFaults()
        var merge = SettingMerge()
        for layer in layers {
            var alone = SiteDocument()
            KeyTable.document.read(layer, SettingPath(), into: &alone, &faults)
            merge.add(layer)
        }
        for override in overrides.sorted(by: { $0.value.origin.layer < $1.value.origin.layer }) {
            merge.add(override.layer)
        }
        faults.add(merge.faults)
        let origin = SettingOrigin(.builtIn, "site '\(id)'")
        let tree = merge.tree ?? SettingNode(.map([]), origin)
        var document = SiteDocument()
        KeyTable.document.read(tree, SettingPath(), into: &document, &faults)
        document.identity.id = document.identity.id ?? id
        // What could not be read would be missing to the checks, too.
        if faults.isEmpty { SiteChecks(document.profile, tree).run(&faults) }
        guard faults.isEmpty else { throw faults }
        profile = document.profile
        self.tree = tree
        sources = layers.map { SettingOrigin($0.origin.layer, $0.origin.source) }
        for override in overrides where !sources.contains(override.value.origin) {
            sources.append(override.value.origin)
        }
    }

    /// Where a setting comes from; nil where nobody says anything about it.
    public func origin(of path: SettingPath) -> SettingOrigin? { tree.at(path)?.origin }

    /// Every setting with its origin, in the order of the files.
    ///
    /// - Parameter withDefaults: also what holds because nobody says anything.
    public func explain(withDefaults: Bool = false) -> [SettingRow] {
        var rows: [SettingRow] = []
        collect(tree, SettingPath(), .object(KeyTable.document.keys.map(\.info)), withDefaults, &rows)
        return rows
    }

    private func collect(
        _ node: SettingNode?, _ path: SettingPath, _ shape: SettingShape?, _ withDefaults: Bool,
        _ rows: inout [SettingRow]
    ) {
        var entries: [SettingEntry] = []
        if case .map(let found) = node?.content { entries = found }
        for entry in entries {
            let place = path.adding(entry.key)
            let key = shape?.key(at: [entry.key])
            if case .map = entry.value.content, key?.isWhole != true {
                collect(entry.value, place, key?.shape, withDefaults, &rows)
                continue
            }
            rows.append(
                SettingRow(
                    path: place, value: entry.value.text, origin: entry.value.origin,
                    overridden: entry.value.overridden.map { .init(value: $0.text, origin: $0.origin) }))
        }
        guard withDefaults, case .object(let keys) = shape else { return }
        for key in keys where !entries.contains(where: { $0.key == key.name }) {
            let place = path.adding(key.name)
            if let text = key.defaultText {
                rows.append(SettingRow(path: place, value: text, origin: nil, overridden: []))
            } else if case .object = key.shape, !key.isWhole {
                collect(nil, place, key.shape, true, &rows)
            }
        }
    }
}

/// One setting with its origin.
public struct SettingRow: Hashable, Sendable {
    public struct Overridden: Hashable, Sendable {
        public var value: String
        public var origin: SettingOrigin
    }

    public var path: SettingPath
    /// As it would be written on one line.
    public var value: String
    /// nil: nobody says anything, and this is the default.
    public var origin: SettingOrigin?
    /// What weaker layers say, from the weakest.
    public var overridden: [Overridden]
}
