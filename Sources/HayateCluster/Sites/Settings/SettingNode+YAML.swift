extension SettingNode {
    /// As lines of YAML, which read as the same settings.
    public func yaml(indent: Int = 0) -> String {
        guard case .map(let entries) = content else { return text + "\n" }
        let space = String(repeating: " ", count: indent)
        return entries.map { entry in
            let key = SettingNode(.scalar(entry.key), origin).text
            switch entry.value.content {
            case .map(let inner) where !inner.isEmpty:
                return "\(space)\(key):\n" + entry.value.yaml(indent: indent + 2)
            case .list(let nodes) where nodes.contains { if case .map = $0.content { true } else { false } }:
                return "\(space)\(key):\n" + nodes.map { "\(space)  - \($0.text)\n" }.joined()
            default:
                return "\(space)\(key): \(entry.value.text)\n"
            }
        }.joined()
    }
}
