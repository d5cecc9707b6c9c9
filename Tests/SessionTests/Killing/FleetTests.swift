import Glibc
import Hayate
import HayateCore
import HayateLaunch
import HayateTestTasks
import Testing

/// X8 of docs/guarantees.md: thousands of daemons come back to a host that was killed, all at once and over TLS.
@Suite("A fleet that comes back", .serialized, .timeLimit(.minutes(10)))
struct FleetTests {
    @Test("X8: thousands of daemons reconnect over TLS to a host that was killed, and clients are served meanwhile")
    func fleetComesBack() async throws {
        let count = Scale.number("HAYATE_FLEET", 2_000)
        let session = try TestSession(daemons: 0)
        try await session.start()
        let url = try await session.poolURL()
        let fleets = try (0..<4).map { _ in
            try LocalProcess.spawn(
                executable: Program.testDaemon,
                arguments: ["fleet", url, String(count / 4), session("test/pool.key")], standardOutput: nil,
                standardError: nil, onExit: { _ in })
        }
        defer { for fleet in fleets { fleet.send(signal: SIGKILL) } }
        try await isComplete(count, session)
        try await session.kill()
        let began = ContinuousClock.now
        try await session.start()
        let client = try await session.connect()
        defer { client.close() }
        var options = SubmissionOptions()
        options.name = "meanwhile"
        _ = try await client.begin(options)
        var delays: [Duration] = []
        var back = 0
        while back < count {
            guard ContinuousClock.now - began < .seconds(120) else {
                throw TestFailure("\(back) of \(count) daemons are back after two minutes")
            }
            let asked = ContinuousClock.now
            try await client.add(
                [SessionTask(type: "any", body: [], label: "")], to: "meanwhile", first: UInt32(delays.count))
            delays.append(ContinuousClock.now - asked)
            let pool = try await client.snapshot().daemons
            back = pool.count { $0.state == "idle" || $0.state == "busy" }
        }
        let took = ContinuousClock.now - began
        delays.sort()
        let memory = try await client.snapshot().session.memoryBytes
        #expect(memory < 1 << 30)
        printRow(
            "X8", "\(count) daemons come back over TLS to a killed host",
            "all there after \(took.milliseconds) ms; submission p99 \(delays[delays.count * 99 / 100].milliseconds) ms "
                + "meanwhile; host's memory \(memory >> 20) MiB")
        for fleet in fleets { fleet.send(signal: SIGKILL) }
        try await session.stop()
    }

    private func isComplete(_ count: Int, _ session: TestSession) async throws {
        let client = try await session.connect()
        defer { client.close() }
        try await eventually("\(count) daemons are there", within: .seconds(60)) {
            try await client.snapshot().daemons.count { $0.state == "idle" } == count
        }
    }
}
