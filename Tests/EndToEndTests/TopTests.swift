import Foundation
import Testing

extension EndToEnd {
    /// `hayate top` at a terminal, with a session of its own.
    @Suite struct TopTests {}
}

extension EndToEnd.TopTests {
    private static let enter = "\u{1B}[?1049h\u{1B}[?25l"
    private static let leave = "\u{1B}[?25h\u{1B}[?1049l"

    /// Types a line that starts a session with one task that lasts, runs `hayate top`, and stops the session.
    private func top(
        _ directory: String, screen: ShellRun.Screen = .terminal(columns: 100), before: String = "",
        after: String = ""
    ) throws -> ShellRun {
        try ShellRun(
            """
            hayate session start -n 1 >started 2>&1 || { cat started; exit 9; }
            hayate submit --name fits sleep ::: 1000 >submitted 2>&1 || cat submitted
            stty -a <&2 >before
            \(before)
            hayate top --interval 200ms; echo "top: $?"
            \(after)
            stty -a <&2 >after
            hayate session stop >stopped 2>&1 || cat stopped
            """, in: directory,
            environment: ["HAYATE_STATE": directory + "/state", "HAYATE_SESSION": "", "LC_ALL": "C.UTF-8"],
            screen: screen)
    }

    /// The terminal is as it was, and nothing is written to the other screen after its end.
    private func checkTerminal(_ end: Finished, _ directory: String) throws {
        let before = try String(contentsOfFile: directory + "/before", encoding: .utf8)
        #expect(!before.isEmpty)
        #expect(try before == String(contentsOfFile: directory + "/after", encoding: .utf8))
        let parts = end.output.components(separatedBy: Self.leave)
        #expect(parts.count == end.output.components(separatedBy: Self.enter).count)
        #expect(parts.last?.contains("\u{1B}[?2026h") == false)
    }

    @Test func `keys look, cancel and leave`() async throws {
        try await withDirectory { directory in
            let run = try top(directory, after: "hayate wait fits")
            try await eventually("the submission is seen") { run.output.contains("fits") }
            // Closer and back; what is asked for is cancelled.
            run.type("\r")
            run.type("\u{1B}")
            run.type("2c")
            try await eventually("it asks") { run.output.contains("ancel fits?") }
            run.type("y")
            try await eventually("it is cancelled") { run.output.contains("1 task cancelled") }
            run.type("q")
            let end = try await run.finish()
            #expect(end.output.contains("top: 0"))
            #expect(end.output.contains("1 cancelled"), "\(end.output.suffix(400))")
            try checkTerminal(end, directory)
        }
    }

    @Test func `Ctrl-C gives the terminal back`() async throws {
        try await withDirectory { directory in
            let run = try top(directory, after: "hayate cancel fits")
            try await eventually("the submission is seen") { run.output.contains("fits") }
            let program = try #require(run.processes.first { $0.arguments.contains("top") && $0.name == "hayate" })
            kill(program.pid, SIGINT)
            let end = try await run.finish()
            #expect(end.output.contains("top: 130"))
            try checkTerminal(end, directory)
        }
    }

    @Test func `while it is stopped the terminal is the shell's`() async throws {
        try await withDirectory { directory in
            // With job control, so that the shell goes on when its foreground job stops.
            let run = try top(
                directory, before: "set -m", after: "stty -a <&2 >middle; fg; echo again: $?; hayate cancel fits")
            try await eventually("the submission is seen") { run.output.contains("fits") }
            run.type("\u{1A}")
            try await eventually("it draws again") { run.output.components(separatedBy: Self.enter).count == 3 }
            let middle = try String(contentsOfFile: directory + "/middle", encoding: .utf8)
            #expect(try middle == String(contentsOfFile: directory + "/before", encoding: .utf8))
            run.type("q")
            let end = try await run.finish()
            #expect(end.output.contains("again: 0"))
            try checkTerminal(end, directory)
        }
    }

    @Test func `in a pipe it writes everything once`() async throws {
        try await withDirectory { directory in
            let end = try await top(directory, screen: .none, after: "hayate cancel fits").finish()
            #expect(end.output.contains("SUBMISSION") && end.output.contains("fits"))
            #expect(!end.output.contains("\u{1B}"))
        }
    }

    @Test func `the page of a session is served until Ctrl-C, and the trace has what ran`() async throws {
        try await withDirectory { directory in
            let run = try ShellRun(
                """
                hayate session start -n 1 >started 2>&1 || { cat started; exit 9; }
                hayate map --session default echo ::: a b >mapped 2>&1 || cat mapped
                hayate trace trace.json; echo "trace: $?"
                hayate dashboard; echo "dashboard: $?"
                hayate session stop >stopped 2>&1 || cat stopped
                """, in: directory,
                environment: ["HAYATE_STATE": directory + "/state", "HAYATE_SESSION": ""])
            try await eventually("the address is there") { run.output.contains("#token=") }
            let words = run.output.split(whereSeparator: \.isWhitespace)
            let address = try #require(words.first { $0.hasPrefix("http://127.0.0.1:") })
            let parts = address.components(separatedBy: "#token=")
            let answer = try await ShellRun(
                """
                key=$(python3 - '\(parts[0])' '\(parts[1])' <<'E'
                import sys, urllib.request
                place, token = sys.argv[1:]
                entered = urllib.request.urlopen(urllib.request.Request(place + "session", token.encode()))
                cookie = entered.headers["Set-Cookie"].split(";")[0]
                wanted = urllib.request.Request(
                    place + "snapshot.json", headers={"Cookie": cookie, "Hayate-Key": entered.read().decode()})
                print(urllib.request.urlopen(wanted).read().decode())
                E
                ); echo "$key"
                """).finish()
            #expect(answer.output.contains("\"submissions\"") && answer.output.contains("\"returned\":2"))
            let program = try #require(
                run.processes.first { $0.arguments.contains("dashboard") && $0.name == "hayate" })
            kill(program.pid, SIGINT)
            let end = try await run.finish()
            #expect(end.output.contains("trace: 0"), "\(end.output)\(end.error)")
            #expect(end.output.contains("dashboard: 130"), "\(end.output)\(end.error)")
            let trace = try String(contentsOfFile: directory + "/trace.json", encoding: .utf8)
            #expect(trace.components(separatedBy: "\"ph\":\"X\"").count == 3, "\(trace)")
        }
    }
}
