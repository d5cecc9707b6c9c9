import Hayate
import HayateTestTasks
import Testing

@Suite("Submissions of a session", .serialized, .timeLimit(.minutes(2)))
struct SubmittingTests {
    @Test("Outcomes come in the order of their numbers, once each, and results by element")
    func outcomes() async throws {
        try await HostInProcess.with(daemons: 2) { session in
            let tasks = try (0..<50).map { try SessionTask.task(Add($0, 1), label: "add \($0)") }
            let submission = try await session.client.submit(tasks, named: "sums")
            #expect(submission.name == "sums" && submission.total == 50 && submission.isComplete)
            let outcomes = try await session.all(of: "sums")
            #expect(outcomes.map(\.number) == outcomes.map(\.number).sorted())
            #expect(Set(outcomes.map(\.task.element)) == Set(0..<50))
            let results = try await session.client.results(of: "sums", from: 10, limit: 5)
            #expect(results.map(\.task.element) == [10, 11, 12, 13, 14])
            #expect(try results.map { try $0.value(as: Int.self) } == [11, 12, 13, 14, 15])
            #expect(results.allSatisfy { $0.attempt == 1 && !$0.daemon.isEmpty && $0.ended > 1e9 })
            let view = try await session.view("sums")
            #expect(view.returned == 50 && view.isOver)
            // Going on behind a number gives the others alone.
            let late = try await session.all(of: "sums", after: outcomes[29].number)
            #expect(late.map(\.number) == outcomes[30...].map(\.number))
        }
    }

    @Test("The same key is the same submission, and an element is accepted once")
    func keys() async throws {
        try await HostInProcess.with { session in
            var options = SubmissionOptions()
            options.key = "k"
            options.label = "./sim --fast"
            options.attachment = [1, 2, 3]
            let first = try await session.client.begin(options)
            #expect(first.name == "sim-1")
            let line = try SessionTask.task(AppendLine(session("lines"), "x"))
            try await session.client.add([line, line], to: first.name, first: 0)
            // As after a connection that broke before the answer.
            try await session.client.add([line, line, line], to: first.name, first: 0)
            let again = try await session.client.begin(options)
            #expect(again.name == first.name && again.total == 3)
            _ = try await session.client.complete(first.name)
            #expect(try await session.all(of: first.name).count == 3)
            #expect(SignalFile.lines(session("lines")).count == 3)
            #expect(try await session.client.attachment(of: first.name) == [1, 2, 3])
        }
    }

    @Test("Gaps, names that are taken, unknown names and additions to what is complete are refused")
    func refusals() async throws {
        try await HostInProcess.with { session in
            let client = session.client
            let task = try SessionTask.task(Add(1, 1))
            var options = SubmissionOptions()
            options.name = "a"
            _ = try await client.begin(options)
            let gap = await failure { () async throws(HayateError) in try await client.add([task], to: "a", first: 1) }
            #expect(gap?.message.contains("without gaps") == true)
            let taken = await failure { () async throws(HayateError) in try await client.begin(options) }
            #expect(taken?.code == .invalidArgument)
            _ = try await client.complete("a")
            let late = await failure { () async throws(HayateError) in try await client.add([task], to: "a", first: 0) }
            #expect(late?.code == .invalidArgument)
            options.name = "../a"
            #expect(await failure { () async throws(HayateError) in try await client.begin(options) }?.code == .invalidArgument)
            let unknown = await failure { () async throws(HayateError) in try await client.complete("b") }
            #expect(unknown?.message.contains("no submission b") == true)
            #expect(try await client.submission("b") == nil)
        }
    }

