import Hayate
import HayateTestTasks
import Testing

@Suite("Changing what a session has", .serialized, .timeLimit(.minutes(2)))
struct ChangingTests {
    @Test("Cancelling ends what waits and what runs, and says how many")
    func cancelling() async throws {
        try await HostInProcess.with { session in
            let gate = session("gate")
            let tasks = try [SessionTask.task(Gate(gate))] + (0..<5).map { _ in try SessionTask.task(Add(1, 1)) }
            _ = try await session.client.submit(tasks, named: "a")
            try await eventually("the first one runs") { SignalFile.exists(gate + ".started") }
            #expect(try await session.client.cancel(.tasks([SessionTaskName(submission: "a", element: 5)])) == 1)
            #expect(try await session.client.cancel(.tasks([SessionTaskName(submission: "a", element: 5)])) == 0)
            #expect(try await session.client.cancel(.submission("a")) == 5)
            let view = try await session.view("a")
            #expect(view.cancelled == 6 && view.failed == 0 && view.isOver)
            for outcome in try await session.all(of: "a") {
                guard case .failure(let error) = outcome.result else { throw TestFailure("it has a value") }
                #expect(error.code == .cancelled)
            }
            #expect(try await session.client.snapshot().failures.isEmpty)
        }
    }

    @Test("What failed runs again, with a new number; what returned does not")
    func retrying() async throws {
        try await HostInProcess.with { session in
            // Each fails at its first start, and there is no retry by itself.
            let tasks = try (0..<3).map { try SessionTask.task(SucceedsAt(session("starts-\($0)"), start: 2)) }
            var needing = try SessionTask.task(Add(1, 2))
            needing.needs = [SessionTaskName(submission: "a", element: 0)]
            _ = try await session.client.submit(tasks + [try SessionTask.task(Add(1, 1)), needing], named: "a")
            let first = try await session.all(of: "a")
            var view = try await session.view("a")
            #expect(view.failed == 4 && view.returned == 1)
            #expect(try await session.client.retry(.failed("a")) == 4)
            let second = try await session.all(of: "a", after: first.map(\.number).max() ?? 0)
            #expect(Set(second.map(\.task.element)) == [0, 1, 2, 4])
            view = try await session.view("a")
            #expect(view.failed == 0 && view.returned == 5 && view.isOver)
            #expect(try await session.client.retry(.failed("a")) == 0)
            #expect(try await session.client.snapshot().failures.isEmpty)
        }
    }

    @Test("A submission that is removed is gone with its outcomes, and its name is free again")
    func removing() async throws {
        try await HostInProcess.with { session in
            let gate = session("gate")
            _ = try await session.client.submit([try SessionTask.task(Gate(gate))], named: "a", key: "k")
            try await eventually("it runs") { SignalFile.exists(gate + ".started") }
            let following = Task { try await session.all(of: "a") }
            let waiting = Task { try await session.client.outcome(of: SessionTaskName(submission: "a", element: 0)) }
            try await session.client.remove("a")
            _ = try await following.value
            _ = await waiting.result
            #expect(try await session.client.submission("a") == nil)
            #expect(try await session.client.snapshot().submissions.isEmpty)
            let again = try await session.client.submit([try SessionTask.task(Add(1, 1))], named: "a", key: "k")
            #expect(again.total == 1)
            let outcomes = try await session.all(of: "a")
            #expect(try outcomes.map { try $0.value(as: Int.self) } == [2])
        }
    }

    @Test("A session that drains takes nothing more, and ends with its last task")
    func draining() async throws {
        let session = try await HostInProcess()
        let gate = session("gate")
        _ = try await session.client.submit([try SessionTask.task(Gate(gate))], named: "a")
        try await eventually("it runs") { SignalFile.exists(gate + ".started") }
        try await session.client.stop(draining: true)
        let refused = await failure { () async throws(HayateError) in
            try await session.client.submit([try SessionTask.task(Add(1, 1))], named: "b")
        }
        #expect(refused?.code == .closed)
        #expect(try await session.client.snapshot().session.isDraining)
        try SignalFile.write(gate + ".release")
        try await session.ended()
        #expect(try SessionDirectory.all(in: session.directory.path).map(\.state) == [.stopped])
    }

