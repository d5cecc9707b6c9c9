import Glibc
import Hayate
import HayateLaunch
import HayateSSH

/// Whole pools with two daemons that SSH has started, which dial directly and through the tunnel, in turns.
enum TunnelPools {
    static func measure(_ server: TunnelServer) async throws {
        var direct = PoolFigures()
        var tunnelled = PoolFigures()
        for _ in 0..<3 {
            direct.add(try await figures(daemons(server)))
            tunnelled.add(try await figures(daemons(server).tunnelled()))
        }
        tunnelled.emit("tunnel", floor: direct, floorName: "direct, in the same run", large: "10MB")
    }

    private static func figures(_ daemons: Daemons) async throws -> PoolFigures {
        try await withDaemons(daemons) { pool in try await PoolFigures.measure(pool, tasks: 20_000, largest: 10_000_000) }
    }

    private static func daemons(_ server: TunnelServer) throws -> Daemons {
        var place = RemotePlace(["plain"], daemonsPerHost: 2, by: server.ssh)
        guard let path = realpath("/proc/self/exe", nil) else { throw BenchFailure("/proc/self/exe: \(errno)") }
        defer { free(path) }
        place.program = .installed(String(cString: path))
        return Daemons.remote(place)
    }
}
