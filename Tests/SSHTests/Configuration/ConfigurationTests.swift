import HayateLaunch
import HayateSSH
import Testing

@testable import HayateSSH

@Suite("Configuration of SSH") struct ConfigurationTests {
    let files: ScratchDirectory

    init() throws { files = try ScratchDirectory() }

    private func ssh(_ text: String) throws -> SSH {
        var ssh = SSH()
        ssh.configFile = try files.write("config", text)
        return ssh
    }

    private func resolve(_ host: String, _ text: String) throws -> SSHDestination {
        try SSHDestination.resolve(RemoteHost(host), ssh(text))
    }

    private func failure(_ host: String, _ text: String) throws -> RemoteError {
        try #require(throws: RemoteError.self) { try resolve(host, text) }
    }

    @Test("an alias has the name, port, user and keys of its lines, and the first value counts") func alias() throws {
        let found = try resolve("far", """
            # a comment
            Host far other
                HostName %h.example.org
                Port=2222
                User "some.one"
                IdentityFile /keys/%r/%h
                IdentityFile /keys/second
                CertificateFile /keys/second-cert.pub
                IdentitiesOnly yes
                HostKeyAlias far-alias
                UserKnownHostsFile /keys/one /keys/two
                GlobalKnownHostsFile none
                StrictHostKeyChecking no
            Host *
                Port 1
                User nobody
                IdentityFile /keys/last
            """)
        #expect(found.hostName == "far.example.org")
        #expect(found.port == 2222)
        #expect(found.user == "some.one")
        #expect(found.identities == ["/keys/some.one/far.example.org", "/keys/second", "/keys/last"])
        #expect(found.certificates == ["/keys/second-cert.pub"])
        #expect(found.identitiesOnly)
        #expect(found.hostKeyAlias == "far-alias")
        #expect(found.knownHosts == ["/keys/one", "/keys/two"])
        #expect(found.globalKnownHosts == [])
    }

    @Test("what was said wins over the configuration") func saidWins() throws {
        var ssh = try ssh(
            "Host far\n HostName 10.0.0.1\n Port 2222\n User configured\n UserKnownHostsFile /a\n IdentityFile /b")
        ssh.knownHostsFile = "/said/known_hosts"
        ssh.identities = ["/said/key"]
        let found = try SSHDestination.resolve(RemoteHost("ssh://said@far:99"), ssh)
        #expect(found.user == "said")
        #expect(found.port == 99)
        #expect(found.hostName == "10.0.0.1")
        #expect(found.knownHosts == ["/said/known_hosts"])
        #expect(found.identities == ["/said/key", "/b"])
    }

    @Test("patterns of Host have *, ? and !", arguments: [
        ("node1", "a"), ("node12", "b"), ("login.far", "none"), ("secret.far", "c"), ("x.far", "c"),
    ]) func patterns(_ host: String, _ user: String) throws {
        let found = try resolve(host, """
            Host node?
                User a
            Host node??
                User b
            Host *.far !login.*
                User c
            Host *
                User none
            """)
        #expect(found.user == user)
    }

    @Test("Match decides by host, originalhost, user, localuser, final and all") func match() throws {
        let text = """
            Host far
                HostName real.example
            Match host real.example !user root
                Port 1001
            Match originalhost far user root
                Port 1002
            Match final host real.example
                HostKeyAlias matched-finally
            Match localuser nobody-of-this-name
                User wrong
            Match canonical all
                User wrong
            Match all
                IdentityFile /for/all
            """
        let found = try resolve("root@far", text)
        #expect(found.port == 1002)
        #expect(found.user == "root")
        #expect(found.hostKeyAlias == "matched-finally")
        #expect(found.identities == ["/for/all"])
        #expect(try resolve("me@far", text).port == 1001)
        #expect(try resolve("me@other", text).port == 22)
    }

    @Test("Match exec is refused with its line, unless what stands before it does not fit") func matchExec() throws {
        let text = "User me\nMatch host far exec \"true\"\n User other"
        let error = try failure("far", text)
        #expect(error.step == .configuration)
        #expect(error.reason.hasPrefix("\(files("config")), line 2: Match exec cannot be decided here"))
        #expect(try resolve("near", text).user == "me")
    }

    @Test("Include reads files by pattern in the order of their names, within the block") func include() throws {
        try files.makeDirectory("conf.d")
        try files.write("conf.d/1.conf", "Host far\n Port 1\nHost *\n User one")
        try files.write("conf.d/2.conf", "Port 2\nUser two")
        let all = files("conf.d")
        let text = "Include \(all)/*.conf \(files("missing"))\nHost none\n Include \(all)/2.conf\n"
        #expect(try resolve("far", text).port == 1)
        #expect(try resolve("other", text).port == 2)
        #expect(try resolve("other", text).user == "one")
        // What follows an included file is for the same machines as what stands before it.
        #expect(try resolve("far", "Host far\n Include \(all)/1.conf\n HostName 10.9.9.9").hostName == "10.9.9.9")
    }

    @Test("files that include each other are an error and no hang") func includeLoop() throws {
        let path = files("config")
        let error = try failure("far", "\n\nInclude \(path)")
        #expect(error.reason == "\(path), line 3: files are included more than 16 deep: do they include each other?")
    }

