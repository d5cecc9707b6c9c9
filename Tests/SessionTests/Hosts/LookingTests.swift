import Hayate
import HayateTestTasks
import Testing

@Suite("Looking at a session", .serialized, .timeLimit(.minutes(2)))
struct LookingTests {
    @Test("A snapshot has the session, its pool, daemons, submissions and unfinished tasks")
    func snapshot() async throws {
        try await HostInProcess.with { session in
            let gate = session("gate")
            let tasks = try [SessionTask.task(Gate(gate), label: "the gate")] + (0..<3).map { _ in try SessionTask.task(Add(1, 1)) }
            _ = try await session.client.submit(tasks, named: "a")
            try await eventually("it runs") { SignalFile.exists(gate + ".started") }
            let snapshot = try await session.client.snapshot(tasks: 10)
            #expect(snapshot.session.name == "test" && snapshot.session.process == session.client.hostProcess)
            #expect(snapshot.session.journal == "well" && snapshot.session.journalBytes > 0)
            #expect(snapshot.session.memoryBytes > 1 << 20 && snapshot.session.processorSeconds > 0)
            #expect(snapshot.pools.count == 1)
            let pool = try #require(snapshot.pools.first)
            #expect(pool.wanted == 1 && pool.connected == 1 && pool.busy == 1 && pool.running == 1 && pool.waiting == 3)
            #expect(snapshot.daemons.map(\.tasks) == [["a/0"]])
            #expect(snapshot.submissions.map(\.name) == ["a"])
            #expect(snapshot.submissions.first?.running == 1 && snapshot.submissions.first?.waiting == 3)
            #expect(snapshot.tasks.map(\.task) == ["a/0", "a/1", "a/2", "a/3"])
            #expect(snapshot.tasks.first?.state == "running" && snapshot.tasks.first?.label == "the gate")
            #expect(snapshot.tasks.first?.daemon == snapshot.daemons.first?.name)
            #expect(try await session.client.snapshot().tasks.isEmpty)
            try SignalFile.write(gate + ".release")
            _ = try await session.all(of: "a")
            let later = try await session.client.snapshot(tasks: 10)
            #expect(later.pools.first?.ended == 4 && later.pools.first?.rates.reduce(0, +) == 4)
            #expect(later.tasks.isEmpty && later.submissions.first?.ended != nil)
        }
    }

    @Test("What a task waits for, where it runs and how it ended is said in sentences")
    func explaining() async throws {
        try await HostInProcess.with { session in
            let gate = session("gate")
            let tasks = [
                try SessionTask.task(Gate(gate), label: "the gate"), try SessionTask.task(Add(1, 1)),
                try SessionTask.task(Add(1, 1)), try SessionTask.task(Failing("no such star")),
            ]
            _ = try await session.client.submit(tasks, named: "a")
            try await eventually("it runs") { SignalFile.exists(gate + ".started") }
            func explain(_ element: UInt32) async throws -> String {
                try await session.client.explain(SessionTaskName(submission: "a", element: element)).joined(separator: "\n")
            }
            let running = try await explain(0)
            #expect(running.contains("a/0 is the gate.") && running.contains("It runs on"))
            #expect(try await explain(3).contains("behind"))
            try SignalFile.write(gate + ".release")
            _ = try await session.all(of: "a")
            #expect(try await explain(1).contains("It returned on"))
            #expect(try await explain(3).contains("no such star"))
            let unknown = await failure { () async throws(HayateError) in
                try await session.client.explain(SessionTaskName(submission: "a", element: 4))
            }
            #expect(unknown?.message.contains("4 tasks") == true)
        }
    }

    @Test("The log has what tasks said, by their names, and follows")
    func log() async throws {
        try await HostInProcess.with { session in
            let tasks = try (0..<2).map { try SessionTask.task(Logging("hello \($0)")) }
            _ = try await session.client.submit(tasks, named: "a")
            _ = try await session.all(of: "a")
            func lines(_ selection: SessionSelection) async throws -> [String] {
                var all: [String] = []
                for try await lines in session.client.log(of: selection, following: false) { all += lines }
                return all
            }
            let one = try await lines(.tasks([SessionTaskName(submission: "a", element: 1)]))
            #expect(one.count == 2 && one.first?.hasSuffix(" a/1 warning: hello 1 step=1") == true)
            #expect(one.last?.hasSuffix(" a/1 hello 1 again") == true)
            #expect(try await lines(.submission("a")).count == 4)
            #expect(try await lines(.everything).contains { $0.contains(" session the session's host began") })
            let following = Task {
                for try await lines in session.client.log(of: .submission("b"), following: true) {
                    if let line = lines.first { return line }
                }
                return ""
            }
            // What follows a submission that is unknown is refused.
            await #expect(throws: HayateError.self) { try await following.value }
            _ = try await session.client.submit([try SessionTask.task(Logging("later"))], named: "b")
            var followed: [String] = []
            for try await lines in session.client.log(of: .submission("b"), following: true) {
                followed += lines
                break
            }
            #expect(followed.first?.hasSuffix(" b/0 warning: later step=1") == true)
        }
    }

    @Test("Spans are what ran and what runs, in order")
    func spans() async throws {
        try await HostInProcess.with { session in
            let gate = session("gate")
            let tasks = try (0..<5).map { try SessionTask.task(Add($0, 1), label: "add \($0)") }
            _ = try await session.client.submit(tasks, named: "a")
            let outcomes = try await session.all(of: "a")
            _ = try await session.client.submit([try SessionTask.task(Gate(gate))], named: "b")
            try await eventually("it runs") { SignalFile.exists(gate + ".started") }
            let spans = try await session.client.spans(since: 0)
            #expect(spans.map(\.task) == outcomes.map { "\($0.task)" } + ["b/0"])
            #expect(spans.dropLast().allSatisfy { $0.status == "value" && $0.ended ?? 0 >= $0.began && !$0.daemon.isEmpty })
            #expect(spans.first?.label == "add 0")
            #expect(spans.last?.status == "running" && spans.last?.ended == nil)
            #expect(try await session.client.spans(since: 0, limit: 2).count == 3)
            #expect(try await session.client.spans(since: outcomes[4].ended + 1_000).map(\.task) == ["b/0"])
            try SignalFile.write(gate + ".release")
            _ = try await session.all(of: "b")
        }
    }

    @Test("A client that comes back goes on behind the last outcome that it has")
    func resuming() async throws {
        try await HostInProcess.with { session in
            _ = try await session.client.submit(try (0..<10).map { try SessionTask.task(Add($0, 1)) }, named: "a")
            let first = try await session.all(of: "a")
            let other = try await Session.connect("test", in: session.directory.path)
            defer { other.close() }
            var rest: [Int64] = []
            for try await outcomes in other.outcomes(of: "a", after: first[6].number) { rest += outcomes.map(\.number) }
            #expect(rest == first[7...].map(\.number))
            // Of all submissions it never ends: what comes next is waited for.
            let next = Task {
                for try await outcomes in other.outcomes(of: nil, after: first[9].number) { return outcomes.first?.task }
                return nil
            }
            let single = try await session.client.mirai(Add(1, 1))
            #expect(try await next.value == single.task)
        }
    }
}
