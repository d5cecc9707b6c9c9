import Glibc
import HayateTLS

/// Handshakes of two engines in memory, on one thread.
enum EngineHandshakes {
    static func keys() throws {
        let secret = PoolSecret()
        let keys = KeyRole.allCases.map { secret.key(for: $0) }
        let server = try TLSServer(.keys { keys })
        let client = try TLSClient(.key(secret.key(for: .daemon)), serverName: "host")
        let full = try measure(server, client, withTicket: false)
        emit("full", full, floor: nil)
        emit("ticket", try measure(server, client, withTicket: true), floor: full)
    }

    static func certificates() throws {
        let made = try SelfSigned.make(for: "host")
        let server = try TLSServer(.certificate(made.own, clients: nil))
        let client = try TLSClient(
            .certificate(trust: .pinned([made.fingerprint]), own: nil), serverName: "host")
        emit("certificates", try measure(server, client, withTicket: false), floor: nil)
    }

    private static func emit(_ name: String, _ figures: Figures, floor: Figures?) {
        Metric(
            "tls-handshakes-\(name)", figures.perSecond, "1/s", floor: floor?.perSecond,
            floorName: floor.map { _ in "a key exchange with keys" },
            note: "both sides, on one thread"
        ).emit()
        Metric("tls-server-cpu-\(name)", figures.serverMicroseconds, "µs", note: "of one handshake").emit()
    }

    struct Figures {
        var perSecond: Double
        var serverMicroseconds: Double
    }

    static func measure(_ server: TLSServer, _ client: TLSClient, withTicket: Bool) throws -> Figures {
        client.forgetSession()
        _ = try handshake(server, client)
        var rates: [Double] = []
        var costs: [Double] = []
        let count = withTicket ? 500 : 60
        for _ in 0..<5 {
            let start = Floor.microseconds()
            var serverTime = 0.0
            for _ in 0..<count {
                if !withTicket { client.forgetSession() }
                let (time, isResumed) = try handshake(server, client)
                guard isResumed == withTicket else { throw TLSFailure(.malformed, "not the handshake asked for") }
                serverTime += time
            }
            rates.append(Double(count) * 1e6 / (Floor.microseconds() - start))
            costs.append(serverTime / Double(count))
        }
        return Figures(perSecond: rates.median, serverMicroseconds: costs.median)
    }

    /// - Returns: microseconds of the server, and whether the ticket was taken.
    private static func handshake(_ server: TLSServer, _ client: TLSClient) throws -> (Double, Bool) {
        let (host, daemon) = (server.engine(), client.engine())
        var serverTime = 0.0
        try daemon.start()
        while host.hasOutput || daemon.hasOutput {
            let start = threadMicroseconds()
            try carry(daemon, host)
            serverTime += threadMicroseconds() - start
            try carry(host, daemon)
        }
        guard host.phase == .established, daemon.phase == .established else {
            throw TLSFailure(.malformed, "the handshake did not end")
        }
        return (serverTime, daemon.isResumed)
    }

    private static func carry(_ sender: TLSEngine, _ receiver: TLSEngine) throws {
        var bytes: [UInt8] = []
        sender.takeOutput { bytes = Array($0) }
        try bytes.withUnsafeBytes { _ = try receiver.receive($0) }
    }

    private static func threadMicroseconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e6 + Double(time.tv_nsec) / 1e3
    }
}
