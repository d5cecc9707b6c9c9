import Hayate

/// Whole pools with two daemons over loopback TCP, plain and under TLS in turns.
enum SecurePools {
    static func tasks() async throws {
        var plain = PoolFigures()
        var protected = PoolFigures()
        for _ in 0..<3 {
            plain.add(try await figures(isProtected: false))
            protected.add(try await figures(isProtected: true))
        }
        protected.emit(
            "tls", floor: plain, floorName: "plain, in the same run",
            tasksFloorName: "plain, in the same run; the target is 0.8", large: "100MB")
    }

    private static func figures(isProtected: Bool) async throws -> PoolFigures {
        let daemons = Daemons.local(2).with {
            $0.url = isProtected ? "tls+tcp://127.0.0.1:0" : "tcp://127.0.0.1:0"
            $0.allowsPlaintext = !isProtected
        }
        return try await withDaemons(daemons) { pool in
            try await PoolFigures.measure(pool, tasks: 50_000, largest: 100_000_000)
        }
    }
}
