import Foundation
import HayateCluster
import HayateLaunch
import Testing

@testable import HayateCLI

@Suite("hayate site")
struct SiteCommandTests {
    struct Answer {
        var code: Int32
        var output: String
        var errors: String

        var json: Any? { try? JSONSerialization.jsonObject(with: Data(output.utf8)) }
    }

    /// Runs the command where only the given files are, beside what is built in.
    static func run(
        _ arguments: [String], files: [String: String] = [:], _ variables: [String: String] = [:]
    ) async throws -> Answer {
        try await withTemporaryDirectory { root in
            for (name, text) in files {
                let path = "\(root)/\(name)"
                try text.write(toFile: path, atomically: true, encoding: .utf8)
                #expect(chmod(path, 0o644) == 0)
            }
            var environment = ProgramEnvironment()
            environment.siteFinder = {
                var all = ["HAYATE_CONFIG_PATH": root]
                for (name, value) in variables { all[name] = value }
                return SiteFinder(variables: all, directory: root, hostNames: ["nowhere"])
            }
            let paths = ["output", "errors"].map { "\(root)/\($0)" }
            let descriptors = paths.map { open($0, O_RDWR | O_CREAT | O_CLOEXEC, 0o600) }
            defer { for descriptor in descriptors { close(descriptor) } }
            environment.output = descriptors[0]
            environment.error = descriptors[1]
            let code = await HayateCommandLine.run(
                ["site"] + arguments.map { $0.replacing("ROOT", with: root) }, environment)
            let texts = try paths.map {
                try String(contentsOfFile: $0, encoding: .utf8).replacing(root, with: "ROOT")
            }
            return Answer(code: code, output: texts[0], errors: texts[1])
        }
    }

    static let mine = "site: { id: narval }\nclusters: { main: { polling: { interval: 3m } } }\n"

    @Test("list shows every site with its schedulers and layers, and which is meant here")
    func list() async throws {
        let answer = try await Self.run(["list"], files: ["mine.yaml": Self.mine, "broken.yaml": "a: [\n"])
        #expect(answer.code == 0)
        let lines = answer.output.split(separator: "\n").map {
            $0.split(separator: " ", omittingEmptySubsequences: true)
        }
        #expect(lines.contains { $0.prefix(4) == ["narval", "slurm", "built-in,", "administrator"] })
        #expect(lines.contains { $0.prefix(3) == ["*", "local", "local"] })
        #expect(answer.output.contains("has a fault: see 'hayate site show broken'"))
        let json = try await Self.run(["list", "--output", "json"], ["HAYATE_SITE": "eddie"])
        let rows = try #require(json.json as? [[String: Any]])
        let eddie = try #require(rows.first { $0["id"] as? String == "eddie" })
        #expect(eddie["isCurrent"] as? Bool == true && eddie["schedulers"] as? [String: String] == ["main": "sge"])
    }

