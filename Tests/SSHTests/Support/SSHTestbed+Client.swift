import Glibc
import HayateCluster
import HayateLaunch
import HayateSSH
import Synchronization
import Testing

extension SSHTestbed {
    /// A configuration for one server under its own name, with more lines before those that all have.
    func ssh(_ files: ScratchDirectory, _ lines: String) throws -> SSH {
        var ssh = SSH()
        let others = try text("config")
        ssh.configFile = try files.write("config", "\(lines)\nHost *\n\(others)")
        return ssh
    }

    /// The same, without the keys and the known hosts of the testbed.
    func bare(_ files: ScratchDirectory, _ lines: String) throws -> SSH {
        var ssh = SSH()
        let places = try text("config").split(separator: "\n").filter { line in
            ["Host ", "    HostName ", "    Port ", "    User "].contains { line.hasPrefix($0) }
        }
        ssh.configFile = try files.write(
            "config", lines + "\nHost *\n    GlobalKnownHostsFile none\n" + places.joined(separator: "\n"))
        return ssh
    }

    /// The fingerprint of a server's key, as OpenSSH prints it.
    func fingerprint(of server: String, _ type: String = "ed25519") async throws -> String {
        let file = environment["HAYATE_TESTBED"]! + "/sshd/host_\(server).\(type).pub"
        return try await shell("ssh-keygen -lf \(file)").split(separator: " ").map(String.init)[1]
    }

    /// The known_hosts line of a server's key.
    func line(of server: String, _ type: String = "ed25519") async throws -> String {
        let place = try await place(of: server)
        let key = try #require(readFile(environment["HAYATE_TESTBED"]! + "/sshd/host_\(server).\(type).pub"))
        return "[\(place.host)]:\(place.port) " + key.split(separator: " ").prefix(2).joined(separator: " ") + "\n"
    }
}

/// What a script of `/bin/sh` prints, without the end of its last line.
@discardableResult
func shell(
    _ script: String, environment: [String: String] = [:], sourceLocation: SourceLocation = #_sourceLocation
) async throws -> String {
    var line = CommandLine(["/bin/sh", "-c", script])
    line.environment = environment
    let answer = await CommandRunner.run(line)
    try #require(answer.succeeded, "\(script): \(answer.end) \(answer.errors)", sourceLocation: sourceLocation)
    return answer.output.hasSuffix("\n") ? String(answer.output.dropLast()) : answer.output
}

/// Answers questions, and keeps them.
final class Answerer: Sendable {
    private let seen = Mutex<[SSH.Question]>([])
    private let answer: @Sendable (SSH.Question, Int) -> String?

    /// - Parameter answer: by the question and how many there were before.
    init(_ answer: @escaping @Sendable (SSH.Question, Int) -> String?) { self.answer = answer }

    var questions: [SSH.Question] { seen.withLock { $0 } }

    var ask: @Sendable (SSH.Question) -> String? {
        { question in
            let number = self.seen.withLock { seen in
                seen.append(question)
                return seen.count - 1
            }
            return self.answer(question, number)
        }
    }
}