    @Test("The next host goes on with what waits, and knows what has ended")
    func goingOn() async throws {
        let directory = try TemporaryDirectory()
        let gate = directory("gate")
        var lastNumber: Int64 = 0
        try await HostInProcess.with(in: directory) { session in
            let ended = [try SessionTask.task(Add(1, 1)), try SessionTask.task(Failing("no"), label: "the failing one")]
            _ = try await session.client.submit(ended, named: "ended")
            lastNumber = try await session.all(of: "ended").map(\.number).max() ?? 0
            var needing = try SessionTask.task(Add(4, 4))
            needing.needs = [SessionTaskName(submission: "open", element: 1)]
            let open = [try SessionTask.task(Gate(gate)), try SessionTask.task(Add(3, 3)), needing, try SessionTask.task(Add(5, 5))]
            _ = try await session.client.submit(open, named: "open")
            try await eventually("it runs") { SignalFile.exists(gate + ".started") }
            let number: Int = try await session.client.cancel(.tasks([SessionTaskName(submission: "open", element: 3)]))
            #expect(number == 1)
        }
        try SignalFile.write(gate + ".release")
        try await HostInProcess.with(in: directory) { session in
            let outcomes = try await session.all(of: "open").sorted { $0.task.element < $1.task.element }
            #expect(outcomes.map(\.task.element) == [0, 1, 2, 3])
            #expect(try outcomes[1].value(as: Int.self) == 6)
            #expect(try outcomes[2].value(as: Int.self) == 8)
            #expect(outcomes.allSatisfy { $0.number > lastNumber })
            try await eventually("what was cancelled is told from what failed") {
                try await session.view("open").cancelled == 1
            }
            #expect(try await session.view("open").failed == 0)
            let ended = try #require(try await session.client.submission("ended"))
            #expect(ended.returned == 1 && ended.failed == 1 && ended.ended != nil)
            try await eventually("the old failure is known") {
                try await session.client.snapshot().failures.map(\.label) == ["the failing one"]
            }
            let facts = try await session.client.snapshot().session
            #expect(facts.epoch == 2 && facts.created < facts.started)
            // Names and numbers go on.
            let next = try await session.client.submit([try SessionTask.task(Add(1, 1))], label: "x")
            #expect(next.name == "x-3")
        }
    }

    @Test("Outcomes that were kept long enough go")
    func expiring() async throws {
        let directory = try TemporaryDirectory()
        try await HostInProcess.with(in: directory) { session in
            _ = try await session.client.submit([try SessionTask.task(Add(1, 1))], named: "old")
            _ = try await session.all(of: "old")
            var options = SubmissionOptions()
            options.name = "kept"
            options.keep = 1_000_000
            _ = try await session.client.begin(options)
            _ = try await session.client.complete("kept")
        }
        try await HostInProcess.with(in: directory, keep: .zero) { session in
            try await eventually("the old one is gone") { try await session.client.submission("old") == nil }
            #expect(try await session.client.submission("kept") != nil)
        }
    }

    @Test("A second host of the same session is refused with a sentence")
    func twoHosts() async throws {
        try await HostInProcess.with { session in
            var options = SessionHost.Options(daemons: .local(0, executable: Program.testDaemon))
            options.directory = session.directory.path
            options.name = "test"
            let error = await failure { () async throws(HayateError) in try SessionHost(options) }
            #expect(error?.code == .journalFailed)
            // The first one goes on.
            let value = try await session.client.mirai(Add(1, 1)).value
            #expect(value == 2)
        }
    }
}
