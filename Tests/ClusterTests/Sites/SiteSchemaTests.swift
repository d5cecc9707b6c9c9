import Foundation
import HayateCluster
import Testing

@Suite("The schema of site files")
struct SiteSchemaTests {
    @Test("site-config/schema.json has the very keys that the reader knows; 'hayate site schema' writes it")
    func inStep() throws {
        let text = try String(
            contentsOf: BuiltInFileTests.root.appendingPathComponent("site-config/schema.json"), encoding: .utf8)
        #expect(text == SiteSchema.text)
        _ = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    @Test("docs/sites.md has a row for every key, with its meaning")
    func documented() throws {
        let page = try String(
            contentsOf: BuiltInFileTests.root.appendingPathComponent("docs/sites.md"), encoding: .utf8)
        for (path, key) in SiteSchema.keys {
            // The fields of requests are the same in profiles, and are told once.
            let isRepeated =
                path.hasPrefix("profiles.NAME.")
                && SiteSchema.keys.contains {
                    $0.path == path.replacing("profiles.NAME.", with: "clusters.NAME.defaults.")
                }
            if isRepeated { continue }
            #expect(page.contains("| `\(path)` |"), "\(path): \(key.summary)")
        }
    }

    /// A value that differs from the default, for each key that is a leaf.
    static func sample(_ path: String, _ shape: SettingShape) -> String? {
        switch path {
        case "site.id": return "other"
        // The format's only version, what is not about the site, and the default by its name.
        case "schema", "locked", "network.dialBack.route": return nil
        case "profiles.NAME.cluster": return "main"
        default: break
        }
        switch shape {
        case .text: return "something"
        case .truth: return "true"
        case .choice(let words): return words.last
        case .whole(let least, let most): return "\(most ?? max(least, 3) + 4)"
        case .form(let name, _):
            if name.hasPrefix("a time") { return "17m" }
            if name.hasPrefix("a size") { return "3GiB" }
            if name.hasPrefix("ports") { return "9000-9001" }
            if name.hasPrefix("a network") { return "10.0.0.0/8" }
            if name.contains("graphics") || name.hasPrefix("a number, with") { return "a100:2" }
            if name.hasPrefix("a number and") { return "3/17m" }
            return "abc"
        case .lines: return "[one, two]"
        case .list(let element):
            return sample(path, element).map { "[\($0)]" }
        case .map(let element):
            return sample(path, element).map { "{ key: \($0) }" }
        case .object: return nil
        }
    }

    /// What must be said together with a key.
    static let company: [String: String] = [
        "clusters.NAME.access.host": "kind: ssh", "clusters.NAME.access.user": "kind: ssh, host: a",
        "clusters.NAME.access.port": "kind: ssh, host: a", "clusters.NAME.access.proxyJump": "kind: ssh, host: a",
        "clusters.NAME.access.identity": "kind: ssh, host: a", "clusters.NAME.access.kind": "host: a",
        "clusters.NAME.defaults.warning.signal": "before: 3m", "clusters.NAME.defaults.warning.before": "signal: USR2",
        "clusters.NAME.defaults.mail.events": "to: me",
        "profiles.NAME.warning.signal": "before: 3m", "profiles.NAME.warning.before": "signal: USR2",
        "profiles.NAME.mail.events": "to: me", "detect.command.run": "match: a", "detect.command.match": "run: [a]",
        "clusters.NAME.queues.NAME.wholeNodes": "nodeCpus: 4",
    ]

    /// A file with this one setting beside what every file has.
    static func file(_ path: String, _ value: String?) -> String {
        let keys = path.split(separator: ".").map(String.init)
        let scheduler =
            switch path {
            case "clusters.NAME.scheduler": value == nil ? "slurm" : "lsf"
            case let path
            where path.contains("limitUnit") || path.contains("perJobLimit") || path.contains("perTaskReserve")
                || path.contains("gpu.directive"):
                value == "complex" ? "sge" : "lsf"
            case let path where path.contains("complex") || path.contains("parallelEnvironment"): "sge"
            default: "slurm"
            }
        var lines: [String] = []
        var indent = ""
        for (index, key) in keys.enumerated() {
            let name = key == "NAME" ? "main" : key
            if index == keys.count - 1 {
                if path != "clusters.NAME.scheduler", let value { lines.append("\(indent)\(name): \(value)") }
                for part in company[path].map({ [$0] }) ?? [] {
                    lines += part.split(separator: ",").map { "\(indent)\($0.drop { $0 == " " })" }
                }
            } else {
                lines.append("\(indent)\(name):")
                indent += "  "
                if index == 0, name == "detect" {
                    lines[lines.count - 1] = "detect:"
                    indent = "  "
                }
                if keys[0] == "clusters", index == 1 { lines.append("\(indent)scheduler: \(scheduler)") }
            }
        }
        var text = lines.joined(separator: "\n")
        if keys[0] == "detect" {
            text = text.replacing("detect:\n  ", with: "detect:\n- ")
        }
        if keys[0] != "clusters" {
            text = "clusters: { main: { scheduler: \(path == "network.protocol" ? "local" : "slurm") } }\n" + text
        }
        if keys[0] != "site" { text = "site: { id: test }\n" + text }
        return text + "\n"
    }

    @Test("every key of the schema says something to the reader", arguments: SiteSchema.keys.map(\.path))
    func known(path: String) throws {
        let shape = try #require(SiteSchema.keys.first { $0.path == path }).key.shape
        guard let value = Self.sample(path, shape) else { return }
        func profile(_ value: String?) throws -> SiteProfile {
            let text = Self.file(path, value)
            let catalogue = SiteCatalogue([.init(.user, "test.yaml", text: text)])
            let id = path == "site.id" && value != nil ? "other" : "test"
            return try catalogue.settings(of: id).profile
        }
        let with = try profile(value)
        // Without it the file may not be good; then it has said something as well.
        guard let without = try? profile(nil) else { return }
        #expect(with != without, "\(Self.file(path, value))")
    }
}
