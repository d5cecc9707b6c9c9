import Dispatch
import Glibc
import HayateLaunch
import HayateSSH

/// Bytes over one connection: plain loopback, our tunnel, and that of OpenSSH's own client, in turns.
enum TunnelStreams {
    private static let bulk = 200_000_000

    static func measure(_ server: TunnelServer) async throws {
        let listener = try SocketPairs()
        defer { listener.close() }
        let connection = try await server.ssh.connect(to: RemoteHost(host: "plain"))
        let ours = try await connection.forward(0, on: "127.0.0.1", to: ("127.0.0.1", listener.port))
        let free = try SocketPairs()
        let other = free.port
        free.close()
        let openSSH = try server.openSSH(from: other, to: listener.port)
        defer { openSSH.send(signal: SIGTERM) }
        try await listener.answers(through: other)
        let ways: [(name: String, port: UInt16)] = [("plain", listener.port), ("ours", ours), ("openssh", other)]
        var figures: [String: [String: [Double]]] = [:]
        for _ in 0..<3 {
            for way in ways {
                let samples = try listener.pingPong(through: way.port, count: 3_000).sorted()
                figures["tunnel-round-trip", default: [:]][way.name, default: []].append(samples[samples.count / 2])
                figures["tunnel-round-trip-p99", default: [:]][way.name, default: []]
                    .append(samples[samples.count * 99 / 100])
                figures["tunnel-stream-to-host", default: [:]][way.name, default: []]
                    .append(try listener.stream(through: way.port, bulk, towardsHost: true))
                figures["tunnel-stream-to-daemon", default: [:]][way.name, default: []]
                    .append(try listener.stream(through: way.port, bulk, towardsHost: false))
            }
        }
        await connection.close()
        for name in figures.keys.sorted() {
            guard let rows = figures[name], let value = rows["ours"]?.median else { continue }
            let unit = name.contains("stream") ? "MB/s" : "µs"
            Metric(name, value, unit, floor: rows["plain"]?.median, floorName: "plain loopback").emit()
            Metric(
                "\(name)-openssh", value, unit, floor: rows["openssh"]?.median, floorName: "ssh -N -R of OpenSSH"
            ).emit()
        }
    }
}
