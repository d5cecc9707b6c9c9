import Foundation
import HayateCluster
import HayateLaunch
import HayateSSH
import Synchronization
import Testing

@testable import HayateCLI

/// Slurm's commands as scripts that print what a real one printed.
private struct StandIn {
    let directory: String

    private static let recorded = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Recorded/slurm").path

    init(directory: String) throws {
        self.directory = directory + "/bin"
        try FileManager.default.createDirectory(atPath: self.directory, withIntermediateDirectories: true)
        let show = "sed '/^# /d;/^---/d' \(Self.recorded)"
        try add(
            "scontrol",
            """
            case "$*" in
            *config) \(show)/scontrol-show-config.txt ;;
            *) \(show)/scontrol-show-partition.txt ;;
            esac
            """)
        try add("sinfo", "case \"$*\" in *-N*) echo 127.0.0.1 ;; *) \(show)/sinfo.txt ;; esac")
        try add("sacctmgr", "\(show)/sacctmgr-associations.txt")
        try add("sacct", ":")
        try add(
            "sbatch",
            """
            case "$*" in
            *--version*) echo slurm-wlm 22.05.8 ;;
            *--test-only*) cat > '\(directory)/script'; echo 'sbatch: Job 3 to start' >&2 ;;
            esac
            """)
    }

    func add(_ name: String, _ script: String) throws {
        let path = directory + "/" + name
        try "#!/bin/sh\n\(script)\n".write(toFile: path, atomically: true, encoding: .utf8)
        chmod(path, 0o755)
    }

    func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: directory + "/" + name) }

    var finder: SiteFinder {
        var finder = SiteFinder(
            variables: ["HAYATE_CONFIG_PATH": directory + "/none", "HOME": directory], directory: "/",
            hostNames: ["login1"])
        finder.run = { [directory] line in
            var line = line
            line.words[0] = directory + "/" + line.words[0]
            return CommandRunner.runBlocking(line)
        }
        return finder
    }
}

@Suite struct SiteLiveTests {
    @Test("the file that is made is one that validate takes, and nothing is missing")
    func generate() async throws {
        try await withTemporaryDirectory { directory in
            let standIn = try StandIn(directory: directory)
            let made = try await hayate(["site", "generate", "--id", "mine"], finder: standIn.finder)
            #expect(made.code == 0, "\(made.error)")
            #expect(made.output.contains("  id: mine\n"))
            #expect(made.output.contains("- hostname: '^login[0-9]+$'"))
            #expect(made.output.contains("maxWalltime: 1m  # scontrol show partition: MaxTime"))
            let file = directory + "/mine.yaml"
            try made.output.write(toFile: file, atomically: true, encoding: .utf8)
            let checked = try await hayate(["site", "validate", file], finder: standIn.finder)
            #expect(checked.code == 0 && checked.output == "\(file): good\n", "\(checked.error)")
        }
    }

