import HayateCluster
import HayateLaunch
import Testing

@Suite(
    "Servers of the testbed", .enabled("OpenSSH can run here") { await SSHTestbed.isPossible() },
    .serialized, .sshServers("plain", "few")
)
struct SSHTestbedTests {
    private func status() async throws -> [Substring] {
        try await SSHTestbed.current.run("status").split(separator: "\n").map { $0.split(separator: " ")[1] }
    }

    @Test("a server that was stopped is down until it is started") func stopsAndStarts() async throws {
        #expect(try await status() == ["up", "up"])
        try await SSHTestbed.current.run("stop-server", "few")
        await #expect(throws: SSHTestbedFailure.self) { try await status() }
        try await SSHTestbed.current.run("start-server", "few")
        #expect(try await status() == ["up", "up"])
    }

    @Test("another host key is another key") func newHostKey() async throws {
        let servers = SSHTestbed.current!
        let file = servers.environment["HAYATE_TESTBED"]! + "/sshd/host_few.ed25519.pub"
        let before = try #require(readFile(file))
        try await servers.run("new-host-key", "few")
        #expect(try #require(readFile(file)) != before)
    }
}