    @Test("A task starts when those that it needs have returned, and ends with those that have not")
    func needs() async throws {
        try await HostInProcess.with(daemons: 2) { session in
            let gate = session("gate")
            var second = try SessionTask.task(AppendLine(session("lines"), "second"))
            second.needs = [SessionTaskName(submission: "chain", element: 0)]
            var third = try SessionTask.task(AppendLine(session("lines"), "third"))
            third.needs = [SessionTaskName(submission: "chain", element: 1), SessionTaskName(submission: "chain", element: 0)]
            let chain = [try SessionTask.task(Gate(gate)), second, third]
            _ = try await session.client.submit(chain, named: "chain")
            try await eventually("the first one runs") { SignalFile.exists(gate + ".started") }
            let blocked = try #require(try await session.client.submission("chain"))
            #expect(blocked.blocked == 2 && blocked.running == 1)
            let sentences = try await session.client.explain(SessionTaskName(submission: "chain", element: 1))
            #expect(sentences.contains { $0.contains("waits for chain/0") })
            try SignalFile.write(gate + ".release")
            #expect(try await session.all(of: "chain").count == 3)
            #expect(SignalFile.lines(session("lines")) == ["second", "third"])
            // Of tasks that have ended already.
            var after = try SessionTask.task(Add(1, 1))
            after.needs = [SessionTaskName(submission: "chain", element: 2)]
            var failing = try SessionTask.task(Failing("no"))
            failing.needs = [SessionTaskName(submission: "chain", element: 0)]
            var never = try SessionTask.task(AppendLine(session("lines"), "never"))
            never.needs = [SessionTaskName(submission: "ends", element: 1)]
            _ = try await session.client.submit([after, failing, never], named: "ends")
            let ends = try await session.all(of: "ends").sorted { $0.task.element < $1.task.element }
            #expect(try ends[0].value(as: Int.self) == 2)
            #expect(throws: HayateError.self) { try ends[1].result.get() }
            guard case .failure(let error) = ends[2].result else { throw TestFailure("it has run") }
            #expect(error.code == .neededFailed && error.message.hasPrefix("ends/1, which"))
            // And of one that has failed before the submission.
            never.needs = [SessionTaskName(submission: "ends", element: 2)]
            _ = try await session.client.submit([never, try SessionTask.task(Add(2, 2))], named: "late")
            let late = try await session.all(of: "late").sorted { $0.task.element < $1.task.element }
            guard case .failure(let error) = late[0].result else { throw TestFailure("it has run") }
            #expect(error.code == .neededFailed && error.message.contains("ends/2"))
            #expect(try late[1].value(as: Int.self) == 4)
            #expect(!SignalFile.lines(session("lines")).contains("never"))
            never.needs = [SessionTaskName(submission: "x", element: 0)]
            let unknown = await failure { () async throws(HayateError) in
                try await session.client.submit([never], named: "x")
            }
            #expect(unknown?.message.contains("itself or comes after") == true)
        }
    }

    @Test("Commands that end with another exit code than 0 have failed, with what they wrote")
    func commands() async throws {
        try await HostInProcess.with { session in
            let tasks = [
                try SessionTask.command(Command("sh", "-c", "echo out; echo last words >&2; exit 3")),
                try SessionTask.command(Command("echo", "well")),
            ]
            let submission = try await session.client.submit(tasks)
            #expect(submission.name == "sh-1")
            let outcomes = try await session.all(of: submission.name).sorted { $0.task.element < $1.task.element }
            guard case .failure(let error) = outcomes[0].result else { throw TestFailure("exit code 3 is no failure") }
            #expect(error.code == .taskFailed && error.message.contains("last words"))
            #expect(outcomes[0].command?.exit == .exited(code: 3))
            #expect(outcomes[0].command?.standardOutput.text == "out\n")
            #expect(outcomes[1].command?.standardOutput.text == "well\n")
            let failures = try await session.client.snapshot().failures
            #expect(failures.count == 1)
            #expect(failures.first?.task == "sh-1/0" && failures.first?.lastWords == "last words")
            #expect(failures.first?.label.hasPrefix("sh -c echo out") == true)
        }
    }

    @Test("Single tasks and maps give values, and errors as those of a pool do")
    func values() async throws {
        try await HostInProcess.with(daemons: 2) { session in
            let one = try await session.client.mirai(Add(20, 22))
            let two = try await session.client.mirai(Failing("no such star"))
            #expect(try await one.value == 42)
            #expect(one.task.submission == two.task.submission)
            let error = await failure { () async throws(HayateError) in try await two.value }
            #expect(error?.code == .taskFailed && error?.message.contains("no such star") == true)
            let sums = try await session.client.map((0..<20).map { Add($0, $0) })
            #expect(try sums.map { try $0.get() } == (0..<20).map { 2 * $0 })
            #expect(throws: HayateError.self) { try SessionTask.task(Hidden()) }
        }
    }
}

/// No other process can name it.
private struct Hidden: RemoteTask {
    func run(in context: TaskContext) async throws -> Int { 0 }
}
