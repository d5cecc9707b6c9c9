import Foundation
import Testing

extension EndToEnd {
    /// What is submitted outlives the terminal, and the session's own process.
    @Suite struct Sessions {}
}

/// Sessions in a directory of their own, whose processes outlive the lines that start them.
private struct SessionWorld {
    static let mark = "HAYATE_END_TO_END_SESSIONS"
    let directory: String
    let identity = UUID().uuidString

    /// Types a line in the directory.
    func type(_ line: String, screen: ShellRun.Screen = .none) throws -> ShellRun {
        // What is started into the background is not what `finish` of this line waits for.
        try ShellRun(
            "unset HAYATE_END_TO_END; " + line, in: directory,
            environment: [
                "HAYATE_STATE": directory + "/state", "XDG_RUNTIME_DIR": directory + "/run",
                "TMPDIR": directory + "/run", "HAYATE_SESSION": "", Self.mark: identity,
            ], screen: screen)
    }

    func run(_ line: String) async throws -> Finished { try await type(line).finish() }

    /// The session's process.
    func host() async throws -> pid_t {
        struct Row: Decodable { var process: pid_t }
        let list = try await run("hayate session list --output json")
        return try JSONDecoder().decode(Row.self, from: Data(list.output.utf8)).process
    }

    var processes: [RunningProcess] { RunningProcess.carrying(Self.mark, value: identity) }

    static func with(_ body: (SessionWorld) async throws -> Void) async throws {
        try await withDirectory { directory in
            let world = SessionWorld(directory: directory)
            mkdir(directory + "/run", 0o700)
            defer { for process in world.processes { kill(process.pid, SIGKILL) } }
            try await body(world)
            let end = try await world.run("hayate session stop")
            #expect(end.code == 0, "\(end.error)")
            let isClean = await becomesTrue(within: .seconds(10)) { world.processes.isEmpty }
            #expect(isClean, "left running: \(world.processes.map(\.arguments))")
        }
    }
}

extension EndToEnd.Sessions {
    @Test func `a sweep submitted in one terminal is waited for and shown in another`() async throws {
        try await SessionWorld.with { world in
            let start = try await world.run("hayate session start -n 2")
            #expect(start.code == 0, "\(start.error)")
            #expect(start.output.hasPrefix("session default is started: process "))
            let submit = try await world.run(
                "hayate submit --name fits --shell 'echo fit {}; test {} != 3' ::: 1 2 3 4")
            #expect(submit.code == 0 && submit.output == "fits\n", "\(submit.error)")
            let wait = try await world.run("hayate wait fits")
            #expect(wait.code == 1 && wait.output == "fits: 3 of 4 succeeded, 1 failed\n", "\(wait.error)")
            let results = try await world.run("hayate results fits --output csv")
            #expect(results.lines.map { $0.split(separator: ",", omittingEmptySubsequences: false)[2] }
                == ["status", "ok", "ok", "failed", "ok"])
            #expect(results.output.contains("3,3,failed,1,"))
        }
    }

    @Test func `what needs an element that failed is not started, and the rest is`() async throws {
        try await SessionWorld.with { world in
            _ = try await world.run("hayate session start -n 2")
            _ = try await world.run("hayate submit --name a test 1 -eq ::: 1 2")
            let submit = try await world.run("hayate submit --name b --needs 'a[*]' --shell 'echo {} >> ran' ::: x y")
            #expect(submit.code == 0, "\(submit.error)")
            let wait = try await world.run("hayate wait")
            #expect(wait.code == 1)
            #expect(
                wait.output == "a: 1 of 2 succeeded, 1 failed\nb: 1 of 2 succeeded, 1 failed\n", "\(wait.output)")
            #expect(lines(world.directory + "/ran") == ["x"])
        }
    }

    @Test func `kill -9 of the session's process loses nothing and doubles nothing`() async throws {
        try await SessionWorld.with { world in
            _ = try await world.run("hayate session start -n 2")
            let submit = try await world.run(
                "hayate submit --name m --shell 'echo {} >> ran; sleep 0.2; echo did {}' ::: $(seq 40)")
            #expect(submit.code == 0, "\(submit.error)")
            try await eventually("some have run") { lines(world.directory + "/ran").count >= 6 }
            let host = try await world.host()
            kill(host, SIGKILL)
            let gone = try await world.run("hayate wait m")
            #expect(gone.code == 2 && gone.error.contains("hayate session start goes on with it"), "\(gone.error)")
            let again = try await world.run("hayate session start")
            #expect(again.code == 0 && again.output.contains("restored"), "\(again.output)\(again.error)")
            let wait = try await world.run("hayate wait m")
            #expect(wait.code == 0 && wait.output == "m: 40 of 40 succeeded\n", "\(wait.output)\(wait.error)")
            let results = try await world.run("hayate results m")
            #expect(results.output == (1...40).map { "did \($0)\n" }.joined())
            // Its daemons went on meanwhile: nothing began twice.
            #expect(lines(world.directory + "/ran").compactMap { Int($0) }.sorted() == Array(1...40))
        }
    }

    @Test func `Ctrl-C detaches a map, which goes on in the session`() async throws {
        try await SessionWorld.with { world in
            _ = try await world.run("hayate session start -n 2")
            let run = try world.type(
                "exec hayate map --session default --name m --shell 'while [ ! -e go ]; do sleep 0.05; done; echo {}'"
                    + " ::: 1 2 3", screen: .terminal(columns: 80))
            defer { run.abandon() }
            try await eventually("it shows progress") { run.output.contains("0 of 3") }
            run.pressControlC()
            let end = try await run.finish()
            #expect(end.code == 130)
            #expect(end.output.contains("the sweep goes on in session default: hayate wait m"), "\(end.output)")
            _ = try await world.run("touch go")
            #expect(try await world.run("hayate wait m").output == "m: 3 of 3 succeeded\n")
            #expect(try await world.run("hayate results m").output == "1\n2\n3\n")
        }
    }

    @Test func `a session that cannot start says why at once`() async throws {
        try await withDirectory { directory in
            let world = SessionWorld(directory: directory)
            mkdir(directory + "/run", 0o700)
            defer { for process in world.processes { kill(process.pid, SIGKILL) } }
            let start = try await world.run("hayate session start -n 0 --listen tls+tcp://192.0.2.1:9001")
            #expect(start.code != 0)
            #expect(start.error.contains("192.0.2.1"), "\(start.error)")
            #expect(world.processes.isEmpty)
        }
    }
}
