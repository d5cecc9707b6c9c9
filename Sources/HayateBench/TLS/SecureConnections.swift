import Glibc
import HayateTLS
import HayateTransport
import Synchronization

/// Real connections over loopback with both ends in this process, plain and under TLS.
enum SecureConnections {
    /// What both ends have.
    struct Parties {
        var server = ServerSecurity()
        var client = ClientSecurity()

        init(isProtected: Bool) throws {
            guard isProtected else { return }
            let secret = PoolSecret()
            let keys = KeyRole.allCases.map { secret.key(for: $0) }
            server = ServerSecurity(keys: try TLSServer(.keys { keys }))
            client = ClientSecurity(
                keys: try TLSClient(.key(secret.key(for: .daemon)), serverName: "127.0.0.1"))
        }

        /// A host that greets with one byte and sends back what comes; large arrays are answered with one byte.
        func listen(large: Int = 0) throws -> Listener {
            let address = try Endpoint("tcp://127.0.0.1:0")
            return try Listener(
                address, security: server.connections(at: address)
            ) { connection in
                connection.admitted()
                connection.start(
                    onBytes: { bytes in
                        if large > 0 { return .large(count: large, buffered: bytes.count) }
                        connection.append { $0.append(bytes) }
                        connection.flush()
                        return .any
                    },
                    onLarge: { _ in
                        connection.append(bytes: [1])
                        connection.flush()
                    }, onClose: { _ in })
                connection.append(bytes: [1])
                connection.flush()
            }
        }

        func dial(_ listener: Listener, _ onBytes: @escaping @Sendable (Connection) -> Void) throws {
            try Dialer(
                listener.endpoint, deadline: .seconds(30),
                security: client.connections(to: listener.endpoint)
            ) { result in
                guard case .success(let connection) = result else { return }
                connection.start(
                    onBytes: { _ in
                        onBytes(connection)
                        return .any
                    }, onClose: { _ in })
                if connection.isProtected { connection.flush() }
            }
        }
    }

    /// Connections that were opened, greeted and closed, sixteen at a time.
    static func handshakes() throws {
        let plain = try rate(Parties(isProtected: false), withTicket: true, count: 2_000)
        for withTicket in [false, true] {
            let parties = try Parties(isProtected: true)
            let figures = try rate(parties, withTicket: withTicket, count: withTicket ? 2_000 : 400)
            Metric(
                "tls-connections-\(withTicket ? "ticket" : "full")", figures.rate, "1/s", floor: plain.rate,
                floorName: "plain connections",
                note: "dialled, greeted and closed; \(Int(figures.cost)) µs of processor time for both ends, "
                    + "plain \(Int(plain.cost))"
            ).emit()
        }
    }

    private static func rate(
        _ parties: Parties, withTicket: Bool, count: Int
    ) throws -> (rate: Double, cost: Double) {
        let listener = try parties.listen()
        defer {
            listener.close()
            Transport.waitUntilIdle()
        }
        let done = Waiter()
        let open: @Sendable () throws -> Void = {
            if !withTicket { parties.client.keys?.forgetSession() }
            try parties.dial(listener) { connection in
                connection.close()
                done.signal()
            }
        }
        try open()
        done.wait()
        let start = Floor.microseconds()
        let before = processorMicroseconds()
        for index in 0..<count {
            try open()
            if index >= 16 { done.wait() }
        }
        for _ in 0..<min(16, count) { done.wait() }
        let cost = (processorMicroseconds() - before) / Double(count)
        return (Double(count) * 1e6 / (Floor.microseconds() - start), cost)
    }

    /// One connection, ping-pong and arrays, plain and under TLS in turns.
    static func streams() throws {
        var trips: [Bool: [Double]] = [:]
        var rates: [Bool: [Double]] = [:]
        for _ in 0..<3 {
            for isProtected in [false, true] {
                let parties = try Parties(isProtected: isProtected)
                trips[isProtected, default: []].append(try roundTrip(parties))
                rates[isProtected, default: []].append(try transfer(parties))
            }
        }
        Metric(
            "tls-round-trip", (trips[true] ?? []).median, "µs", floor: (trips[false] ?? []).median,
            floorName: "the same connection, plain"
        ).emit()
        Metric(
            "tls-stream", (rates[true] ?? []).median, "MB/s", floor: (rates[false] ?? []).median,
            floorName: "the same connection, plain", note: "arrays of 50 MB, one way, both ends in one process"
        ).emit()
    }

    private static func roundTrip(_ parties: Parties) throws -> Double {
        let listener = try parties.listen()
        defer {
            listener.close()
            Transport.waitUntilIdle()
        }
        let finished = Waiter()
        let samples = Mutex<(times: [Double], start: Double)>(([], 0))
        try parties.dial(listener) { connection in
            let goesOn = samples.withLock { samples in
                let now = Floor.microseconds()
                samples.times.append(now - samples.start)
                samples.start = now
                return samples.times.count < 10_000
            }
            guard goesOn else {
                connection.close()
                return finished.signal()
            }
            connection.append(bytes: [UInt8](repeating: 2, count: 30))
            connection.flush()
        }
        finished.wait()
        return samples.withLock { Array($0.times.dropFirst(1_000)).median }
    }

    private static func transfer(_ parties: Parties) throws -> Double {
        let bytes = 50_000_000
        let listener = try parties.listen(large: bytes)
        defer {
            listener.close()
            Transport.waitUntilIdle()
        }
        let payload = [UInt8](repeating: 1, count: bytes)
        let heard = Waiter()
        let holder = Mutex<Connection?>(nil)
        try parties.dial(listener) { connection in
            holder.withLock { $0 = connection }
            heard.signal()
        }
        heard.wait()
        guard let connection = holder.withLock({ $0 }) else { return 0 }
        defer { connection.close() }
        var best = 0.0
        for _ in 0..<6 {
            let start = Floor.microseconds()
            connection.append(bytes: payload)
            connection.flush()
            heard.wait()
            best = max(best, Double(bytes) / (Floor.microseconds() - start))
        }
        return best
    }

    /// Resident memory of a connection with both its ends.
    static func memory() {
        let plain = Scaling.measureInChild("--connections-plain", 2_000)
        guard let protected = Scaling.measureInChild("--connections-tls", 2_000) else { return }
        Metric(
            "tls-memory-per-connection", protected, "bytes", floor: plain, floorName: "plain connections",
            note: "both ends; 2,000 connections"
        ).emit()
    }

    /// The body of the child: opens connections and prints what each of them takes.
    static func memoryChild(_ count: Int, isProtected: Bool) throws {
        _ = Fleet.raiseLimit()
        let parties = try Parties(isProtected: isProtected)
        let listener = try parties.listen()
        let heard = Waiter()
        let connections = Mutex<[Connection]>([])
        let open: @Sendable () throws -> Void = {
            try parties.dial(listener) { connection in
                connections.withLock { $0.append(connection) }
                heard.signal()
            }
            heard.wait()
        }
        for _ in 0..<50 { try open() }
        let before = Scaling.residentBytes()
        for _ in 0..<count { try open() }
        print(Double(Scaling.residentBytes() - before) / Double(count))
        exit(0)
    }

    private static func processorMicroseconds() -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let seconds = Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
        return seconds * 1e6 + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
    }
}
