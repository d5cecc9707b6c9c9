import Foundation
import Testing

extension EndToEnd {
    /// Whatever ends the program, nothing that it started goes on.
    @Suite struct Stopping {}
}

extension ShellRun {
    /// Waits until this many processes of a program run.
    fileprivate func waitFor(_ count: Int, _ name: String) async throws {
        try await eventually("\(count) of \(name) run") {
            self.processes.count { $0.name == name } == count
        }
    }
}

extension EndToEnd.Stopping {
    @Test func `kill -9 of the program ends its daemons and their commands`() async throws {
        let run = try ShellRun(
            "exec hayate map -n 2 sh -c 'sleep 1000 & sleep 1000' ::: 1 2 3 4")
        defer { run.abandon() }
        try await run.waitFor(4, "sleep")
        kill(run.pid, SIGKILL)
        let end = try await run.finish(grace: .seconds(10), wasKilled: true)
        #expect(end.code == 137)
    }

    @Test func `Ctrl-C stops everything and says how to go on`() async throws {
        try await withDirectory { directory in
            let line = "exec hayate map -n 2 --shell 'test {} -gt 3 && sleep 1000; echo did {}'"
            let run = try ShellRun(
                line + " ::: 1 2 3 4 5 6", in: directory, screen: .terminal(columns: 80))
            defer { run.abandon() }
            try await run.waitFor(2, "sleep")
            try await eventually("the third result") { run.output.contains("did 3") }
            run.pressControlC()
            let end = try await run.finish()
            #expect(end.code == 130)
            #expect(end.output.contains("did 1\r\ndid 2\r\ndid 3\r\n"))
            #expect(end.output.contains("hayate: interrupted"))
            #expect(end.output.contains("3 of 6 succeeded, 3 not run"))
            #expect(end.output.contains("--results"))
            #expect(!end.output.contains("did 4"))
            #expect(end.seconds < 30)
        }
    }

    @Test func `with a results directory Ctrl-C says that the same command goes on`() async throws {
        try await withDirectory { directory in
            let run = try ShellRun(
                "exec hayate map -n 2 --results out sleep ::: 0 1000 1000", in: directory,
                screen: .terminal(columns: 80))
            defer { run.abandon() }
            try await eventually("the first is recorded") {
                lines(directory + "/out/outcomes.jsonl").count == 1
            }
            run.pressControlC()
            let end = try await run.finish()
            #expect(end.code == 130)
            #expect(
                end.output.contains(
                    "the results are in out; the same command again runs only what is missing"))
            #expect(lines(directory + "/out/outcomes.jsonl").count == 1)
        }
    }

    @Test func `Ctrl-C starts nothing more`() async throws {
        try await withDirectory { directory in
            let run = try ShellRun(
                "exec hayate map -n 2 --shell 'echo {} >> ran; sleep 1000' ::: $(seq 500)",
                in: directory, screen: .terminal(columns: 80))
            defer { run.abandon() }
            try await run.waitFor(2, "sleep")
            run.pressControlC()
            #expect(try await run.finish().code == 130)
            #expect(lines(directory + "/ran").sorted() == ["1", "2"])
        }
    }

    @Test func `a second Ctrl-C ends at once`() async throws {
        let run = try ShellRun(
            "exec hayate map -n 2 sh -c 'trap \"\" TERM INT; while :; do sleep 1; done' ::: 1 2",
            screen: .terminal(columns: 80))
        defer { run.abandon() }
        try await run.waitFor(2, "sleep")
        run.pressControlC()
        try await eventually("it says that it stops") { run.output.contains("again") }
        run.pressControlC()
        let pressed = ContinuousClock.now
        try await eventually("the end") { run.hasEnded }
        // The commands would have had two seconds to obey.
        #expect(pressed.duration(to: .now) < .seconds(1.5))
        let end = try await run.finish(grace: .seconds(10), wasKilled: true)
        #expect(end.code == 130)
    }

    @Test(arguments: [SIGTERM, SIGHUP])
    func `a signal stops everything`(signal: Int32) async throws {
        let run = try ShellRun("exec hayate map -n 2 sleep ::: 1000 1000 1000")
        defer { run.abandon() }
        try await run.waitFor(2, "sleep")
        kill(run.pid, signal)
        let end = try await run.finish()
        #expect(end.code == 128 + signal)
        #expect(end.error.contains("0 of 3 succeeded, 3 not run"))
    }

    @Test func `Ctrl-C stops hayate run`() async throws {
        let run = try ShellRun(
            "exec hayate run sh -c 'sleep 1000 & sleep 1000'", screen: .terminal(columns: 80))
        defer { run.abandon() }
        try await run.waitFor(2, "sleep")
        run.pressControlC()
        #expect(try await run.finish().code == 130)
    }

    @Test func `a reader that goes away ends it quietly and soon`() async throws {
        let end = try await shell("yes | hayate map -n 2 echo {} | head -n 1")
        #expect(end.code == 0)
        #expect(end.output == "y\n")
        #expect(end.error == "")
        #expect(end.seconds < 30)
    }

    @Test func `a frozen daemon ends with the program`() async throws {
        let run = try ShellRun("exec hayate map -n 2 sleep ::: 1000 1000")
        defer { run.abandon() }
        try await run.waitFor(2, "sleep")
        let frozen = try #require(run.daemons.first)
        kill(frozen.pid, SIGSTOP)
        kill(run.pid, SIGTERM)
        let end = try await run.finish(grace: .seconds(10))
        #expect(end.code == 143)
    }
}
