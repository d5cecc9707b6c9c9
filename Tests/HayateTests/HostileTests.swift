import Glibc
import Hayate
import HayateTestTasks
import Testing

/// A socket that says what it likes.
private final class RawPeer {
    let socket: Int32

    init(_ port: UInt16) throws {
        socket = Proxy.connect(to: port)
        guard socket >= 0 else { throw TestFailure("cannot connect: \(errno)") }
    }

    deinit { close(socket) }

    /// Sends as much as the other side takes.
    func send(_ bytes: [UInt8]) {
        let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
        _ = bytes.withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, flags) }
    }

    /// Whether the other side has closed; reads what it said before.
    var isClosed: Bool {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(socket, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if count > 0 { continue }
            return count == 0 || errno != EAGAIN
        }
    }
}

private func little<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
}

private func frame(_ sequence: Int, _ kind: UInt32, _ payload: [UInt8]) -> [UInt8] {
    little(UInt32(payload.count)) + little(UInt32(sequence)) + little(kind) + payload
}

extension RealProcesses {
    @Suite("Hostile peers") struct HostileTests {
        @Test func garbageLeavesGoodDaemonsServed() async throws {
            try await withPool(.plaintext()) { pool in
                let port = try #require(pool.url.split(separator: ":").last.flatMap { UInt16($0) })
                let daemon = try Child.daemon(pool.url, ["--insecure-plaintext"])
                try await pool.hasDaemons(1)

                var state: UInt64 = 1
                let noise = (0..<512).flatMap { _ in
                    state = SplitMix64.mix(state)
                    return withUnsafeBytes(of: state) { Array($0) }
                }
                let request = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
                // A length of 4 GiB less one, then a plausible sequence number and kind.
                let huge: [UInt8] = [255, 255, 255, 255, 0, 0, 0, 0, 1, 0, 0, 0]
                let peers = try [noise, Array(request.utf8), huge + noise].map { bytes in
                    let peer = try RawPeer(port)
                    peer.send(bytes)
                    return peer
                }
                let endless = try RawPeer(port)
                endless.send(Array("GET / HTTP/1.1\r\n".utf8))
                let line = Array("X-Header: \(String(repeating: "x", count: 1000))\r\n".utf8)
                #expect(try await pool.mirai(Add(1, 2)).value == 3)
                try await eventually("garbage is cut") { peers.allSatisfy(\.isClosed) }
                try await eventually("endless headers are cut") {
                    endless.send(line)
                    return endless.isClosed
                }
                #expect(try await pool.mirai(WhereAmI()).value.process == daemon.pid)
                #expect(pool.status.counts.joined == 1)
                await pool.close()
                try await daemon.isOver()
            }
        }

        @Test func silenceDoesNotFillTheDoor() async throws {
            try await withPool(.plaintext()) { pool in
                let port = try #require(pool.url.split(separator: ":").last.flatMap { UInt16($0) })
                let early = try Child.daemon(pool.url, ["--insecure-plaintext"])
                try await pool.hasDaemons(1)
                let silent = try (0..<200).map { _ in try RawPeer(port) }
                try await eventually("the oldest make place") {
                    silent.count(where: \.isClosed) >= 200 - 64
                }
                let late = try Child.daemon(pool.url, ["--insecure-plaintext"])
                try await pool.hasDaemons(2)
                let places = try await pool.map((0..<100).map { _ in WhereAmI() }).collect()
                #expect(Set(places.map(\.process)).isSubset(of: [early.pid, late.pid]))
                await pool.close()
                try await early.isOver()
                try await late.isOver()
            }
        }

        /// Daemons that break the rules of tasks of tasks are cut; what they may not do to others is nothing.
        @Test func daemonsThatSubmitNonsenseAreCut() async throws {
            try await withPool(.plaintext()) { pool in
                let port = try #require(pool.url.split(separator: ":").last.flatMap { UInt16($0) })
                // A submitted task of a type that was not named; then more types than anybody has.
                let unnamed = [frame(1, 26, [1] + [UInt8](repeating: 0, count: 57))]
                let tooMany = (1...5000).map { frame($0, 5, little(UInt32($0)) + Array("Type".utf8)) }
                for nonsense in [unnamed, tooMany] {
                    let peer = try RawPeer(port)
                    peer.send(Self.hello)
                    try await eventually("it has joined") {
                        pool.status.daemons.contains { $0.state == .idle }
                    }
                    #expect(!peer.isClosed)
                    peer.send(nonsense.flatMap { $0 })
                    try await eventually("it is cut") { peer.isClosed }
                }
                // Help for what was never submitted, by one that runs nothing, and receipts of nothing.
                let confused = try RawPeer(port)
                confused.send(Self.hello)
                for number in 1...100 {
                    confused.send(frame(2 * number - 1, 28, little(UInt64(number))))
                    confused.send(frame(2 * number, 27, little(UInt64(number))))
                }
                try await eventually("it has joined") {
                    pool.status.daemons.contains { $0.state == .idle }
                }
                #expect(pool.status.counts.accepted == 0)
                #expect(!confused.isClosed)
            }
        }

        /// A daemon without limits, of process 1.
        private static let hello: [UInt8] = {
            var payload: [UInt8] = [0x48, 0x41, 0x59, 0x41, 0x54, 0x45, 0, 0x0d, 1, 0, 9, 0]
            payload += [UInt8](repeating: 0, count: 4 + 16 + 8) + [1, 0, 0, 0]
            payload += [UInt8](repeating: 255, count: 32) + [1, 0, 0x6e, 1, 0, 0x70]
            return frame(0, 1, payload)
        }()

        @Test(.enabled(if: geteuid() == 0, "only root can become another user"))
        func otherUsersCannotConnect() async throws {
            try await withPool(.test(1)) { pool in
                #expect(try await pool.mirai(Add(1, 2)).value == 3)
                let path = String(pool.url.dropFirst("ipc://".count))
                let directory = String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])
                let stranger = try Child(Program.testDaemon, ["connect", "65534", path])
                try await stranger.isOver()
                #expect(stranger.lines == ["connect \(EACCES)"])

                // Even if somebody opens the doors, it is shown out before it can say a word.
                #expect(chmod(directory, 0o755) == 0)
                #expect(chmod(path, 0o666) == 0)
                let insider = try Child(Program.testDaemon, ["connect", "65534", path])
                try await insider.isOver()
                #expect(insider.lines == ["connect 0", "end"])
                #expect(pool.status.refusedPeers == 1)
                #expect(pool.status.counts.joined == 1)
                #expect(try await pool.mirai(Add(1, 2)).value == 3)
            }
        }

        @Test func plaintextToOtherMachinesIsRefused() {
            let error = #expect(throws: HayateError.self) {
                try Pool(.listening(at: "tcp://0.0.0.0:0"))
            }
            #expect(error?.code == .transport)
            #expect(error?.message.contains("unprotected") == true)
        }
    }
}
