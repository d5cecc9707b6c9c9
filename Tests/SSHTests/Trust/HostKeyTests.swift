import Glibc
import HayateLaunch
import HayateSSH
import Testing

@Suite(
    "Keys of machines", .enabled("OpenSSH can run here") { await SSHTestbed.isPossible() },
    .sshServers("plain", "jump", "few")
) struct HostKeyTests {
    private let files: ScratchDirectory
    private let servers = SSHTestbed.current!
    private var known: String { files("known_hosts") }
    private var key: String { "IdentityFile \(servers.client)/id_ed25519\nUserKnownHostsFile \(known)\n" }

    init() throws { files = try ScratchDirectory() }

    private func ssh(_ lines: String = "") throws -> SSH { try servers.bare(files, lines + key) }

    @Test("a machine that is not known is refused with its fingerprint, the file and both remedies")
    func unknown() async throws {
        let error = try await PlainLogin.failure("jump", ssh())
        let place = try await servers.place(of: "jump")
        #expect(error.step == .hostKey)
        #expect(error.host == "jump")
        #expect(!error.isTransient)
        #expect(try await error.reason.contains("its key is not known: ED25519 \(servers.fingerprint(of: "jump"))"))
        #expect(error.reason.contains("--accept-new"))
        #expect(error.reason.contains("ssh-keyscan -p \(place.port) -t ed25519 \(place.host) >> '\(known)'"))
        #expect(readFile(known) == nil, "nothing is written down")
    }

    @Test("the remedy for an unknown machine helps") func remedy() async throws {
        let error = try await PlainLogin.failure("jump", ssh())
        let start = try #require(error.reason.range(of: "ssh-keyscan "))
        try await shell("\(error.reason[start.lowerBound...]) 2>/dev/null")
        #expect(try await PlainLogin.run("jump", ssh()) == "in\n")
    }

    @Test("another key than the known one is refused with both fingerprints, the line and the remedy")
    func changed() async throws {
        // The key of another machine stands where this one's should.
        let own = try await servers.line(of: "jump"), other = try await servers.line(of: "few")
        let name = own.split(separator: " ")[0]
        try files.write("known_hosts", "# first\n\(name) \(other.drop { $0 != " " }.dropFirst())")
        for acceptsNew in [false, true] {
            var ssh = try ssh()
            ssh.acceptsNew = acceptsNew
            let error = try await PlainLogin.failure("jump", ssh)
            #expect(error.step == .hostKey)
            #expect(error.reason.contains("its key has changed: \(known), line 2, has ED25519 "))
            #expect(try await error.reason.contains(servers.fingerprint(of: "jump")))
            #expect(try await error.reason.contains(servers.fingerprint(of: "few")))
            #expect(error.reason.hasSuffix("ssh-keygen -R '\(name)' -f '\(known)'"))
        }
        #expect(try #require(readFile(known)).split(separator: "\n").count == 2)
        // Its remedy helps.
        try await shell("ssh-keygen -R '\(name)' -f '\(known)' 2>&1")
        #expect(try await PlainLogin.failure("jump", ssh()).reason.contains("its key is not known"))
    }

    @Test("a server whose key was exchanged is refused afterwards") func exchanged() async throws {
        try await SSHTestbed.with(["plain"]) { servers in
            try files.write("known_hosts", try await servers.line(of: "plain"))
            let ssh = try servers.bare(
                files, "IdentityFile \(servers.client)/id_ed25519\nUserKnownHostsFile \(known)")
            #expect(try await PlainLogin.run("plain", ssh) == "in\n")
            try await servers.run("new-host-key", "plain")
            let error = try await PlainLogin.failure("plain", ssh)
            #expect(error.reason.contains("its key has changed"))
        }
    }

    @Test(
        "a machine with keys of several types is asked for the one that is known",
        arguments: ["ed25519", "ecdsa", "rsa"])
    func order(_ type: String) async throws {
        try files.write("known_hosts", try await servers.line(of: "plain", type))
        #expect(try await PlainLogin.run("plain", ssh()) == "in\n")
    }

    @Test("a machine that is known by one type of key and shows only another one is refused")
    func otherType() async throws {
        try files.write("known_hosts", try await servers.line(of: "plain", "rsa"))
        var ssh = try ssh("HostKeyAlgorithms ecdsa-sha2-nistp256\n")
        ssh.acceptsNew = true
        let error = try await PlainLogin.failure("plain", ssh)
        #expect(error.reason.contains("it is known by another type of key: \(known), line 1, has RSA "))
        #expect(try await error.reason.contains("ECDSA \(servers.fingerprint(of: "plain", "ecdsa"))"))
    }

    @Test("hashed names, patterns and HostKeyAlias are understood") func names() async throws {
        let line = try await servers.line(of: "jump")
        try files.write("known_hosts", line)
        try await shell("ssh-keygen -H -f \(known) 2>&1 && rm \(known).old")
        #expect(try #require(readFile(known)).hasPrefix("|1|"))
        #expect(try await PlainLogin.run("jump", ssh()) == "in\n")

        let key = line.drop { $0 != " " }
        try files.write("known_hosts", "other,[127.0.0.*]:*\(key)")
        #expect(try await PlainLogin.run("jump", ssh()) == "in\n")
        let place = try await servers.place(of: "jump")
        try files.write("known_hosts", "![\(place.host)]:\(place.port),[127.0.0.*]:*\(key)")
        #expect(try await PlainLogin.failure("jump", ssh()).reason.contains("is not known"))

        try files.write("known_hosts", "Some-Name\(key)")
        #expect(try await PlainLogin.failure("jump", ssh()).reason.contains("is not known"))
        #expect(try await PlainLogin.run("jump", ssh("Host jump\n HostKeyAlias some-name\n")) == "in\n")
        // By the name alone, at whichever port.
        try files.write("known_hosts", "\(place.host)\(key)")
        #expect(try await PlainLogin.run("jump", ssh()) == "in\n")
    }

    @Test("several files are read, those of the computer too, and one that cannot be read is an error")
    func several() async throws {
        let path = try files.write("second", try await servers.line(of: "jump"))
        #expect(try await PlainLogin.run("jump", ssh("UserKnownHostsFile \(known) \(path)\n")) == "in\n")
        #expect(try await PlainLogin.run("jump", ssh("Host *\n GlobalKnownHostsFile \(path)\n")) == "in\n")
        try files.makeDirectory("directory")
        let error = try await PlainLogin.failure("jump", ssh("UserKnownHostsFile \(files("directory"))\n"))
        #expect(error.reason.contains("\(files("directory")) cannot be read (Is a directory)"))
    }

    @Test("a revoked key is refused, also where it is known, and by RevokedHostKeys") func revoked() async throws {
        let line = try await servers.line(of: "jump")
        let key = line.drop { $0 != " " }.dropFirst()
        for name in ["*", String(line.split(separator: " ")[0])] {
            try files.write("known_hosts", "\(line)@revoked \(name) \(key)")
            let error = try await PlainLogin.failure("jump", ssh())
            #expect(error.reason.contains("is revoked in \(known), line 2"))
        }
        try files.write("known_hosts", line)
        let file = try files.write("revoked", "# of last year\n\(key)")
        let error = try await PlainLogin.failure("jump", ssh("RevokedHostKeys \(file)\n"))
        #expect(error.reason.contains("is revoked in \(file)"))
        let unreadable = try await PlainLogin.failure("jump", ssh("RevokedHostKeys \(files("missing"))\n"))
        #expect(unreadable.reason.contains("\(files("missing")) of RevokedHostKeys cannot be read"))
    }

    @Test("lines that are damaged or for certificates make no key good") func damaged() async throws {
        let line = try await servers.line(of: "jump")
        let key = line.drop { $0 != " " }.dropFirst()
        let name = line.split(separator: " ")[0]
        try files.write(
            "known_hosts",
            "\(name)\n\(name) ssh-ed25519\n\(name) ssh-ed25519 AAAA\n@unknown \(line)@cert-authority * \(key)")
        let error = try await PlainLogin.failure("jump", ssh())
        #expect(error.reason.contains("is not known"))
        #expect(error.reason.contains("the certificate authority of \(known), line 5, is of no use here"))
    }
}
