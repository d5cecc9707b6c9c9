import HayateLaunch
import HayateSSH
import Testing

@Suite(
    "Logging in with keys", .enabled("OpenSSH can run here") { await SSHTestbed.isPossible() },
    .sshServers("--conf-of", "jump", "MaxAuthTries 2", "plain", "jump", "certificates")
) struct KeyTests {
    private let files: ScratchDirectory
    private let servers = SSHTestbed.current!

    init() throws { files = try ScratchDirectory() }

    /// Only these keys, and nobody's agent.
    private func ssh(_ keys: String..., lines: String = "") throws -> SSH {
        let identities = keys.map { "IdentityFile \($0)\n" }.joined()
        return try servers.bare(
            files, "\(lines)\n\(identities)IdentityAgent none\nUserKnownHostsFile \(servers.client)/known_hosts")
    }

    private func key(_ name: String) -> String { "\(servers.client)/id_\(name)" }

    @Test("keys of all kinds let in, RSA with SHA-2", arguments: ["ed25519", "ecdsa", "rsa"])
    func kinds(_ name: String) async throws {
        #expect(try await PlainLogin.run("plain", ssh(key(name))) == "in\n")
    }

    @Test("keys that were named come before those of the configuration") func named() async throws {
        var ssh = try ssh(key("stranger"))
        ssh.identities = [key("ed25519")]
        // A server that allows two tries: one wrong key before it would leave one.
        #expect(try await PlainLogin.run("jump", ssh) == "in\n")
    }

    @Test("a wrong key is named with user, offer and remedy") func wrong() async throws {
        let error = try await PlainLogin.failure("plain", ssh(key("stranger"), files("missing")))
        #expect(error.step == .authenticate)
        #expect(error.host == "plain")
        #expect(!error.isTransient)
        #expect(error.reason == """
            root was not let in; tried the key \(key("stranger")) (not accepted there) and the key \(files("missing")) \
            (not there); the machine offers publickey: name the right key (IdentityFile, or an agent), or have its \
            public key put into ~/.ssh/authorized_keys there
            """)
    }

    @Test("too many wrong keys are an error that says so") func tooMany() async throws {
        let names = ["a", "b", "c"].map { files($0) }
        for name in names { try await shell("ssh-keygen -q -t ed25519 -N '' -f \(name)") }
        let error = try await PlainLogin.failure("jump", ssh(names[0], names[1], names[2]))
        #expect(error.reason.hasPrefix("the machine has had enough of wrong keys for root; tried the key \(names[0])"))
        #expect(error.reason.hasSuffix("name the right one (IdentityFile with IdentitiesOnly yes)"))
    }

    @Test("a key that others can read is left out with the remedy, and the next one is tried")
    func permissions() async throws {
        let open = try files.copy(key("ed25519"), to: "open", mode: 0o644)
        let error = try await PlainLogin.failure("plain", ssh(open))
        #expect(error.reason.contains("the key \(open) (not used, as others can read it)"))
        #expect(error.reason.hasSuffix(": chmod 600 \(open)"))
        #expect(try await PlainLogin.run("plain", ssh(open, key("rsa"))) == "in\n")
    }

    @Test("a file that is no key is left out") func noKey() async throws {
        let path = try files.write("text", "this is no key\n")
        let error = try await PlainLogin.failure("plain", ssh(path))
        #expect(error.reason.contains("the key \(path) (no private key that can be read)"))
    }

    // MARK: - passphrases

    private func locked() throws -> String {
        try files.copy(key("locked.pub"), to: "locked.pub")
        return try files.copy(key("locked"), to: "locked")
    }

    @Test("a passphrase is asked for once, and good for all later connections") func passphrase() async throws {
        let path = try locked(), passphrase = try servers.text("passphrase")
        let answerer = Answerer { _, _ in passphrase }
        var ssh = try ssh(path)
        ssh.ask = answerer.ask
        try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<3 { group.addTask { [ssh] in try await PlainLogin.run("plain", ssh) } }
            for try await answer in group { #expect(answer == "in\n") }
        }
        let question = SSH.Question(
            .passphrase(file: path), host: "plain", text: "Passphrase of the key \(path): ", isEchoed: false)
        #expect(answerer.questions == [question])
    }

    @Test("a wrong passphrase may be corrected twice") func corrected() async throws {
        let path = try locked(), passphrase = try servers.text("passphrase")
        let answerer = Answerer { _, number in number == 2 ? passphrase : "wrong" }
        var ssh = try ssh(path)
        ssh.ask = answerer.ask
        #expect(try await PlainLogin.run("plain", ssh) == "in\n")
        #expect(answerer.questions.count == 3)
        #expect(answerer.questions[1].text.hasPrefix("That was not it.\n"))
    }

    @Test("three wrong passphrases or no answer end the key, and not the login") func wrongPassphrase() async throws {
        let path = try locked()
        for answer in ["wrong secret", nil] {
            let answerer = Answerer { _, _ in answer }
            var ssh = try ssh(path)
            ssh.ask = answerer.ask
            let error = try await PlainLogin.failure("plain", ssh)
            #expect(answerer.questions.count == (answer == nil ? 1 : 3))
            #expect(error.reason.contains("the key \(path) (locked, and its passphrase was not given)"))
            #expect(!error.description.contains("wrong secret"))
        }
        var ssh = try ssh(path, key("rsa"))
        ssh.ask = { _ in nil }
        #expect(try await PlainLogin.run("plain", ssh) == "in\n")
    }

    @Test("without anybody to ask, a locked key is named with the remedy") func nobody() async throws {
        let path = try locked()
        let error = try await PlainLogin.failure("plain", ssh(path))
        #expect(error.reason.contains("the key \(path) (locked, and nobody can be asked for its passphrase)"))
        #expect(error.reason.hasSuffix(": ssh-add \(path)"))
    }

    @Test("a locked key that the machine does not want is not asked for") func notWanted() async throws {
        let path = files("stranger")
        try await shell("ssh-keygen -q -t ed25519 -N passphrase -f \(path)")
        let answerer = Answerer { _, _ in "passphrase" }
        var ssh = try ssh(path)
        ssh.ask = answerer.ask
        let error = try await PlainLogin.failure("plain", ssh)
        #expect(error.reason.contains("the key \(path) (not accepted there)"))
        #expect(answerer.questions == [])
    }

    @Test("a locked key in the older PEM form is unlocked") func pem() async throws {
        let path = try files.copy(key("rsa"), to: "pem")
        try await shell("ssh-keygen -q -p -m PEM -N 'old passphrase' -f \(path)")
        #expect(try #require(readFile(path)).contains("ENCRYPTED"))
        var ssh = try ssh(path)
        ssh.ask = { _ in "old passphrase" }
        #expect(try await PlainLogin.run("plain", ssh) == "in\n")
    }

    // MARK: - certificates

    @Test("a certificate beside its key lets in where the key alone does not") func certificate() async throws {
        #expect(try await PlainLogin.run("certificates", ssh(key("signed"))) == "in\n")
        let alone = try files.copy(key("signed"), to: "alone")
        let error = try await PlainLogin.failure("certificates", ssh(alone))
        #expect(error.reason.contains("the key \(alone) (not accepted there)"))
    }

    @Test("a certificate elsewhere belongs to the key that it is made for") func certificateFile() async throws {
        let alone = try files.copy(key("signed"), to: "alone")
        try files.copy(key("signed-cert.pub"), to: "elsewhere.pub")
        let ssh = try ssh(key("rsa"), alone, lines: "CertificateFile \(files("elsewhere.pub"))")
        #expect(try await PlainLogin.run("certificates", ssh) == "in\n")
    }

    @Test("a certificate that has expired is named") func expired() async throws {
        let path = try files.copy(key("signed"), to: "expired")
        try files.copy(key("signed.pub"), to: "expired.pub")
        let authority = servers.environment["HAYATE_TESTBED"]! + "/sshd/authority"
        try await shell("ssh-keygen -q -s \(authority) -I old -n root -V 20200101:20200102 \(path).pub")
        let error = try await PlainLogin.failure("certificates", ssh(path))
        #expect(error.reason.contains("the certificate of key \(path) (not accepted there)"))
    }
}
