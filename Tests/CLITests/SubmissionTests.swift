import Foundation
import HayateDaemon
import HayateView
import Testing

@testable import Hayate
@testable import HayateCLI

/// What is submitted to a session, waited for and shown.
@Suite struct SubmissionTests {
    private func access(_ session: FakeSession, _ directory: String = "/nonexistent") -> SessionAccess {
        FakeSessions(directory: directory, running: ["default": session]).access
    }

    @Test("submit sends the command of every element with map's environment, and says what to type next")
    func submit() async throws {
        let session = FakeSession.echo()
        let result = try await hayate(
            ["submit", "--name", "fits", "--seed", "1234567", "--retries", "2", "--timeout", "1.5m", "--priority", "3",
                "--cpus-per-task", "4", "--resource", "licence=1", "fit", "--mass", "{1}", "{2.}", ":::", "1", "2",
                ":::", "a.csv",
            ], sessions: access(session))
        #expect(result.code == 0, "\(result.error)")
        #expect(result.output == "fits\n")
        #expect(result.error == "hayate: 2 elements submitted to session default; next: hayate wait fits\n")
        let commands = session.commands("fits")
        #expect(commands.map(\.arguments) == [["fit", "--mass", "1", "a"], ["fit", "--mass", "2", "a"]])
        #expect(commands[0].environment["HAYATE_INDEX"] == "1")
        #expect(commands[0].environment["HAYATE_SEED"] == "6457827717110365317")
        #expect(commands[0].environment["HAYATE_TASK"]?.count == 32)
        #expect(commands[0].timeLimitMilliseconds == 90_000)
        #expect(commands[0].directory == FileManager.default.currentDirectoryPath)
        let task = try #require(session.look { $0.submissions["fits"]?.elements[1].task })
        #expect(task.retry.attempts == 3 && task.priority == 3)
        #expect(task.label == "fit --mass 2 a")
        #expect(task.resources?.cpus == 4 && task.resources?.named == ["licence": 1])
        #expect(session.look { $0.submissions["fits"]?.isComplete } == true)
    }

    @Test("A sweep goes to the session in bounded batches, in order")
    func batches() async throws {
        let session = FakeSession.echo()
        let numbers = (0..<3500).map { "\($0)\n" }.joined()
        let result = try await hayate(["submit", "--name", "many", "echo"], input: numbers, sessions: access(session))
        #expect(result.code == 0, "\(result.error)")
        let additions = session.look(\.additions)
        #expect(additions.allSatisfy { $0.count <= OpenSubmission.batch })
        #expect(additions.count >= 4)
        #expect(session.commands("many").map { $0.arguments[1] } == (0..<3500).map(String.init))
    }

    @Test("The same key is the same submission, however often it is submitted")
    func key() async throws {
        let session = FakeSession.echo()
        for round in 0..<2 {
            let result = try await hayate(
                ["submit", "--key", "nightly", "echo", "{}", ":::", "a", "b"], sessions: access(session))
            #expect(result.code == 0 && result.output == "s1\n")
            #expect(result.error.contains("there already") == (round == 1), "\(result.error)")
        }
        #expect(session.look(\.additions).count == 1)
    }

    @Test("--needs names elements, partners with the same number, and whole submissions")
    func needs() async throws {
        let session = FakeSession.echo()
        let access = access(session)
        _ = try await hayate(["submit", "--name", "a", "echo", "{}", ":::", "1", "2", "3"], sessions: access)
        let result = try await hayate(
            ["submit", "--name", "b", "--needs", "a[*]", "echo", "{}", ":::", "1", "2", "3"], sessions: access)
        #expect(result.code == 0, "\(result.error)")
        _ = try await hayate(
            ["submit", "--name", "c", "--needs", "a", "--needs", "b/2", "echo", ":::", "x"], sessions: access)
        let tasks = session.look { state in state.submissions.mapValues { $0.elements.map(\.task.needs) } }
        #expect(tasks["b"]?.map { $0.map(\.description) } == [["a/0"], ["a/1"], ["a/2"]])
        #expect(tasks["c"]?[0].map(\.description) == ["a/0", "a/1", "a/2", "b/2"])

        let tooMany = try await hayate(
            ["submit", "--name", "d", "--needs", "a[*]", "echo", ":::", "1", "2", "3", "4"], sessions: access)
        #expect(tooMany.code == 2)
        #expect(tooMany.error.contains("element 3 needs a/3, but a has 3 elements only"), "\(tooMany.error)")
        let none = try await hayate(["submit", "--needs", "aa", "echo", ":::", "1"], sessions: access)
        #expect(none.code == 2 && none.error.contains("no submission aa (did you mean a?)"), "\(none.error)")
        let beyond = try await hayate(["submit", "--needs", "a/3", "echo", ":::", "1"], sessions: access)
        #expect(beyond.error.contains("there is no element a/3; a has a/0 to a/2"), "\(beyond.error)")
    }

