/// Layers of settings, put over each other from the weakest: maps merge, single values and lists replace,
/// `key+:` adds to a list.
struct SettingMerge {
    private(set) var tree: SettingNode?
    private(set) var faults = SettingFaults()
    private(set) var locks: [SettingLock] = []

    private static let shape = SettingShape.object(KeyTable.document.keys.map(\.info))

    mutating func add(_ layer: SettingNode) {
        let (layer, newLocks) = withoutLocks(layer)
        for lock in locks where lock.origin.layer < layer.origin.layer {
            faults.add(lock.violations(in: layer, over: tree, Self.shape))
        }
        locks += newLocks
        tree = merge(layer, over: tree, SettingPath(), isWhole: false)
    }

    private mutating func merge(
        _ node: SettingNode, over base: SettingNode?, _ path: SettingPath, isWhole: Bool
    ) -> SettingNode {
        guard case .map(let entries) = node.content, !isWhole else {
            var result = node
            if let base { result.overridden = base.overridden + [base] }
            return result
        }
        var result = SettingNode(.map([]), base?.origin ?? node.origin)
        var merged: [SettingEntry] = []
        if case .map(let old) = base?.content {
            merged = old
        } else if let base {
            result.overridden = base.overridden + [base]
        }
        for var entry in entries {
            let place = path.adding(entry.key)
            let index = merged.firstIndex { $0.key == entry.key }
            let old = index.map { merged[$0].value }
            if entry.appends {
                entry.value = appended(entry, to: old, place)
                entry.appends = false
            } else {
                let isWhole = Self.shape.key(at: place.keys[...])?.isWhole ?? false
                entry.value = merge(entry.value, over: old, place, isWhole: isWhole)
            }
            if let index { merged[index].value = entry.value } else { merged.append(entry) }
        }
        result.content = .map(merged)
        return result
    }

    private mutating func appended(_ entry: SettingEntry, to base: SettingNode?, _ path: SettingPath) -> SettingNode {
        guard case .list(let added) = entry.value.content else {
            faults.add("\(path)+ adds to a list, and so must be one; write [\(entry.value.text)]", at: entry.origin)
            return base ?? entry.value
        }
        var result = entry.value
        switch base?.content {
        case .list(let old): result.content = .list(old + added)
        case nil, .null: break
        case .scalar, .map:
            faults.add("\(path)+ adds to a list, but \(path) is none; write '\(entry.key):'", at: entry.origin)
        }
        if let base { result.overridden = base.overridden + [base] }
        return result
    }

    /// Locks hold for stronger layers; they are no setting themselves.
    private mutating func withoutLocks(_ layer: SettingNode) -> (SettingNode, [SettingLock]) {
        guard case .map(var entries) = layer.content, let index = entries.firstIndex(where: { $0.key == "locked" }),
            case .list(let nodes) = entries[index].value.content
        else { return (layer, []) }
        let entry = entries.remove(at: index)
        var rest = layer
        rest.content = .map(entries)
        guard layer.origin.layer <= .administrator else {
            faults.add(
                "only the administrator's files can lock settings, not the \(layer.origin.layer.title)'s; leave "
                    + "'locked' out",
                at: entry.origin)
            return (rest, [])
        }
        var locks: [SettingLock] = []
        for node in nodes {
            guard case .scalar(let text) = node.content else { continue }
            guard let path = SettingPath(text: text), Self.shape.key(at: path.keys[...]) != nil else {
                faults.add(
                    "there is no setting '\(text)' to lock; write its path, as clusters.main.polling.interval",
                    at: node.origin)
                continue
            }
            locks.append(SettingLock(path: path, origin: node.origin))
        }
        return (rest, locks)
    }
}
