/// A setting, or all below a path, that stronger layers may only tighten.
struct SettingLock: Hashable, Sendable {
    /// `*` stands for any key.
    var path: SettingPath
    var origin: SettingOrigin

    /// What in a layer goes against it.
    ///
    /// - Parameter base: what weaker layers say.
    func violations(in layer: SettingNode, over base: SettingNode?, _ shape: SettingShape) -> SettingFaults {
        var faults = SettingFaults()
        collect(layer, SettingPath(), appends: false, layer.origin, base, shape, &faults)
        return faults
    }

    private func collect(
        _ node: SettingNode, _ path: SettingPath, appends: Bool, _ place: SettingOrigin, _ base: SettingNode?,
        _ shape: SettingShape, _ faults: inout SettingFaults
    ) {
        let common = zip(self.path.keys, path.keys)
        guard common.allSatisfy({ $0 == "*" || $0 == $1 }) else { return }
        let key = shape.key(at: path.keys[...])
        if case .map(let entries) = node.content, path.keys.isEmpty || key?.shape.isMap == true, key?.isWhole != true {
            for entry in entries {
                collect(
                    entry.value, path.adding(entry.key), appends: entry.appends, entry.origin, base, shape, &faults)
            }
            return
        }
        // An unknown key is a fault of its own.
        guard let key else { return }
        let old = base?.at(path)
        let isBelow = path.keys.count >= self.path.keys.count
        let isNew = old == nil && addsKey(path, base, shape)
        guard appends || !isBelow || isNew || !key.keepsWithin(node, old) else { return }
        let there =
            old.map { "there it is \($0.text)" } ?? key.defaultText.map { "there it is left at \($0)" }
            ?? "there it is not set"
        faults.add(
            "\(path) is locked by \(origin.place), and \(isBelow && !isNew ? key.freedom : "it may not be changed"): "
                + "\(there)\(old.map { " (\($0.origin.place))" } ?? ""), here \(node.text); leave it out here, or "
                + "ask the administrator",
            at: place)
    }

    /// Whether a key that sites choose, such as a queue, is new here.
    private func addsKey(_ path: SettingPath, _ base: SettingNode?, _ shape: SettingShape) -> Bool {
        (self.path.keys.count..<max(path.keys.count, self.path.keys.count)).contains { index in
            let part = SettingPath(Array(path.keys[...index]))
            return shape.key(at: part.keys[...])?.isChosen == true && base?.at(part) == nil
        }
    }
}
