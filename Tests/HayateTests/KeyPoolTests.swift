import Glibc
import Hayate
import HayateTestTasks
import Testing

/// Addresses of each kind that are protected, with whatever port is free.
private let protected = [
    "tls+tcp://127.0.0.1:0", "tcp://127.0.0.1:0", "ws://127.0.0.1:0", "wss://127.0.0.1:0",
]

/// The permissions of a file; nil if there is none.
private func mode(of path: String) -> UInt32? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o7777 : nil
}

extension RealProcesses {
    @Suite("Pools with keys") struct KeyPoolTests {
        private let files: TemporaryDirectory

        init() throws { files = try TemporaryDirectory() }

        @discardableResult
        private func keys(_ words: String...) async throws -> Child {
            let child = try Child(Program.hayate, ["keys"] + words)
            try await child.isOver()
            try #require(child.exit == .exited(code: 0), "\(child.lines)")
            return child
        }

        @Test(
            "Local daemons get the key on standard input, others find it by the address", arguments: protected
        )
        func localAndByHand(url: String) async throws {
            var published = ""
            try await withPool(.test(2).with { $0.url = url }) { pool async throws in
                try await pool.ready(2, timeout: .seconds(30))
                #expect(try await pool.map((0..<50).map { Add($0, 1) }).collect() == Array(1...50))
                published = try #require(pool.daemonKeyFile)
                #expect(mode(of: published) == 0o600)
                // What the options say but the key file, which it finds without.
                let words = pool.url.hasPrefix("wss") ? pool.daemonOptions : []
                let guest = try Child.daemon(pool.url, words)
                try await pool.ready(3, timeout: .seconds(30))
                let large = [UInt8](repeating: 7, count: 3_000_000)
                #expect(try await pool.mirai(Echo(large)).value == large)
                #expect(try await pool.mirai(SumOfChildren(100)).value == 5050)
                #expect(try await pool.mirai(Fibonacci(6)).value == 8)
                #expect(pool.status.counts.joined == 3)
                #expect(pool.status.keyExchanges == 3)
                await pool.close()
                try await guest.isOver()
                #expect(guest.exit == .exited(code: 0), "\(guest.lines)")
            }
            #expect(mode(of: published) == nil)
        }

        @Test("Of two pools, each has its own key, and the other's is refused at once")
        func twoPools() async throws {
            let url = "tls+tcp://127.0.0.1:0"
            try await withPool(.test(1).with { $0.url = url }) { one async throws in
                try await withPool(.test(1).with { $0.url = url }) { other async throws in
                    try await one.ready(1, timeout: .seconds(30))
                    try await other.ready(1, timeout: .seconds(30))
                    let running = other.mirai(Gate(files("gate")))
                    try await appears(files("gate.started"))
                    let lost = try Child.daemon(other.url, of: one)
                    try await lost.isOver()
                    #expect(lost.exit == .exited(code: 1))
                    let said = lost.lines.last ?? ""
                    #expect(said.contains("the host at \(other.url) refused this daemon"), "\(said)")
                    #expect(said.contains("get the pool's present key file"), "\(said)")
                    #expect(other.status.refusedConnections == 1)
                    try SignalFile.write(files("gate.release"))
                    #expect(try await running.value.attempt == 1)
                    #expect(other.status.counts.joined == 1)
                    #expect(try await one.mirai(Add(1, 2)).value == 3)
                }
            }
        }

        @Test("A key file that others can read is refused with the remedy")
        func wideKeyFile() async throws {
            try await keys("make", files("secret"))
            try await keys("export", "--role", "daemon", files("secret"), files("key"))
            try #require(chmod(files("key"), 0o644) == 0)
            let daemon = try Child.daemon("tls+tcp://127.0.0.1:1", ["--key-file", files("key")])
            try await daemon.isOver()
            #expect(daemon.exit == .exited(code: 2))
            #expect(daemon.lines.last?.contains("chmod 600 \(files("key"))") == true, "\(daemon.lines)")
        }

        @Test("A daemon that waits for its key, and one that stays for the next pool and its key")
        func laterHosts() async throws {
            let url = try await withPool(.listening(at: "tls+tcp://127.0.0.1:0")) { $0.url }
            let early = try Child.daemon(url, ["--autoexit", "never", "--connect-within", "60s"])
            try await eventually("it has begun") {
                TemporaryDirectory.names(in: "/proc/\(early.pid)/task").count > 1
            }
            for _ in 0..<3 {
                try await withPool(.listening(at: url)) { pool async throws in
                    try await pool.ready(1, timeout: .seconds(30))
                    #expect(try await pool.mirai(WhereAmI()).value.process == early.pid)
                }
            }
            try await withPool(.listening(at: url)) { pool async throws in
                try await pool.ready(1, timeout: .seconds(30))
                await pool.close(endingAll: true)
                try await early.isOver()
            }
        }

        @Test("A daemon without a key says where it could be given one")
        func noKey() async throws {
            let daemon = try Child.daemon("tls+tcp://127.0.0.1:1", ["--connect-within", "300ms"])
            try await daemon.isOver()
            #expect(daemon.exit == .exited(code: 75))
            #expect(daemon.lines.last?.contains("--key-file") == true, "\(daemon.lines)")
        }

        @Test("The secret is replaced while the pool runs, and the old one ends when it is forgotten")
        func rotation() async throws {
            try await keys("make", files("secret"))
            try await keys("export", "--role", "daemon", files("secret"), files("old"))
            let daemons = Daemons.listening(at: "tls+tcp://127.0.0.1:0").keyFile(files("secret"))
            try await withPool(daemons) { pool async throws in
                let published = try #require(pool.daemonKeyFile)
                let before = SignalFile.lines(published).last
                try await keys("rotate", files("secret"))
                var children: [Child] = []
                func join(_ options: [String]) async throws {
                    children.append(try Child.daemon(pool.url, options))
                    try await pool.ready(children.count, timeout: .seconds(30))
                }
                // The file is looked at in a handshake, at most once a second. The old key is good all along.
                try await eventually("the new key is published", within: .seconds(40)) {
                    try await join(["--key-file", files("old")])
                    return SignalFile.lines(published).last != before
                }
                #expect(mode(of: published) == 0o600)
                try await join([])
                try await join(["--key-file", files("old")])

                try await keys("rotate", "--forget-old", files("secret"))
                var refused: Child?
                try await eventually("the old key is refused", within: .seconds(40)) {
                    let child = try Child.daemon(pool.url, ["--key-file", files("old"), "--maxtasks", "1"])
                    try await eventually("it joins or not") {
                        child.exit != nil || pool.info.connections > children.count
                    }
                    if child.exit != nil { refused = child } else { children.append(child) }
                    return child.exit != nil
                }
                #expect(refused?.exit == .exited(code: 1))
                #expect(refused?.lines.last?.contains("get the pool's present key file") == true)
                // Who is in stays in.
                #expect(pool.info.connections == children.count)
                try await join([])
                await pool.close()
                for child in children { try await child.isOver() }
            }
        }
    }
}