    @Test("A large submission is needed as a whole through few tasks that stand for it")
    func gates() async throws {
        let session = FakeSession.echo()
        let access = access(session)
        let numbers = (0..<2500).map { "\($0)\n" }.joined()
        _ = try await hayate(["submit", "--name", "a", "echo"], input: numbers, sessions: access)
        for name in ["b", "c"] {
            let result = try await hayate(
                ["submit", "--name", name, "--needs", "a", "echo", ":::", "1", "2"], sessions: access)
            #expect(result.code == 0, "\(result.error)")
        }
        let needs = session.look { state in state.submissions.mapValues { $0.elements.map(\.task.needs) } }
        #expect(needs["b"]?.allSatisfy { $0.map(\.description) == ["a.all/0", "a.all/1", "a.all/2"] } == true)
        #expect(needs["c"] == needs["b"])
        #expect(needs["a.all"]?.map(\.count) == [1000, 1000, 500])
        #expect(Set(needs["a.all"]?.flatMap { $0 }.map(\.element) ?? []).count == 2500)
    }

    @Test("map --session writes what map writes, in the order of the inputs")
    func map() async throws {
        let session = FakeSession { command in
            command.arguments[1] == "b" ? .failure(3, "no such star\n") : .success(command.arguments[1] + "\n")
        }
        let result = try await hayate(
            ["map", "--session", "default", "--seed", "7", "--name", "m", "fit", "{}", ":::", "a", "b", "c"],
            sessions: access(session))
        #expect(result.code == 1)
        #expect(result.output == "a\nc\n")
        #expect(result.error.hasPrefix("no such star\nhayate: element 2 (b): exit 3\n"), "\(result.error)")
        #expect(result.error.contains("hayate: 2 of 3 succeeded, 1 failed in"))
        let json = try await hayate(
            ["map", "--session", "default", "--seed", "1", "--output", "json", "--grid", "a=1,c", "c", "{a}"],
            sessions: access(session))
        let expected = #"{"index":1,"inputs":{"a":"1"},"status":"ok","exit":0,"attempts":1,"seconds":1.500000,"#
            + #""cpu_seconds":0.000000,"daemon":"d1","seed":"10451216379200822465","stdout":"1\n","stderr":""}"#
        #expect(json.output.split(separator: "\n").first.map(String.init) == expected)
    }

    @Test("map --session submits all at once, and cancelling it leaves the sweep in the session")
    func detach() async throws {
        let session = FakeSession { $0.arguments[1] == "1" ? .success("one\n") : nil }
        let numbers = (1...3000).map { "\($0)\n" }.joined()
        let sessions = access(session)
        let work = Task {
            try await hayate(["map", "--session", "default", "--name", "m", "c"], input: numbers, sessions: sessions)
        }
        while session.look({ $0.submissions["m"]?.isComplete }) != true { try await Task.sleep(for: .milliseconds(2)) }
        work.cancel()
        let result = try await work.value
        #expect(result.code == 130)
        #expect(result.error.contains("of 3,000 succeeded, "), "\(result.error)")
        #expect(result.error.contains("to come in"))
        #expect(result.error.contains("hayate: the sweep goes on in session default: hayate wait m\n"))
        #expect(session.look(\.requests).isEmpty, "nothing is cancelled")
        #expect(session.commands("m").count == 3000)
    }

    @Test("map --session --stop-on-failure cancels what is left in the session")
    func stopOnFailure() async throws {
        let session = FakeSession { $0.arguments[1] == "2" ? .failure(1) : nil }
        let result = try await hayate(
            ["map", "--session", "default", "--name", "m", "--stop-on-failure", "c", ":::", "1", "2", "3"],
            sessions: access(session))
        #expect(result.code == 1)
        #expect(result.error.contains("stopped at the first failure"))
        #expect(session.look(\.requests) == [.submission("m")])
    }

    @Test("map --session --results keeps and takes up results as without a session")
    func store() async throws {
        try await withTemporaryDirectory { base in
            let session = FakeSession { command in
                command.arguments[1] == "b" ? .failure(1, "no\n") : .success("\(command.arguments[1])\n")
            }
            let words = ["map", "--session", "default", "--results", base + "/out", "c", "{}", ":::", "a", "b"]
            #expect(try await hayate(words, sessions: access(session)).code == 1)
            let again = FakeSession.echo()
            let result = try await hayate(words + ["z"], sessions: access(again))
            #expect(result.code == 0, "\(result.error)")
            #expect(result.output == "a\nb\nz\n")
            #expect(again.commands("s1").map { $0.arguments[1] } == ["b", "z"])
        }
    }

