import Glibc
import HayateLaunch
import Testing

@testable import HayateSSH

@Suite("Tunnels",
    .enabled("OpenSSH can run here") { await SSHTestbed.isPossible() }, .serialized,
    .sshServers("plain", "noforward", "jump")
)
struct ForwardTests {
    private var servers: SSHTestbed { SSHTestbed.current }

    @Test("a hundred connections at a time get back what they send, to the last byte and its end")
    func hundredConnections() async throws {
        try await servers.withConnection("plain") { connection in
            let echo = try EchoServer()
            defer { echo.stop() }
            let port = try await connection.forward(0, on: "127.0.0.1", to: ("127.0.0.1", echo.port))
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<100 {
                    group.addTask {
                        let content = Noise.bytes(10_000 + number * 997, seed: UInt64(number + 1))
                        return try await onThread { try SimpleSocket.exchange(port, content) } == content
                    }
                }
                for try await isSame in group { #expect(isSame) }
            }
        }
    }

    @Test("100 MB each way arrive as they are, at the same time") func muchBothWays() async throws {
        try await servers.withConnection("plain") { connection in
            let echo = try EchoServer()
            defer { echo.stop() }
            let port = try await connection.forward(0, on: "127.0.0.1", to: ("127.0.0.1", echo.port))
            let content = Noise.bytes(100_000_000, seed: 7)
            #expect(try await onThread { try SimpleSocket.exchange(port, content) } == content)
        }
    }

    @Test("one that does not read keeps nobody else waiting, and gets everything once it reads")
    func backPressure() async throws {
        try await servers.withConnection("plain") { connection in
            let lazy = try LazyServer()
            defer { lazy.stop() }
            let echo = try EchoServer()
            defer { echo.stop() }
            let lazyPort = try await connection.forward(0, on: "127.0.0.1", to: ("127.0.0.1", lazy.port))
            let port = try await connection.forward(0, on: "127.0.0.1", to: ("127.0.0.1", echo.port))
            let content = Noise.bytes(40_000_000, seed: 3)
            let sent = Task { try await onThread { try SimpleSocket.exchange(lazyPort, content) } }
            let other = Noise.bytes(3_000_000, seed: 4)
            #expect(try await onThread { try SimpleSocket.exchange(port, other) } == other)
            lazy.start()
            #expect(try await sent.value == content)
        }
    }

    @Test("a server that goes on sending after our end is heard to its own") func halfClose() async throws {
        try await servers.withConnection("plain") { connection in
            // It answers only when it has seen the end of the question.
            let lazy = try LazyServer()
            defer { lazy.stop() }
            lazy.start()
            let port = try await connection.forward(0, on: "127.0.0.1", to: ("localhost", lazy.port))
            #expect(try await onThread { try SimpleSocket.exchange(port, [1, 2, 3]) } == [1, 2, 3])
        }
    }

    @Test("a connection to a port where nobody listens here ends, and leaves nothing") func nobodyHere() async throws {
        try await servers.withConnection("plain") { connection in
            let echo = try EchoServer()
            let port = try await connection.forward(0, on: "127.0.0.1", to: ("127.0.0.1", echo.port))
            echo.stop()
            #expect(try await onThread { try? SimpleSocket.exchange(port, [1]) } ?? [] == [])
            #expect(connection.failure == nil)
        }
    }

    @Test("a server that forbids it is named with what to do") func forbidden() async throws {
        try await servers.withConnection("noforward") { connection in
            let error = await #expect(throws: RemoteError.self) {
                try await connection.forward(0, on: "127.0.0.1", to: ("127.0.0.1", 9))
            }
            #expect(error?.step == .tunnel && error?.host == "noforward" && error?.isTransient == false)
            #expect(error?.reason.contains("AllowTcpForwarding") == true)
            #expect(error?.reason.contains("dial this machine directly") == true)
            #expect(await connection.run(script: "echo on", timeLimit: .seconds(20)).output == "on\n")
        }
    }

    @Test("a port in use is refused by name, and another one is had at the same connection")
    func portInUse() async throws {
        try await servers.withConnection("plain") { connection in
            let echo = try EchoServer()
            defer { echo.stop() }
            let error = await #expect(throws: RemoteError.self) {
                try await connection.forward(echo.port, on: "127.0.0.1", to: ("127.0.0.1", echo.port))
            }
            #expect(error?.reason.hasPrefix("port \(echo.port) of 127.0.0.1") == true)
            let port = try await connection.forward(0, on: "127.0.0.1", to: ("127.0.0.1", echo.port))
            #expect(try await onThread { try SimpleSocket.exchange(port, [9]) } == [9])
        }
    }

    @Test("a certain port is had") func certainPort() async throws {
        try await servers.withConnection("plain") { connection in
            let echo = try EchoServer()
            defer { echo.stop() }
            let free = try EchoServer()
            free.stop()
            let port = try await connection.forward(free.port, on: "127.0.0.1", to: ("127.0.0.1", echo.port))
            #expect(port == free.port)
            #expect(try await onThread { try SimpleSocket.exchange(port, [9]) } == [9])
        }
    }

    @Test("a tunnel goes through two machines") func throughHops() async throws {
        try await servers.withConnection("jump", "noforward") { connection in
            #expect(await connection.run(script: "echo there", timeLimit: .seconds(20)).output == "there\n")
        }
        try await servers.withConnection("jump", "plain") { connection in
            let echo = try EchoServer()
            defer { echo.stop() }
            let port = try await connection.forward(0, on: "127.0.0.1", to: ("127.0.0.1", echo.port))
            let content = Noise.bytes(20_000_000, seed: 5)
            #expect(try await onThread { try SimpleSocket.exchange(port, content) } == content)
            #expect(connection.ownAddress == nil)
        }
    }

    @Test("keys are exchanged anew while much is on its way") func newKeys() async throws {
        try await SSHTestbed.with(["--conf", "RekeyLimit 3M", "plain"]) { servers in
            try await servers.withConnection("plain") { connection in
                let echo = try EchoServer()
                defer { echo.stop() }
                let port = try await connection.forward(0, on: "127.0.0.1", to: ("127.0.0.1", echo.port))
                let content = Noise.bytes(50_000_000, seed: 6)
                #expect(try await onThread { try SimpleSocket.exchange(port, content) } == content)
                #expect(connection.failure == nil)
            }
        }
    }
}
