import Foundation
import HayateCluster
import Testing

@testable import HayateLaunch

@Suite("Finding sites")
struct SiteFinderTests {
    /// A file with its directories, which only this user can write to.
    static func put(_ text: String, _ path: String) throws {
        let directory = (path as NSString).deletingLastPathComponent
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        try write(text, to: path)
        #expect(chmod(path, 0o644) == 0)
    }

    static func finder(_ root: String, _ variables: [String: String] = [:], in directory: String = "home/work/deep")
        throws -> SiteFinder
    {
        let path = "\(root)/\(directory)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        var finder = SiteFinder(
            variables: ["HOME": "\(root)/home"].merging(variables) { $1 }, directory: path,
            hostNames: ["login1", "login1.ex.org"])
        finder.administratorDirectory = "\(root)/etc"
        finder.run = { _ in CommandAnswer(.notStarted("nothing is run here")) }
        return finder
    }

    static func title(_ finder: SiteFinder, _ settings: [String] = []) throws -> String? {
        try finder.catalogue(settings: settings).catalogue.settings(of: "test").profile.title
    }

    static func site(_ title: String) -> String {
        "site: { id: test, title: \(title) }\nclusters: { main: { scheduler: slurm } }\n"
    }

    @Test("each layer is stronger than those before")
    func layers() async throws {
        try await withTemporaryDirectory { root in
            try Self.put(Self.site("administrator"), "\(root)/etc/test.yaml")
            #expect(try Self.title(Self.finder(root)) == "administrator")
            try Self.put(Self.site("user"), "\(root)/home/.config/hayate/site-config/any.yaml")
            #expect(try Self.title(Self.finder(root)) == "user")
            try Self.put(Self.site("xdg"), "\(root)/xdg/hayate/site-config/any.yaml")
            #expect(try Self.title(Self.finder(root, ["XDG_CONFIG_HOME": "\(root)/xdg"])) == "xdg")
            try Self.put(Self.site("project"), "\(root)/home/work/.hayate/site-config/test.yaml")
            #expect(try Self.title(Self.finder(root)) == "project")
            let finder = try Self.finder(root, ["HAYATE_SITE_SET": "site.title=environment"])
            #expect(try Self.title(finder) == "environment")
            #expect(try Self.title(finder, ["site.title=options"]) == "options")
        }
    }

    @Test("a variable replaces the files' places")
    func configPath() async throws {
        try await withTemporaryDirectory { root in
            try Self.put(Self.site("elsewhere") + "locked: [site.title]\n", "\(root)/a/test.yaml")
            try Self.put(Self.site("user"), "\(root)/home/.config/hayate/site-config/test.yaml")
            let finder = try Self.finder(root, ["HAYATE_CONFIG_PATH": "\(root)/a:\(root)/missing"])
            #expect(try Self.title(finder) == "elsewhere")
            try Self.put(Self.site("second"), "\(root)/b/test.yaml")
            let both = try Self.finder(root, ["HAYATE_CONFIG_PATH": "\(root)/a:\(root)/b"])
            #expect(throws: SettingFaults.self) { try Self.title(both) }
        }
    }

    @Test("a project's files are looked for upwards, and not above the home")
    func upwards() async throws {
        try await withTemporaryDirectory { root in
            try Self.put(Self.site("above"), "\(root)/.hayate/site-config/test.yaml")
            #expect(throws: SettingFaults.self) { try Self.title(Self.finder(root)) }
            #expect(try Self.title(Self.finder(root, in: "other/deep")) == "above")
            try Self.put(Self.site("home"), "\(root)/home/.hayate/site-config/test.yaml")
            #expect(try Self.title(Self.finder(root)) == "home")
        }
    }

    @Test("a directory of another user is not read, and that is said", .enabled(if: geteuid() == 0))
    func foreign() async throws {
        try await withTemporaryDirectory { root in
            try Self.put(Self.site("foreign"), "\(root)/home/work/.hayate/site-config/test.yaml")
            #expect(chown("\(root)/home/work", 12345, 12345) == 0)
            let (catalogue, notes) = try Self.finder(root, in: "home/work").catalogue()
            #expect(throws: SettingFaults.self) { try catalogue.settings(of: "test") }
            #expect(
                notes == [
                    "\(root)/home/work/.hayate/site-config is not read: \(root)/home/work belongs to another user; "
                        + "copy what you trust into a directory of yours"
                ])
            // The directory is ours, its file is not.
            #expect(chown("\(root)/home/work", 0, 0) == 0)
            let file = "\(root)/home/work/.hayate/site-config/test.yaml"
            #expect(chown(file, 12345, 12345) == 0)
            #expect(
                throws: SettingFaults([
                    ClusterError("it belongs to another user, who could make it run commands as you; copy it", at: file)
                ])
            ) { try Self.title(Self.finder(root, in: "home/work")) }
        }
    }

    @Test(
        "files that others could write are refused",
        arguments: ["home/.config/hayate/site-config/test.yaml", "home/work/.hayate/site-config/test.yaml"])
    func writable(path: String) async throws {
        try await withTemporaryDirectory { root in
            try Self.put(Self.site("any"), "\(root)/\(path)")
            #expect(try Self.title(Self.finder(root)) == "any")
            #expect(chmod("\(root)/\(path)", 0o664) == 0)
            #expect(
                throws: SettingFaults([
                    ClusterError(
                        "others can write to it, and so run commands as you; run 'chmod go-w \(root)/\(path)'",
                        at: "\(root)/\(path)")
                ])
            ) { try Self.title(Self.finder(root)) }
            // What is wrong with one site leaves the others alone.
            #expect(throws: Never.self) { try Self.finder(root).catalogue().catalogue.settings(of: "narval") }
        }
    }

    @Test("what is no text, too large or a directory is refused")
    func unreadable() async throws {
        try await withTemporaryDirectory { root in
            let path = "\(root)/etc/test.yaml"
            try Self.put(String(repeating: "#", count: 1 << 21), path)
            #expect(throws: SettingFaults([ClusterError("it has more than 1 MiB: is it a site's file?", at: path)])) {
                try Self.title(Self.finder(root))
            }
            try Data([0x61, 0xFF, 0xFE]).write(to: URL(fileURLWithPath: path))
            #expect(chmod(path, 0o644) == 0)
            #expect(throws: SettingFaults([ClusterError("it is no text in UTF-8; save it as such", at: path)])) {
                try Self.title(Self.finder(root))
            }
            try FileManager.default.removeItem(atPath: path)
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            #expect(chmod(path, 0o755) == 0)
            #expect(
                throws: SettingFaults([
                    ClusterError("it cannot be read (Is a directory); check the path and its permissions", at: path)
                ])
            ) { try Self.title(Self.finder(root)) }
        }
    }

    @Test("the site is the named one, else the variable's, else the first that fits, else this machine")
    func finding() async throws {
        try await withTemporaryDirectory { root in
            var finder = try Self.finder(root)
            var found = try finder.find(nil, in: try finder.catalogue().catalogue)
            #expect(found.settings.profile.id == "local" && found.reason == "no other site fits this machine")
            try Self.put(
                Self.site("by command") + "detect: [{ command: { run: [lsid], match: farm } }]\n",
                "\(root)/etc/test.yaml")
            try Self.put(
                "site: { id: other }\nclusters: { main: { scheduler: sge } }\ndetect: [{ hostname: 'ex[.]org$' }]\n",
                "\(root)/etc/zz.yaml")
            finder.run = { line in
                #expect(line.words == ["lsid"])
                return CommandAnswer(.process(.exited(code: 0)), output: "farm\n")
            }
            // Names come before commands, whatever the order of the sites.
            found = try finder.find(nil, in: try finder.catalogue().catalogue)
            #expect(found.settings.profile.id == "other" && found.reason == "the machine's name fits 'ex[.]org$'")
            finder.hostNames = ["elsewhere"]
            found = try finder.find(nil, in: try finder.catalogue().catalogue)
            #expect(found.settings.profile.id == "test" && found.reason == "'lsid' prints 'farm'")
            finder.variables["HAYATE_SITE"] = "narval"
            found = try finder.find(nil, in: try finder.catalogue().catalogue)
            #expect(found.settings.profile.id == "narval" && found.reason == "HAYATE_SITE")
            found = try finder.find("slurm", in: try finder.catalogue().catalogue)
            #expect(found.settings.profile.id == "slurm" && found.reason == "named")
            let catalogue = try finder.catalogue().catalogue
            #expect(throws: SettingFaults.self) { try finder.find("nowhere", in: catalogue) }
        }
    }

    @Test("where the site that fits has a fault, that is said, and nothing else is taken for it")
    func faultyHere() async throws {
        try await withTemporaryDirectory { root in
            try Self.put(Self.site("any") + "detect: [{ hostname: '^login1' }]\n", "\(root)/etc/test.yaml")
            try Self.put("site: { id: test, titel: Mine }\n", "\(root)/home/.config/hayate/site-config/test.yaml")
            let finder = try Self.finder(root)
            let catalogue = try finder.catalogue().catalogue
            #expect(
                throws: SettingFaults([
                    ClusterError(
                        "there is no key 'site.titel'; did you mean 'title'?",
                        at: "\(root)/home/.config/hayate/site-config/test.yaml:1")
                ])
            ) { try finder.find(nil, in: catalogue) }
        }
    }

    @Test("a real command recognises a site")
    func realCommand() async throws {
        try await withTemporaryDirectory { root in
            try Self.put(
                Self.site("any")
                    + "detect: [{ command: { run: [/bin/echo, 'My cluster is', here], match: 'is here$' } }]\n",
                "\(root)/etc/test.yaml")
            var finder = try Self.finder(root)
            finder.run = { CommandRunner.runBlocking($0) }
            let found = try finder.find(nil, in: try finder.catalogue().catalogue)
            #expect(found.settings.profile.id == "test")
        }
    }
}
