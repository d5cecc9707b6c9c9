import Glibc
import Hayate
import HayateTestTasks
import Testing

@Suite("Daemons of a session on other machines", .serialized, .timeLimit(.minutes(5)))
struct RemoteKillTests {
    @Test("they wait for the next host with what they run, and none are started besides")
    func theyComeBack() async throws {
        let session = try TestSession(daemons: 3, isRemote: true)
        try await session.start()
        let before = try await present(3, session)
        let client = try await session.connect()
        let path = session("begun")
        _ = try await client.submit(
            try (0..<30).map { try .task(Begun(path, "\($0)", pauseMilliseconds: 400)) }, named: "all")
        client.close()
        try await eventually("three tasks run") { SignalFile.lines(path).count >= 6 }
        try await session.kill()
        try await session.start()
        #expect(try await present(3, session) == before)
        let next = try await session.connect()
        defer { next.close() }
        try await eventually("all have ended") { try await next.submission("all")?.returned == 30 }
        #expect(SignalFile.lines(path).count == 30)
        // One that is lost is replaced as ever, and only that.
        let victim = try #require(before.first.flatMap { $0.split(separator: ":").last }.flatMap { Int32($0) })
        kill(victim, SIGKILL)
        try await eventually("another is there") {
            let now = try await present(3, session)
            return now.count == 3 && !now.contains(before[0]) && now.contains(before[1])
        }
        try await session.stop()
    }

    /// The names of the daemons that take tasks, once there are so many.
    private func present(_ count: Int, _ session: TestSession) async throws -> [String] {
        let client = try await session.connect()
        defer { client.close() }
        var names: [String] = []
        try await eventually("\(count) daemons") {
            let all = try await client.snapshot().daemons
            names = all.filter { $0.state == "idle" || $0.state == "busy" }.map(\.name).sorted()
            return names.count == count
        }
        return names
    }
}