    @Test("show prints a profile that reads as the same one")
    func show() async throws {
        let answer = try await Self.run(["show", "narval"], files: ["mine.yaml": Self.mine])
        #expect(answer.code == 0)
        #expect(
            answer.output.hasPrefix(
                "# narval: named\n# built-in: site-config/narval.yaml\n# administrator: ROOT/mine.yaml\n"))
        let again = try SiteCatalogue([.init(.user, "again.yaml", text: answer.output)]).settings(of: "narval")
        #expect(again.profile.clusters["main"]?.polling.interval == .seconds(180))
        let json = try await Self.run(["show", "--site", "narval", "--output", "json"])
        let site = try #require((json.json as? [String: Any])?["site"] as? [String: Any])
        #expect(site["id"] as? String == "narval")
    }

    @Test("explain tells each value's origin and what it overrides")
    func explain() async throws {
        let files = ["mine.yaml": Self.mine]
        let answer = try await Self.run(
            ["explain", "narval", "clusters.main.polling", "--set", "clusters.main.polling.interval=5m"], files: files)
        #expect(
            answer.output == """
                clusters.main.polling.interval  5m               command line: --set clusters.main.polling.interval=5m
                                                  instead of 3m  administrator: ROOT/mine.yaml:2

                """)
        let json = try await Self.run(
            ["explain", "narval", "clusters.main.polling", "--all", "--output", "json"], files: files)
        let rows = try #require(json.json as? [[String: Any]])
        #expect(
            rows.map { $0["path"] as? String }
                == ["interval", "accounting", "grace", "dialIn"].map { "clusters.main.polling.\($0)" })
        #expect((rows[0]["origin"] as? [String: Any])?["line"] as? Int == 2)
        #expect(rows[1]["origin"] == nil && rows[1]["value"] as? String == "5m")
        let unset = try await Self.run(["explain", "narval", "clusters.main.naming"])
        #expect(unset.code != 0)
        #expect(unset.errors == "'clusters.main.naming' is not set at narval; --all also shows what holds by default\n")
    }

    @Test("validate tells every fault with file and line, and its exit code that there are some")
    func validate() async throws {
        let bad = "site: { id: bad }\nclusters:\n  main:\n    scheduler: slrm\n    polling: { interval: 60 }\n"
        let files = ["bad.yaml": bad, "mine.yaml": Self.mine]
        let answer = try await Self.run(["validate", "ROOT/mine.yaml", "ROOT/bad.yaml"], files: files)
        #expect(answer.code != 0)
        #expect(answer.output == "ROOT/mine.yaml: good\n")
        let lines = answer.errors.split(separator: "\n")
        #expect(lines.map { $0.prefix(16) } == ["ROOT/bad.yaml:4:", "ROOT/bad.yaml:5:"])
        let json = try await Self.run(["validate", "ROOT/bad.yaml", "--output", "json"], files: files)
        #expect(json.code != 0)
        let faults = try #require((json.json as? [[String: Any]])?.first?["faults"] as? [[String: Any]])
        #expect(faults.map { $0["line"] as? Int } == [4, 5])
        #expect(faults[0]["file"] as? String == "ROOT/bad.yaml")
        #expect(try await Self.run(["validate", "ROOT/mine.yaml"], files: files).code == 0)
        let missing = try await Self.run(["validate", "ROOT/nowhere.yaml"])
        #expect(missing.code != 0)
        #expect(
            missing.errors
                == "ROOT/nowhere.yaml: it cannot be read (No such file or directory); check the path and its "
                    + "permissions\n"
        )
    }

    @Test("only the administrator's files may lock, which validate can be told")
    func locks() async throws {
        let files = ["lock.yaml": Self.mine + "locked: [clusters.main.polling]\n"]
        let variables = ["HAYATE_CONFIG_PATH": "/nowhere"]
        #expect(try await Self.run(["validate", "ROOT/lock.yaml"], files: files, variables).code != 0)
        #expect(
            try await Self.run(["validate", "--as-administrator", "ROOT/lock.yaml"], files: files, variables).code == 0)
    }

    @Test("faults of a site are told in full by the commands that need it")
    func faults() async throws {
        let answer = try await Self.run(["show", "narval", "--set", "clusters.main.poling.interval=5m"])
        #expect(answer.code != 0 && answer.output == "")
        #expect(
            answer.errors
                == "--set clusters.main.poling.interval=5m: there is no key 'clusters.main.poling'; did you mean "
                    + "'polling'?\n"
        )
        let json = try await Self.run(["show", "narvall", "--output", "json"])
        let faults = try #require((json.json as? [String: Any])?["faults"] as? [[String: Any]])
        #expect((faults[0]["message"] as? String)?.contains("did you mean 'narval'?") == true)
    }

    @Test("schema prints what site-config/schema.json holds")
    func schema() async throws {
        let answer = try await Self.run(["schema"])
        #expect(answer.output == BuiltInFile.text(of: "site-config/schema.json"))
    }
}
