import HayateLaunch
import Testing

@testable import HayateSSH

@Suite("Names from outside") struct HostileNameTests {
    @Test("names that a program or a shell could take for more are refused before anything is done", arguments: [
        "-oProxyCommand=touch /tmp/hayate-was-here", "-lroot", "me@-oProxyCommand=x", "-me@host", "ssh://-oX",
        "host name", "host\nProxyCommand x", "host\0", "$(touch x)", "`touch x`", "host;true", "host|cat", "host&",
        "host>x", "a'b", "a\"b", "a*", "a?", "~", "a,b", "a/b", "a\\b", "", "@", "me@", ":22", "host:", "host:0",
        "host:65536", "host:-1", "host:+22", "host: 22", "[::1", "[::1]x", "[]", "http://host", "ssh://",
        "ssh://me@", "h\u{f6}st", "host\u{202e}", "host\u{1b}[2J", String(repeating: "a", count: 256),
    ]) func refused(_ name: String) throws {
        let error = try #require(throws: RemoteError.self) { try RemoteHost(name) }
        #expect(error.step == .name)
        #expect(!error.description.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7f })
        #expect(error.description.utf8.count < 600)
    }

    @Test("a name of a megabyte is refused in a short sentence") func long() throws {
        let error = try #require(throws: RemoteError.self) { try RemoteHost(String(repeating: "a", count: 1 << 20)) }
        #expect(error.description.utf8.count < 600)
    }

    @Test("names of machines are taken apart", arguments: [
        ("host", nil, "host", nil), ("me@host:22", "me", "host", 22), ("ssh://me@host:2222/", "me", "host", 2222),
        ("::1", nil, "::1", nil), ("[::1]:22", nil, "::1", 22), ("me@[fe80::1%eth0]:1", "me", "fe80::1%eth0", 1),
        ("some.one@site.edu@host", "some.one@site.edu", "host", nil), ("node_1.far-away", nil, "node_1.far-away", nil),
    ] as [(String, String?, String, UInt16?)])
    func taken(_ name: String, _ user: String?, _ host: String, _ port: UInt16?) throws {
        let found = try RemoteHost(name)
        #expect(found == RemoteHost(user: user, host: host, port: port))
    }

    @Test("every name that is taken can be set on a session", arguments: [
        "host", "::1", "fe80::1%eth0", "node_1", "10.0.0.1", String(repeating: "a", count: 255),
    ]) func onSession(_ name: String) throws {
        let files = try ScratchDirectory()
        var ssh = SSH()
        ssh.configFile = try files.write("config", "GlobalKnownHostsFile none\nUserKnownHostsFile none")
        try PlainLogin.configures(SSHDestination.resolve(RemoteHost("[\(name)]"), ssh))
    }
}