    @Test("A session that is lost and comes back costs whoever follows nothing")
    func losses() async throws {
        let session = FakeSession.echo()
        let loss = HayateError(.closed, "the session's process has ended")
        session.change { $0.losses = [loss, loss, loss] }
        var access = access(session)
        access.patience = .seconds(60)
        let result = try await hayate(
            ["map", "--session", "default", "c", "{}", ":::", "a", "b"], sessions: access)
        #expect(result.code == 0, "\(result.error)")
        #expect(result.output == "a\nb\n")
    }

    @Test("Whoever waits for a session that stays away is told so in the end")
    func goneForGood() async throws {
        let session = FakeSession()
        _ = try await hayate(["submit", "--name", "m", "c", ":::", "1"], sessions: access(session))
        session.change { $0.losses = Array(repeating: HayateError(.noSession, "it has ended"), count: 2) }
        let sessions = access(session)
        let work = Task { try await hayate(["wait", "m"], sessions: sessions) }
        while !session.look(\.losses).isEmpty { try await Task.sleep(for: .milliseconds(2)) }
        session.change { state in
            state.hasStopped = true
            state.losses = [HayateError(.noSession, "it has ended")]
        }
        let result = try await work.value
        #expect(result.code == 2)
        #expect(result.error.hasSuffix("hayate: it has ended\n"), "\(result.error)")
    }

    @Test("wait says how each submission ended, and by its exit code whether all is well")
    func wait() async throws {
        let session = FakeSession.echo()
        let access = access(session)
        _ = try await hayate(["submit", "--name", "good", "echo", ":::", "1", "2"], sessions: access)
        _ = try await hayate(["submit", "--name", "bad", "false", ":::", "1"], sessions: access)
        let good = try await hayate(["wait", "good"], sessions: access)
        #expect(good.code == 0 && good.output == "good: 2 of 2 succeeded\n")
        let all = try await hayate(["wait"], sessions: access)
        #expect(all.code == 1)
        #expect(all.output == "good: 2 of 2 succeeded\nbad: 0 of 1 succeeded, 1 failed\n")
        #expect(all.error == "hayate: to see what failed: hayate results --failed bad\n")
        let json = try await hayate(["wait", "--output", "json", "bad"], sessions: access)
        let view = try JSONDecoder().decode(SubmissionView.self, from: Data(json.output.utf8))
        #expect(view.failed == 1 && view.name == "bad")
        let typo = try await hayate(["wait", "goof"], sessions: access)
        #expect(typo.code == 2 && typo.error.contains("no submission goof (did you mean good?)"), "\(typo.error)")
    }

