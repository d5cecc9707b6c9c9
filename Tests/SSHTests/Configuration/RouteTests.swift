import HayateLaunch
import Testing

@testable import HayateSSH

@Suite("The way through other machines") struct RouteTests {
    let files: ScratchDirectory

    init() throws { files = try ScratchDirectory() }

    private func ssh(_ text: String) throws -> SSH {
        var ssh = SSH()
        ssh.configFile = try files.write("config", text)
        return ssh
    }

    private func route(_ host: String, _ text: String) throws -> [SSHDestination] {
        try SSHDestination.route(to: RemoteHost(host), ssh(text))
    }

    private static let cluster = """
        Host node
            HostName 10.1.1.1
            ProxyJump bastion,me@login:2022
        Host login
            HostName login.inside
            User not-asked
            ProxyJump elsewhere
        Host bastion
            HostName bastion.example
            Port 2200
            ProxyJump door
        Host door
            ProxyCommand nc %h %p
        """

    @Test("hops come in their order, each with its own settings and what the nearest one needs") func hops() throws {
        let way = try route("node", Self.cluster)
        #expect(way.map(\.hostName) == ["door", "bastion.example", "login.inside", "10.1.1.1"])
        #expect(way.map(\.port) == [22, 2200, 2022, 22])
        #expect(way[2].user == "me")
        // Only the nearest machine is reached by a command.
        #expect(way.map { $0.proxyCommand != nil } == [true, false, false, false])
        #expect(way.allSatisfy { $0.jumps.isEmpty })
    }

    @Test("a machine names all hops that are before it") func jumps() throws {
        let node = try SSHDestination.resolve(RemoteHost("node"), ssh(Self.cluster))
        #expect(node.jumps.map(\.description) == ["door", "bastion", "me@login:2022"])
        #expect(try SSHDestination.resolve(RemoteHost("door"), ssh(Self.cluster)).jumps == [])
    }

    @Test("none and a line that comes later are no hops") func none() throws {
        let text = "Host direct\n ProxyJump none\nHost *\n ProxyJump bastion"
        #expect(try route("direct", text).map(\.hostName) == ["direct"])
    }

    @Test("hops may be written as ssh:// and with IPv6") func forms() throws {
        let way = try route("far", "Host far\n ProxyJump ssh://me@a:1,[fe80::1%%eth0]:2,b@c")
        #expect(way.map(\.hostName) == ["a", "fe80::1%eth0", "c", "far"])
        #expect(way.map(\.port) == [1, 2, 22, 22])
    }

    @Test("ways that go in a circle are refused", arguments: [
        ("Host a\n ProxyJump b\nHost b\n ProxyJump a", "the way to it goes in a circle (a through b through a)"),
        ("Host *\n ProxyJump b", "the way to it goes in a circle (a through b through b)"),
        ("Host a\n ProxyJump a", "the way to it goes in a circle (a through a)"),
        ("Host a\n ProxyJump b,c,c", "the way to it goes through c twice"),
        ("Host a\n ProxyJump b,a", "the way to it goes through a twice"),
    ]) func loops(_ text: String, _ reason: String) throws {
        let error = try #require(throws: RemoteError.self) { try route("a", text) }
        #expect(error.step == .configuration)
        #expect(error.host == "a")
        #expect(error.reason.hasPrefix(reason), "\(error)")
    }

    @Test("a wrong line of a hop is an error that names the hop and the line") func wrongHop() throws {
        let error = try #require(throws: RemoteError.self) {
            try route("a", "Host a\n ProxyJump b\nHost b\n Port x")
        }
        #expect(error.host == "b")
        #expect(error.reason.hasPrefix("\(files("config")), line 4: the port is x"))
    }
}