    @Test("an error names file and line", arguments: [
        ("Host far\n  Port ninety", "line 2: the port is ninety"),
        ("Port 0", "line 1: the port is 0"),
        ("Port", "line 1: port has no value"),
        ("User \"me", "line 1: a quote is not closed"),
        ("IdentitiesOnly perhaps", "line 1: perhaps is neither yes nor no"),
        ("\n\nHostName -oProxyCommand=touch", "line 3: this is no name of a machine"),
        ("HostName $(touch%%20x)", "line 1: this is no name of a machine"),
        ("HostName \"a b\"", "line 1: this is no name of a machine"),
        ("HostName a@b", "line 1: this is no name of a machine"),
        ("HostName %z", "line 1: %z has %z, which is not known here"),
        ("User -oProxyCommand=x", "line 1: this is no name of a user"),
        ("User a;b", "line 1: this is no name of a user"),
        ("User a\u{1b}[2J", "line 1: there is a control character in it"),
        ("HostKeyAlias -x", "line 1: this is no name of a machine"),
        ("ProxyJump -oProxyCommand=x", "line 1: ProxyJump has no such form"),
        ("ProxyJump a,,b", "line 1: ProxyJump has no such form"),
        ("ProxyJump a;b", "line 1: ProxyJump has no such form"),
        ("IdentityFile -oX", "line 1: -oX begins with -"),
        ("IdentityFile ${HAYATE_NOT_SET}/x", "line 1: ${HAYATE_NOT_SET}/x has ${HAYATE_NOT_SET}"),
        ("IdentityFile ~no-such-user/x", "line 1: there is no user of the name in ~no-such-user/x"),
        ("ProxyJump a, b", "line 1: proxyjump takes one value"),
        ("Match host", "line 1: Match host has no pattern"),
    ]) func errors(_ text: String, _ reason: String) throws {
        let error = try failure("far", text)
        #expect(error.step == .configuration)
        #expect(error.host == "far")
        #expect(error.reason.hasPrefix("\(files("config")), \(reason)"), "\(error)")
        #expect(!error.isTransient)
    }

    @Test("a file that cannot be read is an error that names it") func unreadable() throws {
        var ssh = SSH()
        ssh.configFile = files("missing")
        let error = try #require(throws: RemoteError.self) { try SSHDestination.resolve(RemoteHost("far"), ssh) }
        #expect(error.reason == "\(files("missing")) cannot be read (No such file or directory)")
        ssh.configFile = files.path
        let other = try #require(throws: RemoteError.self) { try SSHDestination.resolve(RemoteHost("far"), ssh) }
        #expect(other.reason == "\(files.path) is no file")
    }

    @Test("a configuration of one's own that others can write is refused") func writable() throws {
        let path = try files.write("config", "Port 5", mode: 0o622)
        let source = ConfigurationFiles.Source(path: path, isOwn: true, directory: files.path)
        let error = try #require(throws: SSHConfiguration.Failure.self) {
            try ConfigurationFiles(home: files.path).text(of: source)
        }
        #expect(error.reason.hasSuffix("chmod 600 \(path)"))
    }

    @Test("one's own file comes before the computer's, whose Include begins in its own directory") func usual() throws {
        try files.makeDirectory(".ssh")
        try files.write(".ssh/config", "Include more\nHost far\n Port 5", mode: 0o644)
        try files.write(".ssh/more", "Host far\n User included")
        let usual = ConfigurationFiles(home: files.path)
        #expect(usual.sources(nil).map(\.path) == [files(".ssh/config"), "/etc/ssh/ssh_config"])
        #expect(usual.sources(nil).map(\.directory) == [files(".ssh"), "/etc/ssh"])
        #expect(usual.sources("~/mine").map(\.path) == [files("mine")])
        let subject = SSHConfiguration.Subject(original: "far", localUser: "me")
        let found = try SSHConfiguration(subject, usual.sources(nil), usual)
        #expect(found["port"]?.first == "5")
        #expect(found["user"]?.place == "\(files(".ssh/more")), line 2")
    }

    @Test("no bytes of a file make it fail otherwise than by an error of its own", arguments: 0..<8)
    func garbage(_ seed: UInt64) throws {
        var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
        func next(_ count: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(count))
        }
        let pieces = [
            "Host ", "Match ", "*", "!", "exec ", "user ", "\"", "'", "\\", "\n", "#", "=", "%h", "%", "${HOME}", "${",
            "ProxyJump ", "a,b", ":", "[", "]", "@", "IdentityFile ", "Port ", "99", "HostName ", "\0", "\u{e9}", "\t",
            "~", "all", "final ", "Include ", "ProxyCommand ", "none", "\r",
        ]
        for _ in 0..<250 {
            let text = (0..<next(40)).map { _ in pieces[next(pieces.count)] }.joined()
            let ssh = try ssh(text)
            do throws(RemoteError) { _ = try SSHDestination.resolve(RemoteHost(host: "far"), ssh) } catch {
                #expect(error.step == .configuration)
            }
        }
    }

    @Test("ways to log in can be turned off") func methods() throws {
        let found = try resolve("far", "PasswordAuthentication no\nChallengeResponseAuthentication no")
        #expect(found.refusedMethods == [.password, .keyboardInteractive])
        let preferred = try resolve("far", "PreferredAuthentications publickey,password")
        #expect(preferred.refusedMethods == [.keyboardInteractive])
    }

    @Test("a command in the place of a socket has everything filled in") func proxyCommand() throws {
        let text = "Host far\n HostName real\n User me\n ProxyCommand nc -x \"proxy host\" %h %p # %r %n %%"
        #expect(try resolve("far:77", text).proxyCommand == "nc -x \"proxy host\" real 77 # me far %")
        #expect(try resolve("far", "Host far\n ProxyCommand none\nHost *\n ProxyCommand nc %h").proxyCommand == nil)
        // Whichever comes first.
        #expect(try resolve("far", "Host far\n ProxyJump a\n ProxyCommand nc").proxyCommand == nil)
        #expect(try resolve("far", "Host far\n ProxyCommand nc\n ProxyJump a").jumps == [])
    }
}
