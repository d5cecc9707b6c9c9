import Foundation
import HayateCluster
import HayateLaunch
import Synchronization
import Testing

@testable import HayateSSH

@Suite("Ends of connections",
    .enabled("OpenSSH can run here") { await SSHTestbed.isPossible() }, .serialized, .sshServers("plain", "jump")
)
struct ConnectionEndTests {
    private var servers: SSHTestbed { SSHTestbed.current }

    /// Waits for the end of a connection.
    private func end(of connection: SSHConnection) async {
        await withCheckedContinuation { continuation in connection.whenEnded { continuation.resume() } }
    }

    @Test("a server that is killed in the middle ends tunnels, commands and the connection, each once")
    func killedServer() async throws {
        let connection = try await servers.connect(["plain"])
        let count = Counter()
        connection.whenEnded { count.add() }
        let lazy = try LazyServer()
        defer { lazy.stop() }
        let port = try await connection.forward(0, on: "127.0.0.1", to: ("127.0.0.1", lazy.port))
        let command = Task { await connection.run(script: "sleep 1000", timeLimit: .seconds(60)) }
        let exchange = Task {
            try await onThread { try? SimpleSocket.exchange(port, Noise.bytes(50_000_000, seed: 1)) }
        }
        #expect(await connection.run(script: "echo on", timeLimit: .seconds(20)).output == "on\n")
        try await servers.run("kill-sessions", "plain")
        await end(of: connection)
        let failure = try #require(connection.failure)
        #expect(failure.host == "plain" && failure.isTransient && failure.reason.contains("broke"), "\(failure)")
        let answer = await command.value
        #expect(answer.end == .process(.exited(code: 255)), "\(answer)")
        #expect(answer.errors.contains("closed by remote host"), "\(answer)")
        #expect(try await exchange.value ?? [] == [])
        // Nothing was sent: those who ask may try again.
        let late = await connection.run(script: "true", timeLimit: .seconds(1))
        #expect(late.end == .process(.exited(code: 255)), "\(late)")
        #expect(late.errors.hasPrefix("ssh: connect to host plain"), "\(late)")
        await connection.close()
        await connection.close()
        #expect(count.value == 1)
    }

    @Test("a machine on the way that is lost is named once, with one remedy")
    func lostOnTheWay() async throws {
        let connection = try await servers.connect(["jump", "plain"])
        try await servers.run("kill-sessions", "jump")
        await end(of: connection)
        let failure = try #require(connection.failure)
        #expect(failure.isTransient && failure.reason.hasPrefix("the connection broke at jump"), "\(failure)")
        for words in ["broke", "see whether", "failed"] {
            let count = failure.description.components(separatedBy: words).count - 1
            #expect(count == 1, "\(words): \(failure)")
        }
        await connection.close()
        // The same with one more machine between.
        let near = RemoteError.broken("n1", with: .broken("jump", "Socket error"))
        #expect(RemoteError.broken("n2", with: near).reason == near.reason)
    }

    @Test("a server that is silent is noticed") func silence() async throws {
        try await SSHTestbed.with(["plain"]) { servers in
            let connection = try await servers.connect(["plain"]) { $0.keepAlive = .milliseconds(300) }
            #expect(await connection.run(script: "echo on", timeLimit: .seconds(20)).output == "on\n")
            #expect(connection.failure == nil)
            try await servers.run("stall", "plain")
            await end(of: connection)
            #expect(connection.failure?.reason.contains("nothing was heard") == true, "\(connection.failure as Any)")
            #expect(connection.failure?.isTransient == true)
            await connection.close()
            try await servers.run("resume", "plain")
        }
    }

    @Test("a server that is silent while much is on its way is noticed as well") func silenceUnderLoad() async throws {
        try await SSHTestbed.with(["plain"]) { servers in
            let connection = try await servers.connect(["plain"]) { $0.keepAlive = .milliseconds(300) }
            let echo = try EchoServer()
            defer { echo.stop() }
            let port = try await connection.forward(0, on: "127.0.0.1", to: ("127.0.0.1", echo.port))
            // More than all buffers on the way hold, and the other end reads nothing of what comes back.
            let socket = try SimpleSocket.dial(port)
            let sent = Task {
                try await onThread { SimpleSocket.writeAll(socket, Noise.bytes(200_000_000, seed: 2)) }
            }
            #expect(await connection.run(script: "echo on", timeLimit: .seconds(60)).output == "on\n")
            try await servers.run("stall", "plain")
            await end(of: connection)
            #expect(connection.failure?.isTransient == true, "\(connection.failure as Any)")
            await connection.close()
            try await servers.run("resume", "plain")
            shutdown(socket, Int32(SHUT_RDWR))
            #expect(try await sent.value == false)
            close(socket)
        }
    }

    @Test("a connection that is quiet and answers stays") func quiet() async throws {
        try await servers.withConnection("plain", change: { $0.keepAlive = .milliseconds(400) }) { connection in
            #expect(await connection.run(script: "sleep 2; echo on", timeLimit: .seconds(20)).output == "on\n")
            #expect(connection.failure == nil)
        }
    }