    @Test("what a command does not tell is said on standard error, and the rest is still made")
    func missing() async throws {
        try await withTemporaryDirectory { directory in
            let standIn = try StandIn(directory: directory)
            try standIn.remove("sinfo")
            try standIn.add("sacctmgr", "echo 'sacctmgr: error: slurmdbd is down' >&2; exit 1")
            let made = try await hayate(["site", "generate"], finder: standIn.finder)
            #expect(made.code == 0)
            #expect(
                made.error.contains("hayate: not found out: the processors, memory and graphics processors of nodes"))
            #expect(made.error.contains("slurmdbd is down"))
            #expect(made.output.contains("maxArraySize: 1001"))
        }
    }

    @Test("where no scheduler is, that is said with the commands that were tried")
    func none() async throws {
        try await withTemporaryDirectory { directory in
            let standIn = try StandIn(directory: directory)
            try standIn.remove("sbatch")
            let made = try await hayate(["site", "generate"], finder: standIn.finder)
            #expect(made.code == 2 && made.output == "")
            #expect(made.error.contains("no scheduler is found here") && made.error.contains("'sbatch --version'"))
            let wrong = try await hayate(["site", "generate", "--id", "My Site"], finder: standIn.finder)
            #expect(wrong.code == 2 && wrong.error.contains("is no short name"))
        }
    }

    @Test("a profile that fits its scheduler has no failed check, and a job is looked at without being run")
    func healthy() async throws {
        try await withTemporaryDirectory { directory in
            let standIn = try StandIn(directory: directory)
            let file = directory + "/mine.yaml"
            try await hayate(["site", "generate", "--id", "mine"], finder: standIn.finder).output
                .write(toFile: file, atomically: true, encoding: .utf8)
            let told = try await hayate(["site", "doctor", file], finder: standIn.finder)
            let lines = told.output.split(separator: "\n").map(String.init)
            #expect(lines.first == "mine, cluster main (the file)")
            for check in [
                "commands: Slurm: slurm-wlm 22.05.8", "queues: the scheduler has main, scavenge, short", "arrays: 1001",
            ] {
                #expect(lines.contains { $0.hasPrefix("ok       \(check)") }, "\(check): \(told.output)\(told.error)")
            }
            #expect(lines.contains { $0.hasPrefix("ok       submission: the scheduler would take a job") })
            #expect(lines.contains { $0.hasPrefix("ok       directory:") })
            #expect(try read(directory + "/script").contains("#SBATCH --partition=main"))
            // The recorded controller's clock stands still.
            #expect(lines.filter { $0.hasPrefix("failed") }.allSatisfy { $0.contains("clock") })
        }
    }

    @Test("queues that are not there, limits above the scheduler's and refused jobs fail, each with its remedy")
    func ill() async throws {
        try await withTemporaryDirectory { directory in
            let standIn = try StandIn(directory: directory)
            try standIn.add(
                "sbatch",
                """
                case "$*" in
                *--version*) echo slurm-wlm 22.05.8 ;;
                *) echo 'sbatch: error: invalid partition specified: mian' >&2; exit 1 ;;
                esac
                """
            )
            let file = directory + "/mine.yaml"
            try """
            site: { id: mine }
            clusters:
              main:
                scheduler: slurm
                submission: { maxArraySize: 5000 }
                defaults: { account: nobody }
                queues:
                  mian: { priority: 2 }
                  short: { maxWalltime: 1h, maxCpus: 8 }
            """.write(toFile: file, atomically: true, encoding: .utf8)
            let told = try await hayate(["site", "doctor", file], finder: standIn.finder)
            #expect(told.code == 1)
            for sentence in [
                "failed   queues: the scheduler shows no mian; it has main, scavenge, short: did you mean 'main'?",
                "failed   limits of short: maxWalltime is 1h, and the scheduler's 1m: lower them at clusters.main",
                "failed   arrays: up to 5000 elements, but the scheduler takes 1001: write clusters.main.submission",
                "failed   submission: the scheduler would refuse a job: sbatch: error: invalid partition specified",
            ] {
                #expect(told.output.contains(sentence), "\(sentence)\n\(told.output)")
            }
            let json = try await hayate(["site", "doctor", file, "--output", "json"], finder: standIn.finder)
            #expect(json.code == 1)
            let rows = try #require(JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [[String: String]])
            #expect(rows.contains { $0["check"] == "queues" && $0["outcome"] == "failed" && $0["remedy"] != nil })
        }
    }

    @Test("a scheduler whose commands are not here is one failed check, and nothing more is asked")
    func away() async throws {
        try await withTemporaryDirectory { directory in
            let standIn = try StandIn(directory: directory)
            try standIn.remove("sbatch")
            let told = try await hayate(["site", "doctor", "slurm"], finder: standIn.finder)
            let file = directory + "/x.yaml"
            try "site: { id: x }\nclusters: { main: { scheduler: slurm } }\n".write(
                toFile: file, atomically: true, encoding: .utf8)
            let other = try await hayate(["site", "doctor", file, "--submit"], finder: standIn.finder)
            #expect(told.code != 0)
            #expect(other.code == 1)
            #expect(other.output.split(separator: "\n").count == 2, "\(other.output)")
            #expect(other.output.contains("failed   commands: There is no program"))
        }
    }

    @Test("doctor logs in as it is told to where the commands are reached by SSH")
    func login() async throws {
        try await withTemporaryDirectory { directory in
            let file = directory + "/far.yaml"
            try """
            site: { id: far }
            clusters: { main: { scheduler: slurm, access: { kind: ssh, host: doctors-login } } }
            """.write(toFile: file, atomically: true, encoding: .utf8)
            let used = Mutex<[SSH]>([])
            let told = try await hayate(
                ["site", "doctor", file, "--accept-new", "--ssh-config", "/c", "--identity", "/a"],
                finder: try StandIn(directory: directory).finder,
                connector: { ssh in
                    used.withLock { $0.append(ssh) }
                    return RemoteLogins { (host, _) throws(RemoteError) in
                        throw RemoteError(host: "\(host)", .authenticate, "no key fits")
                    }
                })
            #expect(told.code == 1)
            #expect(told.output.contains("commands: doctors-login: logging in failed: no key fits"), "\(told)")
            #expect(used.withLock { $0.map(\.configFile) } == ["/c"])
            #expect(used.withLock { $0.allSatisfy { $0.acceptsNew && $0.identities == ["/a"] } })
        }
    }
}
