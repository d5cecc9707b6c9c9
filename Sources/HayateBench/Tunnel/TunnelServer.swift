import Glibc
import HayateCluster
import HayateLaunch
import HayateSSH

/// A server of OpenSSH for the time of a benchmark, from `testbed/sshd` of the checkout in which this is started.
struct TunnelServer {
    private let environment: [String: String]
    private let client: String

    init() async throws {
        let directory = "/tmp/hayate-testbed-\(getpid())"
        environment = ["HAYATE_TESTBED": directory, "HAYATE_TESTBED_PORT": "17900"]
        client = "\(directory)/sshd/client"
        try await run("start", "plain")
    }

    var ssh: SSH {
        var ssh = SSH()
        ssh.configFile = "\(client)/config"
        return ssh
    }

    func stop() async throws { try await run("stop") }

    /// What OpenSSH's own client does, the same way: the floor for ours.
    func openSSH(from port: UInt16, to local: UInt16) throws -> LocalProcess {
        try LocalProcess.spawn(
            executable: "/usr/bin/ssh",
            arguments: [
                "-F", "\(client)/config", "-N", "-o", "ExitOnForwardFailure=yes",
                "-R", "127.0.0.1:\(port):127.0.0.1:\(local)", "plain",
            ], onExit: { _ in })
    }

    private func run(_ words: String...) async throws {
        var line = CommandLine(["testbed/sshd"] + words)
        line.environment = environment
        line.timeLimit = .seconds(120)
        let answer = await CommandRunner.run(line)
        guard answer.succeeded else {
            throw BenchFailure("testbed/sshd \(words.joined(separator: " ")): \(answer.end) \(answer.errors)")
        }
    }
}

struct BenchFailure: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}