    @Test("a connection leaves no descriptor and no thread", arguments: [["plain"], ["jump", "plain"]])
    func leavesNothing(names: [String]) async throws {
        // In a process of its own, where no other test opens or closes anything.
        await #expect(processExitsWith: .success) {
            [environment = servers.environment as [String: String], names = names as [String]] in
            let servers = SSHTestbed(environment: environment)
            func once() async throws {
                let connection = try await servers.connect(names)
                let port = try await connection.forward(0, on: "127.0.0.1", to: ("127.0.0.1", 9))
                _ = try await onThread { try? SimpleSocket.exchange(port, [1]) }
                #expect(await connection.run(script: "echo on", timeLimit: .seconds(20)).output == "on\n")
                await connection.close()
            }
            // What the first one has made stays for good: the reaper's descriptor, the library's own.
            try await once()
            try await servers.run("status")
            let before = openDescriptors()
            let threadsBefore = threads().count
            for _ in 0..<20 { try await once() }
            // Those of the runtime come and go: fewer than the connections must be more.
            #expect(try await eventually { threads().count < threadsBefore + 10 })
            #expect(try await eventually { openDescriptors() == before }, "\(openDescriptors()), before: \(before)")
        }
    }

    @Test("the end of a machine on the way is the reason that is told") func hopEnds() async throws {
        let connection = try await servers.connect(["jump", "plain"])
        try await servers.run("kill-sessions", "jump")
        await end(of: connection)
        let failure = try #require(connection.failure)
        #expect(failure.host == "plain by way of jump", "\(failure)")
        #expect(failure.reason.contains("jump on the way to plain"), "\(failure)")
        await connection.close()
    }

    @Test("what is reached through another machine and is not there is named with the way")
    func behindHop() async throws {
        var target = try await servers.destination("plain")
        target.port = 9
        let route = [try await servers.destination("jump"), target]
        let error = await #expect(throws: RemoteError.self) {
            try await SSHConnection.open(target.named, servers.ssh, route: route)
        }
        #expect(error?.host == "plain by way of jump" && error?.step == .connect, "\(error as Any)")
        #expect(error?.reason.contains("jump does not reach 127.0.0.1 port 9") == true, "\(error as Any)")
    }

    @Test("a machine on the way that is not there is itself named") func noHop() async throws {
        var hop = try await servers.destination("jump")
        hop.port = 9
        let target = try await servers.destination("plain")
        let error = await #expect(throws: RemoteError.self) {
            try await SSHConnection.open(target.named, servers.ssh, route: [hop, target])
        }
        #expect(error?.host == "jump on the way to plain" && error?.isTransient == true, "\(error as Any)")
        #expect(error?.reason.contains("Connection refused") == true, "\(error as Any)")
    }

    @Test("names, refusals and silence at the start are told apart") func connecting() async throws {
        var destination = try await servers.destination("plain")
        destination.hostName = "no-such-host.invalid"
        var error = await #expect(throws: RemoteError.self) {
            try await SSHConnection.open(destination.named, servers.ssh, route: [destination])
        }
        #expect(error?.reason.contains("no-such-host.invalid has no address") == true, "\(error as Any)")
        // It takes connections and says nothing.
        let silent = try LazyServer()
        defer {
            silent.start()
            silent.stop()
        }
        destination.hostName = "127.0.0.1"
        destination.port = silent.port
        var ssh = servers.ssh
        ssh.connectTimeout = .seconds(1)
        error = await #expect(throws: RemoteError.self) {
            try await SSHConnection.open(destination.named, ssh, route: [destination])
        }
        #expect(error?.reason.contains("nothing was agreed within 1 s") == true, "\(error as Any)")
        #expect(error?.isTransient == true)
    }

    @Test("whoever stops waiting for a connection does not wait for its time limit") func cancelled() async throws {
        let silent = try LazyServer()
        defer {
            silent.start()
            silent.stop()
        }
        var destination = try await servers.destination("plain")
        destination.hostName = "127.0.0.1"
        destination.port = silent.port
        var ssh = servers.ssh
        ssh.connectTimeout = .seconds(3600)
        let (way, settings) = ([destination], ssh)
        let task = Task { try await SSHConnection.open(RemoteHost(host: "plain"), settings, route: way) }
        #expect(try await eventually { silent.hasConnection })
        task.cancel()
        await #expect(throws: RemoteError.self) { try await task.value }
    }

    @Test("a proxy command is the way, and ends with the connection") func proxyCommand() async throws {
        let place = try await servers.place(of: "plain")
        var destination = try await servers.destination("plain")
        let file = "/tmp/hayate-proxy-\(getpid())"
        defer { unlink(file) }
        destination.proxyCommand =
            "bash -c 'echo $$ > \(file); exec 3<>/dev/tcp/\(place.host)/\(place.port); cat <&3 & cat >&3'"
        let connection = try await SSHConnection.open(destination.named, servers.ssh, route: [destination])
        #expect(await connection.run(script: "echo on", timeLimit: .seconds(20)).output == "on\n")
        #expect(connection.ownAddress == nil)
        let pid = try #require(readFile(file).flatMap { pid_t($0.dropLast()) })
        #expect(kill(pid, 0) == 0)
        await connection.close()
        #expect(kill(pid, 0) != 0)
    }

    @Test("what a proxy command says is told when it fails") func failingProxyCommand() async throws {
        var destination = try await servers.destination("plain")
        destination.proxyCommand = "sh -c 'echo no way there >&2; exit 3'"
        let error = await #expect(throws: RemoteError.self) {
            try await SSHConnection.open(destination.named, servers.ssh, route: [destination])
        }
        #expect(error?.reason.contains("no way there") == true, "\(error as Any)")
    }
}

private final class Counter: Sendable {
    private let count = Atomic(0)
    var value: Int { count.load(ordering: .relaxed) }
    func add() { count.add(1, ordering: .relaxed) }
}
