import HayateCore
import Yams

/// The text of a YAML file as settings, each with its line. What the values mean is not looked at: YAML's own
/// numbers, in which `12:30:00` is 45000 and `no` is false, never come up.
public enum SettingFile {
    /// A file of more values than this is none of ours: names for values (`*name`) can make a few lines billions.
    private static let mostValues = 100_000

    /// - Parameter source: the file, as messages shall name it.
    /// - Throws: for text that is no YAML, keys given twice, and files that hold no map.
    public static func read(
        _ text: String, source: String, layer: SettingLayer
    ) throws(SettingFaults) -> SettingNode {
        let root: Node?
        do {
            root = try compose(yaml: text)
        } catch let error as YamlError {
            throw SettingFaults([fault(error, source)])
        } catch {
            throw SettingFaults([ClusterError("it cannot be read as YAML (\(error))", at: source)])
        }
        var reader = Reader(source: source, layer: layer, left: mostValues)
        let start = SettingOrigin(layer, source, line: 1)
        guard let root else { return SettingNode(.map([]), start) }
        let node = reader.node(root, after: start)
        guard reader.left > 0 else {
            throw SettingFaults([
                ClusterError("it holds more than \(mostValues) values: is it a site's file?", at: source)
            ])
        }
        if case .null = node.content { return SettingNode(.map([]), start) }
        guard case .map = node.content else {
            throw SettingFaults([
                ClusterError(
                    "it is no map of keys and values; begin with 'schema: 1' and 'site:'", at: node.origin.place)
            ])
        }
        guard reader.faults.isEmpty else { throw reader.faults }
        return node
    }

    /// A value of the command line or a variable, which may be a list or a map in one line: `[a, b]`.
    static func value(_ text: String, _ origin: SettingOrigin) throws(ClusterError) -> SettingNode {
        // Text that YAML takes for something of its own, such as a tab or an at sign, is meant as it is.
        guard let first = text.first, "[{'\"".contains(first) else {
            let isNull = text == "null" || text == "~"
            return SettingNode(isNull ? .null : .scalar(text), origin)
        }
        let node: Node?
        do { node = try compose(yaml: text) } catch let error as YamlError {
            throw ClusterError("'\(text)' cannot be read: \(problem(error).message)", at: origin.place)
        } catch {
            throw ClusterError("'\(text)' cannot be read (\(error))", at: origin.place)
        }
        var reader = Reader(source: origin.source, layer: origin.layer, left: mostValues, hasLines: false)
        let result = node.map { reader.node($0, after: origin) } ?? SettingNode(.null, origin)
        if let fault = reader.faults.faults.first { throw fault }
        return result
    }

    private static func fault(_ error: YamlError, _ source: String) -> ClusterError {
        let (message, line) = problem(error)
        return ClusterError(message, at: line.map { "\(source):\($0)" } ?? source)
    }

    private static func problem(_ error: YamlError) -> (message: String, line: Int?) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            ("it is no YAML here: \(problem); look at the indentation, the quotes and the colons", mark.line)
        case .duplicatedKeysInMapping(let keys, let context):
            (
                "\(keys.sorted().map { "'\($0)'" }.joined(separator: ", ")) is given more than once in one map, "
                    + "first here; leave one of them", context.mark.line
            )
        default:
            ("it cannot be read as YAML: \(error)", nil)
        }
    }

    private struct Reader {
        var source: String
        var layer: SettingLayer
        var left: Int
        var hasLines = true
        var faults = SettingFaults()

        private func origin(_ mark: Mark?, _ parent: SettingOrigin) -> SettingOrigin {
            guard hasLines else { return parent }
            return SettingOrigin(layer, source, line: mark?.line ?? parent.line)
        }

        mutating func node(_ node: Node, after parent: SettingOrigin) -> SettingNode {
            let origin = origin(node.mark, parent)
            guard left > 0 else { return SettingNode(.null, origin) }
            left -= 1
            switch node {
            case .scalar(let scalar):
                let isNull = scalar.style == .plain && ["", "~", "null"].contains(scalar.string)
                return SettingNode(isNull ? .null : .scalar(scalar.string), origin)
            case .sequence(let sequence):
                return SettingNode(.list(sequence.map { self.node($0, after: origin) }), origin)
            case .mapping(let mapping):
                return SettingNode(.map(entries(mapping, origin)), origin)
            case .alias:
                return SettingNode(.null, origin)
            }
        }

        private mutating func entries(_ mapping: Node.Mapping, _ parent: SettingOrigin) -> [SettingEntry] {
            var entries: [SettingEntry] = []
            for (key, value) in mapping {
                let place = origin(key.mark, parent)
                guard case .scalar(let scalar) = key else {
                    faults.add("a key must be a word", at: place)
                    continue
                }
                let appends = scalar.style == .plain && scalar.string.hasSuffix("+")
                let name = appends ? String(scalar.string.dropLast()) : scalar.string
                if entries.contains(where: { $0.key == name }) {
                    faults.add("'\(name)' is given more than once in one map; leave one of them", at: place)
                }
                entries.append(SettingEntry(name, node(value, after: place), origin: place, appends: appends))
            }
            return entries
        }
    }
}
