import Hayate
import HayateTestTasks

/// A host for one daemon on another machine. Says how its connection is doing while a task waits.
enum NetworkMode {
    static func run(at url: String, keyFile: String, gate: String) async throws {
        let daemons = Daemons.listening(at: url).keyFile(keyFile).with { daemons in
            daemons.heartbeat = .milliseconds(100)
            daemons.limits.suspectAfter = .milliseconds(500)
            daemons.limits.lostAfter = .seconds(40)
        }
        try await withDaemons(daemons) { pool in
            say("listening \(pool.url)")
            try await pool.ready(1)
            let sums = try await pool.map((0..<20).map { Add($0, 1) }).collect()
            say("sum \(sums.reduce(0, +)) by \(pool.status.daemons.first?.host ?? "nobody")")
            let mirai = pool.mirai(Gate(gate))
            var last = ""
            while !mirai.isResolved {
                let now = pool.status.daemons.map { "\($0.state)" }.joined(separator: " ")
                if now != last { say("state \(now)") }
                last = now
                try await Task.sleep(for: .milliseconds(5))
            }
            say("attempt \(try await mirai.value.attempt)")
            let status = pool.status
            say("joined \(status.counts.joined)")
            say("handshakes \(status.keyExchanges) \(status.resumptions)")
        }
    }
}
