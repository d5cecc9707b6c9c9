import Glibc
import HayateLaunch
import HayateSSH
import Testing

/// A real agent, which ends with its last reference.
private final class TestAgent: Sendable {
    let socket: String
    private let pid: pid_t

    init(_ files: ScratchDirectory) async throws {
        socket = files("agent")
        let text = try await shell("setsid --wait ssh-agent -s -a \(files("agent"))")
        let number = try #require(text.range(of: "SSH_AGENT_PID=")).upperBound
        pid = try #require(pid_t(text[number...].prefix { $0.isNumber }))
    }

    deinit { kill(pid, SIGTERM) }

    func add(_ path: String, _ options: String = "") async throws {
        try await shell("ssh-add -q \(options) \(path)", environment: ["SSH_AUTH_SOCK": socket])
    }
}

@Suite(
    "Logging in with an agent", .enabled("OpenSSH can run here") { await SSHTestbed.isPossible() },
    .sshServers("--conf-of", "jump", "MaxAuthTries 2", "plain", "jump", "certificates")
) struct AgentTests {
    private let files: ScratchDirectory
    private let servers = SSHTestbed.current!

    init() throws { files = try ScratchDirectory() }

    private func ssh(_ lines: String) throws -> SSH {
        try servers.bare(files, "\(lines)\nUserKnownHostsFile \(servers.client)/known_hosts")
    }

    private func key(_ name: String) -> String { "\(servers.client)/id_\(name)" }

    @Test("a key that only the agent has lets in", arguments: ["ed25519", "ecdsa", "rsa"])
    func agentAlone(_ name: String) async throws {
        let agent = try await TestAgent(files)
        try await agent.add(key("stranger"))
        try await agent.add(key(name))
        #expect(try await PlainLogin.run("plain", ssh("IdentityFile none\nIdentityAgent \(agent.socket)")) == "in\n")
    }

    @Test("a locked key is not asked for when the agent has it") func locked() async throws {
        let agent = try await TestAgent(files)
        let passphrase = try servers.text("passphrase")
        let helper = try files.write("askpass", "#!/bin/sh\necho '\(passphrase)'\n", mode: 0o700)
        try await shell(
            "ssh-add -q \(key("locked")) </dev/null",
            environment: ["SSH_AUTH_SOCK": agent.socket, "SSH_ASKPASS": helper, "SSH_ASKPASS_REQUIRE": "force"])
        let answerer = Answerer { _, _ in nil }
        var ssh = try ssh("IdentityFile \(key("locked"))\nIdentityAgent \(agent.socket)")
        ssh.ask = answerer.ask
        #expect(try await PlainLogin.run("plain", ssh) == "in\n")
        #expect(answerer.questions == [])
    }

    @Test("keys of the configuration come first, and with IdentitiesOnly no others")
    func identitiesOnly() async throws {
        let agent = try await TestAgent(files)
        for name in ["a", "b", "c"] {
            try await shell("ssh-keygen -q -t ed25519 -C key-\(name) -N '' -f \(files(name))")
            try await agent.add(files(name))
        }
        try await agent.add(key("ed25519"))
        // Two tries: the right key must be among them. Its public half is enough to choose it.
        try files.copy(key("ed25519.pub"), to: "chosen.pub")
        for path in [key("ed25519"), files("chosen.pub")] {
            let ssh = try ssh("IdentityFile \(path)\nIdentityAgent \(agent.socket)")
            #expect(try await PlainLogin.run("jump", ssh) == "in\n")
        }
        let only = try ssh("IdentityFile \(key("stranger"))\nIdentitiesOnly yes\nIdentityAgent \(agent.socket)")
        let error = try await PlainLogin.failure("plain", only)
        #expect(error.reason.contains("tried the key \(key("stranger")) (not accepted there); the machine"))
        let all = try await PlainLogin.failure("jump", ssh("IdentityFile none\nIdentityAgent \(agent.socket)"))
        #expect(all.reason.contains("the key key-a of the agent (ED25519 SHA256:"))
    }

    @Test("the agent's certificate lets in, and a certificate file with the agent's key too")
    func certificates() async throws {
        let agent = try await TestAgent(files)
        // ssh-add takes the certificate that lies beside.
        try await agent.add(key("signed"))
        let held = try ssh("IdentityFile none\nIdentityAgent \(agent.socket)")
        #expect(try await PlainLogin.run("certificates", held) == "in\n")

        let other = try ScratchDirectory()
        let bare = try await TestAgent(other)
        try await bare.add(try files.copy(key("signed"), to: "alone"))
        let lines = "IdentityFile none\nIdentitiesOnly yes\nIdentityAgent \(bare.socket)"
        _ = try await PlainLogin.failure("certificates", ssh(lines))
        let ssh = try ssh("\(lines)\nCertificateFile \(key("signed-cert.pub"))")
        #expect(try await PlainLogin.run("certificates", ssh) == "in\n")
    }

    @Test("an agent that has gone is named, and files are tried") func gone() async throws {
        let lines = "IdentityAgent \(files("no-agent"))\nIdentityFile "
        #expect(try await PlainLogin.run("plain", ssh(lines + key("ed25519"))) == "in\n")
        let error = try await PlainLogin.failure("plain", ssh(lines + key("stranger")))
        #expect(error.reason.contains("tried the agent at \(files("no-agent")) (does not answer) and the key"))
    }

    @Test("an agent that refuses to sign is named, and files are tried") func refuses() async throws {
        let agent = try await TestAgent(files)
        // It would ask somebody, and nobody is there.
        try await agent.add(key("ed25519"), "-c")
        let lines = "IdentityAgent \(agent.socket)\nIdentityFile "
        #expect(try await PlainLogin.run("plain", ssh(lines + key("rsa"))) == "in\n")
        let error = try await PlainLogin.failure("plain", ssh(lines + key("stranger")))
        #expect(error.reason.contains("(the agent did not sign)"), "\(error)")
    }
}
