import Foundation
import HayateView
import Testing

@testable import Hayate
@testable import HayateCLI

/// `hayate top`, `hayate trace` and `hayate dashboard`, as far as they need no terminal and no browser.
@Suite struct ViewCommandTests {
    private func access(_ session: FakeSession) -> SessionAccess {
        var access = SessionAccess()
        access.chosen = { "default" }
        access.connect = { _ in session }
        access.all = { [] }
        return access
    }

    private func withSubmission(_ body: (FakeSession) async throws -> Void) async throws {
        let session = FakeSession.echo()
        let access = access(session)
        let submitted = try await hayate(
            ["submit", "--name", "fits", "echo", "a\u{1B}[2Jb", ":::", "1", "2"], sessions: access)
        #expect(submitted.code == 0, "\(submitted.error)")
        session.change {
            $0.spans = [
                SpanView(task: "fits/0", label: "echo 1", daemon: "n:1", began: 10, ended: 20, status: "value"),
                SpanView(task: "fits/1", label: "echo 2", daemon: "n:1", began: 990, ended: nil, status: "running"),
            ]
        }
        try await body(session)
    }

    @Test("where no terminal is, top writes everything once, and nothing that a terminal would obey",
        arguments: [["top"], ["top", "--once"], ["session", "status"]])
    func once(_ words: [String]) async throws {
        try await withSubmission { session in
            let result = try await hayate(words, sessions: access(session))
            #expect(result.code == 0, "\(result.error)")
            #expect(result.output.contains("SUBMISSION") && result.output.contains("fits"))
            #expect(result.output.contains("2 of 2") && !result.output.contains("\u{1B}"))
        }
    }

    @Test("top gives programs the snapshot")
    func json() async throws {
        try await withSubmission { session in
            let result = try await hayate(["top", "--output", "json"], sessions: access(session))
            let snapshot = try JSONDecoder().decode(SessionSnapshot.self, from: Data(result.output.utf8))
            #expect(snapshot.submissions.map(\.name) == ["fits"])
        }
    }

    @Test("a trace is a whole file or none")
    func trace() async throws {
        struct Trace: Decodable {
            struct Event: Decodable { var name: String; var ph: String }
            var traceEvents: [Event]
            var names: [String] { traceEvents.filter { $0.ph == "X" }.map(\.name) }
        }
        func parsed(_ text: String) throws -> Trace { try JSONDecoder().decode(Trace.self, from: Data(text.utf8)) }
        try await withSubmission { session in
            let written = try await hayate(["trace", "-"], sessions: access(session))
            #expect(try parsed(written.output).names == ["echo 1", "echo 2"])
            let recent = try await hayate(["trace", "--since", "1m", "-"], sessions: access(session))
            #expect(try parsed(recent.output).names == ["echo 2"])
            try await withTemporaryDirectory { directory in
                let path = directory + "/fits.json"
                #expect(try await hayate(["trace", path], sessions: access(session)).code == 0)
                #expect(try parsed(read(path)).names.count == 2)
                #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["fits.json"])
                let failed = try await hayate(["trace", directory + "/none/x.json"], sessions: access(session))
                #expect(failed.code == 2 && failed.error.contains("none/x.json"))
            }
        }
    }

    @Test("without a session they say how to get one", arguments: [["top"], ["trace", "-"], ["dashboard"]])
    func noSession(_ words: [String]) async throws {
        var access = SessionAccess()
        access.chosen = { nil }
        access.connect = { _ in throw HayateError(.noSession, "nobody answers") }
        access.all = { [] }
        let result = try await hayate(words, sessions: access)
        #expect(result.code == 2 && result.error.contains("hayate session start"))
    }

    @Test("wrong options are named", arguments: [
        (["top", "--interval", "soon"], "not a length of time"), (["trace"], "file"),
        (["dashboard", "--port", "99999"], "port"),
    ])
    func wrong(_ words: [String], _ message: String) async throws {
        let result = try await hayate(words)
        #expect(result.code == 2 && result.error.lowercased().contains(message), "\(result.error)")
    }

    @Test("whether a terminal has more letters than ASCII is in the locale", arguments: [
        (["LANG": "de_DE.UTF-8"], true), (["LANG": "C.utf8"], true), (["LANG": "C.UTF-8", "LC_ALL": "C"], false),
        ([:], false), (["LC_ALL": "", "LC_CTYPE": "en_US.UTF-8", "LANG": "C"], true),
    ])
    func locale(_ variables: [String: String], _ isUnicode: Bool) {
        #expect(TopCommand.hasUnicode(variables) == isUnicode)
    }

    @Test("the help is as it was, and narrow enough")
    func help() async throws {
        for (command, text) in [
            ("top", GoldenHelp.top), ("trace", GoldenHelp.trace), ("dashboard", GoldenHelp.dashboard),
        ] {
            #expect(try await hayate(["help", command]).output == text)
            for line in text.split(separator: "\n") { #expect(line.count <= 90, "\(line)") }
        }
    }
}
