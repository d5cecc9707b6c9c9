import Glibc
import HayateLaunch
import HayateSSH
import Synchronization
import Testing

@Suite(
    "Keys of machines that are taken", .enabled("OpenSSH can run here") { await SSHTestbed.isPossible() },
    .sshServers("plain", "jump", "few")
) struct NewHostKeyTests {
    private let files: ScratchDirectory
    private let servers = SSHTestbed.current!

    init() throws { files = try ScratchDirectory() }

    private func ssh(_ path: String, _ lines: String = "") throws -> SSH {
        var ssh = try servers.bare(files, "\(lines)\nIdentityFile \(servers.client)/id_ed25519")
        ssh.knownHostsFile = path
        ssh.acceptsNew = true
        return ssh
    }

    private func mode(_ path: String) -> mode_t {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
    }

    @Test("a new key is written down so that ssh finds it, in a directory and a file of the user alone")
    func writes() async throws {
        let path = files("made/known_hosts")
        let said = Mutex<[String]>([])
        var ssh = try ssh(path)
        ssh.onNewKey = { sentence in said.withLock { $0.append(sentence) } }
        #expect(try await PlainLogin.run("jump", ssh) == "in\n")
        #expect(said.withLock { $0.count } == 1 && said.withLock { $0[0].contains("SHA256:") })
        #expect(try await readFile(path) == servers.line(of: "jump"))
        #expect(mode(path) == 0o600)
        #expect(mode(files("made")) == 0o700)
        let name = try await servers.line(of: "jump").split(separator: " ")[0]
        #expect(try await shell("ssh-keygen -F '\(name)' -f \(path)").contains("found: line 1"))
        // From now on it is known.
        ssh.acceptsNew = false
        #expect(try await PlainLogin.run("jump", ssh) == "in\n")
    }

    @Test("HashKnownHosts has the name written down so that only who knows it finds it") func hashed() async throws {
        let path = files("known_hosts")
        var ssh = try ssh(path, "HashKnownHosts yes")
        #expect(try await PlainLogin.run("jump", ssh) == "in\n")
        let text = try #require(readFile(path))
        let line = try await servers.line(of: "jump")
        let name = line.split(separator: " ")[0]
        #expect(text.hasPrefix("|1|") && !text.contains("127.0.0"))
        #expect(text.hasSuffix(line.drop { $0 != " " }))
        #expect(try await shell("ssh-keygen -F '\(name)' -f \(path)").contains("found: line 1"))
        ssh.acceptsNew = false
        #expect(try await PlainLogin.run("jump", ssh) == "in\n")
    }

    @Test("it begins a line of its own, whatever the file ends with") func torn() async throws {
        let before = try await String(servers.line(of: "few").dropLast())
        let path = try files.write("known_hosts", before)
        #expect(try await PlainLogin.run("jump", ssh(path)) == "in\n")
        #expect(try await readFile(path) == before + "\n" + servers.line(of: "jump"))
    }

    @Test("several at the same time garble nothing and write nothing twice") func concurrently() async throws {
        let path = files("known_hosts")
        let ssh = try ssh(path)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for name in ["plain", "jump", "few", "plain", "jump", "few"] {
                group.addTask { try await PlainLogin.check(name, ssh) }
            }
            try await group.waitForAll()
        }
        let lines = try #require(readFile(path)).split(separator: "\n").map { "\($0)\n" }
        #expect(try await Set(lines) == [servers.line(of: "plain"), servers.line(of: "jump"), servers.line(of: "few")])
        #expect(lines.count == 3)
    }

    @Test("a file that cannot be written is an error that names it") func unwritable() async throws {
        let error = try await PlainLogin.failure("jump", ssh("/proc/hayate/known_hosts"))
        #expect(error.step == .hostKey)
        #expect(error.reason.contains("cannot be written to /proc/hayate (No such file or directory)"))
    }
}
