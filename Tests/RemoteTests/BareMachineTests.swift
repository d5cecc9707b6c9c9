import Glibc
import HayateCluster
import HayateLaunch
import HayateTestTasks
import Testing

/// The daemon that is copied to other machines; `scripts/build-daemon` makes it, and takes minutes for it.
private let smallDaemon = getenv("HAYATE_DAEMON").map { String(cString: $0) }

@Suite(
    "A bare machine", .serialized, .timeLimit(.minutes(3)),
    .enabled("the daemon that is copied is there, and OpenSSH can run here") {
        guard smallDaemon != nil else {
            say("skipped: HAYATE_DAEMON names no daemon that could be copied: run scripts/build-daemon")
            return false
        }
        return await SSHTestbed.isPossible("bare")
    })
struct BareMachineTests {
    init() { Place.prepare() }

    private func map(_ servers: SSHTestbed, _ options: [String], _ words: [String], inputs: Int) async -> CommandAnswer {
        var line = CommandLine([Program.hayate, "map", "-n", "2", "--ssh", "bare", "--ssh-config", "\(servers.client)/config"])
        line.words += options + words + [":::"] + (1...inputs).map { String($0) }
        line.timeLimit = .seconds(120)
        return await CommandRunner.run(line)
    }

    /// Of the machine, which sees files of its own.
    private func files(_ servers: SSHTestbed, _ path: String) throws -> [String] {
        let pid = try servers.text("../run/server.bare.pid")
        return TemporaryDirectory.names(in: "/proc/\(pid)/root\(path)").sorted()
    }

    @Test(
        "With sshd, a shell and a C library alone: the daemon is brought there once, works, and leaves its program only",
        arguments: [[], ["--tunnel"]])
    func brought(options: [String]) async throws {
        try await SSHTestbed.with(["bare"]) { servers in
            try #require(files(servers, "/root") == [])
            let first = await map(servers, options, ["sh", "-c", "echo $0 at $HOME"], inputs: 100)
            #expect(first.succeeded, "\(first)")
            #expect(first.output == (1...100).map { "\($0) at /root\n" }.joined())
            let left = try files(servers, "/root")
            #expect(left.filter { $0 != ".hayate" } == [".cache"])
            try #require(files(servers, "/root/.hayate/hosts") == [])
            let versions = try files(servers, "/root/.cache/hayate")
            #expect(versions.count == 1, "\(versions)")
            let second = await map(servers, options, ["sh", "-c", "echo $0"], inputs: 3)
            #expect(second.output == "1\n2\n3\n", "\(second)")
            try #require(files(servers, "/root/.cache/hayate") == versions)
        }
    }

    @Test("A program that needs more than a C library is refused before anything is copied, with what is missing")
    func needsMore() async throws {
        try await SSHTestbed.with(["bare"]) { servers in
            var line = CommandLine([Program.hayate, "map", "--ssh", "bare", "--ssh-config", "\(servers.client)/config"])
            line.words += ["echo", ":::", "1"]
            line.environment = ["HAYATE_DAEMON": Program.hayateDaemon]
            let answer = await CommandRunner.run(line)
            #expect(!answer.succeeded)
            #expect(answer.errors.contains("bare: bringing the daemon there failed: "), "\(answer)")
            #expect(answer.errors.contains(" needs lib") && answer.errors.contains("scripts/build-daemon"), "\(answer)")
            for version in try files(servers, "/root/.cache/hayate") {
                try #require(files(servers, "/root/.cache/hayate/\(version)") == [])
            }
        }
    }
}