    @Test("results are written in the order of the inputs, with them, in all forms")
    func results() async throws {
        let session = FakeSession { command in
            command.arguments[1] == "2"
                ? .failure(3, "no\n") : command.arguments[1] == "4" ? nil : .success("\(command.arguments[1])!\n")
        }
        let access = access(session)
        _ = try await hayate(
            ["submit", "--name", "m", "--seed", "1", "--grid", "a=1..4", "c", "{a}"], sessions: access)
        let text = try await hayate(["results", "m"], sessions: access)
        #expect(text.code == 0 && text.output == "1!\n3!\n" && text.error == "no\n")
        let csv = try await hayate(["results", "--output", "csv", "m"], sessions: access)
        #expect(
            csv.output == """
                index,a,status,exit,seconds,stdout
                1,1,ok,0,1.500000,1!
                2,2,failed,3,1.500000,
                3,3,ok,0,1.500000,3!

                """)
        let failed = try await hayate(["results", "--failed", "--output", "json", "m"], sessions: access)
        #expect(failed.output.split(separator: "\n").count == 1)
        #expect(failed.output.contains(#""index":2,"inputs":{"a":"2"},"status":"failed","exit":3"#))
        #expect(failed.output.contains(#""seed":""#) && !failed.output.contains(#""seed":"0""#))
        for words in [["results", "--element", "2", "m"], ["results", "m/2"]] {
            #expect(try await hayate(words, sessions: access).output == "3!\n")
        }
        #expect(try await hayate(["results", "m/3"], sessions: access).output == "", "it has not ended")
        let beyond = try await hayate(["results", "m/4"], sessions: access)
        #expect(beyond.code == 2 && beyond.error.contains("there is no element m/4"))
    }

    @Test("results --follow writes each result in its turn, and ends with the submission")
    func follow() async throws {
        let session = FakeSession()
        let access = access(session)
        _ = try await hayate(["submit", "--name", "m", "c", "{}", ":::", "a", "b", "c"], sessions: access)
        let work = Task { try await hayate(["results", "--follow", "m"], sessions: access) }
        session.end("m", 2, .success("c\n"))
        session.end("m", 0, .failure(1, "bad\n"))
        // Somebody has it run again: what was shown is not shown twice.
        session.end("m", 0, .success("a\n"))
        session.end("m", 1, .success("b\n"))
        let result = try await work.value
        #expect(result.code == 0, "\(result.error)")
        #expect(result.output == "b\nc\n" && result.error == "bad\n")
    }

    @Test("Elements that never ran are told apart, and leave their inputs empty")
    func notRun() async throws {
        let session = FakeSession()
        let access = access(session)
        _ = try await hayate(["submit", "--name", "m", "c", "{}", ":::", "a", "b"], sessions: access)
        session.end("m", 0, ElementOutcome(status: .cancelled))
        session.end("m", 1, ElementOutcome(status: .couldNotStart("")))
        let csv = try await hayate(["results", "--output", "csv", "m"], sessions: access)
        #expect(csv.output.hasPrefix("index,input1,status,exit,seconds,stdout\n1,,cancelled,,"), "\(csv.output)")
        #expect(csv.output.contains("\n2,,could-not-start,,"))
        let json = try await hayate(["results", "--failed", "--output", "json", "m"], sessions: access)
        #expect(json.output.contains(#""message":"a/0, which the task needs"#))
        let wait = try await hayate(["wait", "m"], sessions: access)
        #expect(wait.code == 1 && wait.output == "m: 0 of 2 succeeded, 1 failed, 1 cancelled\n")
    }

    @Test("cancel and retry are about submissions, elements, or everything")
    func control() async throws {
        let session = FakeSession()
        let access = access(session)
        _ = try await hayate(["submit", "--name", "m", "c", ":::", "a", "b", "c"], sessions: access)
        let some = try await hayate(["cancel", "m/0", "m/2"], sessions: access)
        #expect(some.code == 0 && some.output == "2 elements cancelled\n", "\(some.error)")
        #expect(try await hayate(["cancel", "--all"], sessions: access).output == "1 element cancelled\n")
        #expect(try await hayate(["cancel", "m"], sessions: access).output == "nothing that has not ended\n")
        #expect(try await hayate(["retry", "m"], sessions: access).output == "3 elements submitted again\n")
        let json = try await hayate(["retry", "--output", "json", "m/1"], sessions: access)
        #expect(json.output == "{\"tasks\":3}\n")
        let element = { SessionTaskName(submission: "m", element: $0) }
        #expect(
            session.look(\.requests) == [
                .tasks([element(0), element(2)]), .everything, .submission("m"), .failed("m"), .tasks([element(1)]),
            ])
        #expect(try await hayate(["cancel"], sessions: access).error.contains("Say what is to be cancelled"))
        #expect(try await hayate(["cancel", "--all", "m"], sessions: access).code == 2)
    }

    @Test("explain and logs say what the session says")
    func explain() async throws {
        let session = FakeSession()
        let access = access(session)
        _ = try await hayate(["submit", "--name", "m", "c", ":::", "a"], sessions: access)
        #expect(try await hayate(["explain", "m/0"], sessions: access).output == "m/0 waits\nfor a daemon\n")
        let json = try await hayate(["explain", "--output", "json", "m/0"], sessions: access)
        #expect(json.output == #"{"sentences":["m/0 waits","for a daemon"],"task":"m/0"}"# + "\n")
        #expect(try await hayate(["explain", "m"], sessions: access).error.contains("names no element"))
        #expect(try await hayate(["logs", "m/0"], sessions: access).output == "one\ntwo\n")
        #expect(session.look(\.requests) == [.tasks([SessionTaskName(submission: "m", element: 0)])])
    }

    @Test("map --session takes no daemons, and what submissions have needs a session")
    func wrongUsage() async throws {
        let daemons = try await hayate(["map", "--session", "x", "-n", "2", "c", ":::", "1"])
        #expect(daemons.code == 2 && daemons.error.contains("-n is about daemons"), "\(daemons.error)")
        let key = try await hayate(["map", "--key", "x", "c", ":::", "1"])
        #expect(key.code == 2 && key.error.contains("--key is about submissions: it needs --session"))
        let need = try await hayate(["submit", "--needs", "a/b/c", "c", ":::", "1"])
        #expect(need.code == 2 && need.error.contains("names nothing that can be needed"), "\(need.error)")
        let typo = try await hayate(["submit", "--nam", "x", "c", ":::", "1"])
        #expect(typo.error.contains("no option --nam (did you mean --name?)"), "\(typo.error)")
    }
}
