import Foundation
import HayateView
import Synchronization
import Testing

@testable import Hayate
@testable import HayateCLI

/// A process of a session that is none.
private final class FakeHost: StartedHost {
    let process: Int32 = 4711
    let ending: ProcessExit?
    let said: String

    init(ending: ProcessExit? = nil, said: String = "") {
        self.ending = ending
        self.said = said
    }
}

@Suite struct SessionCommandTests {
    /// What is launched answers as this session.
    private func startable(
        _ directory: String, _ session: FakeSession, launches: LaunchLog
    ) -> SessionAccess {
        var access = FakeSessions(directory: directory).access
        access.launch = { launch in
            launches.add(launch)
            return FakeHost()
        }
        access.connect = { _ in
            guard !launches.all.isEmpty else { throw HayateError(.noSession, "nobody answers") }
            return session
        }
        return access
    }

    private final class LaunchLog: Sendable {
        private let launches = Mutex<[SessionLaunch]>([])
        var all: [SessionLaunch] { launches.withLock { $0 } }
        func add(_ launch: SessionLaunch) { launches.withLock { $0.append(launch) } }
    }

    @Test("start keeps its options for the next time, for the owner's eyes, and says how the session is")
    func start() async throws {
        try await withTemporaryDirectory { base in
            let session = FakeSession(name: "x")
            let launches = LaunchLog()
            let access = startable(base, session, launches: launches)
            let result = try await hayate(
                ["session", "start", "--name", "x", "-n", "2", "--lease", "10m", "--keep=5d"], sessions: access)
            #expect(result.code == 0, "\(result.error)")
            #expect(result.output == "session x is started: process 4711, 2 daemons\n")
            let here = FileManager.default.currentDirectoryPath
            #expect(
                launches.all == [SessionLaunch(name: "x", path: base + "/x", directory: here, acceptsGaps: false)])
            let settings = try #require(try SessionSettings.read(base + "/x"))
            #expect(settings.options == ["--daemons=2", "--lease=10m", "--keep=5d"])
            #expect(try settings.parsed().words == settings.options)
            #expect(settings.directory == here)
            let mode = try FileManager.default.attributesOfItem(atPath: base + "/x/settings.json")[.posixPermissions]
            #expect(mode as? Int == 0o600)
            let directory = try FileManager.default.attributesOfItem(atPath: base + "/x")[.posixPermissions]
            #expect(directory as? Int == 0o700)
        }
    }

    @Test("start without options has those of the last time; new ones replace them, and that is said")
    func startAgain() async throws {
        try await withTemporaryDirectory { base in
            let session = FakeSession()
            session.change { state in
                state.submissions["m"] = FakeSession.Submission(
                    options: SubmissionOptions(),
                    elements: [FakeSession.Element(task: SessionTask(type: "", body: [], label: ""))])
                state.order = ["m"]
            }
            let launches = LaunchLog()
            let access = startable(base, session, launches: launches)
            _ = try await hayate(["session", "start", "-n", "2"], sessions: access)
            let again = try await hayate(["session", "start"], sessions: access)
            #expect(again.code == 0 && again.error == "", "\(again.error)")
            #expect(again.output == "session default is started: process 4711, 2 daemons, 1 task restored\n")
            #expect(try SessionSettings.read(base + "/default")?.options == ["--daemons=2"])
            let other = try await hayate(["session", "start", "-n", "3"], sessions: access)
            #expect(other.error.contains("these options replace those that session default had: --daemons=2"))
            #expect(try SessionSettings.read(base + "/default")?.options == ["--daemons=3"])
            #expect(launches.all.count == 3)
        }
    }

    @Test("Starting a session that runs starts nothing, and says which options are ignored")
    func startRunning() async throws {
        try await withTemporaryDirectory { base in
            let session = FakeSession()
            var access = FakeSessions(directory: base, running: ["default": session]).access
            access.launch = { _ in throw HayateError(.launchFailed, "it must not be started") }
            let options = try SessionOptions.parse(["-n", "2"])
            try SessionSettings(options, directory: base).write(base + "/default")
            let same = try await hayate(["session", "start", "-n", "2"], sessions: access)
            #expect(same.code == 0 && same.error == "", "\(same.error)")
            #expect(same.output == "session default runs already: process 4711, 2 daemons\n")
            let other = try await hayate(["session", "start", "-n", "4"], sessions: access)
            #expect(other.code == 0)
            #expect(other.error.contains("runs with --daemons=2, so these options are ignored"), "\(other.error)")
        }
    }

    @Test("A session whose process ends at once is not started: its sentence is told, with an exit code")
    func startFails() async throws {
        try await withTemporaryDirectory { base in
            var access = FakeSessions(directory: base).access
            access.launch = { _ in
                FakeHost(
                    ending: .exited(code: 2),
                    said: "2026-01-01T00:00:00.000Z hayate: a warning\nhayate: the journal is damaged: look here\n")
            }
            let result = try await hayate(["session", "start", "-n", "1"], sessions: access)
            #expect(result.code == 2 && result.output == "")
            #expect(result.error == "hayate: the journal is damaged: look here\n")
            access.launch = { _ in FakeHost(ending: .signalled(number: 9, coreDumped: false)) }
            let killed = try await hayate(["session", "start"], sessions: access)
            #expect(killed.error.contains("session default did not start: its process ended with"), "\(killed.error)")
            #expect(killed.error.contains("/default/log"))
        }
    }

    @Test("Options survive being kept: parsed again they are the same")
    func words() throws {
        let words = [
            "--daemons=0..16", "--lease=2h", "--share-daemons", "--profile=narval/gpu",
            "--walltime=12h", "--gpus=a100:2",
            "--set=network.ports=9000-9100", "--set=runtime.a=b", "--accept-new", "--ssh-config=/c",
            "--identity=-odd", "--listen=tls+tcp://10.1.0.7:9001", "--pool-key=/k",
        ]
        #expect(try SessionOptions.parse(words).words == words)
        let remote = ["--daemons=2", "--ssh=a", "--ssh=me@b:2222", "--tunnel", "--tunnel-port=9000,9001"]
        let other = ["-n", "2", "--ssh", "a,me@b:2222", "--tunnel", "--tunnel-port", "9000-9001"]
        #expect(try SessionOptions.parse(other).words == remote)
    }

    @Test("Without a session the sentence says how to start one, or which are there")
    func noSession() async throws {
        let none = FakeSessions(directory: "/nonexistent").access
        let result = try await hayate(["wait"], sessions: none)
        #expect(result.code == 2)
        #expect(result.error == "hayate: no session default runs; start one with hayate session start\n")
        var sessions = FakeSessions(
            directory: "/nonexistent",
            running: ["stars": FakeSession(name: "stars"), "moons": FakeSession(name: "moons")],
            stopped: ["old"], elsewhere: ["far"])
        let cases = [
            ("star", "no session star runs (did you mean stars?)"), ("old", "hayate session start --name old goes on"),
            ("far", "session far runs on there"),
            ("zzzzzzzz", "one of those that run: "),
        ]
        for (name, text) in cases {
            let result = try await hayate(["wait", "--session", name], sessions: sessions.access)
            #expect(result.code == 2 && result.error.contains(text), "\(result.error)")
        }
        sessions.running["moons"] = nil
        let only = try await hayate(["wait"], sessions: sessions.access)
        #expect(only.code == 0, "the only one that runs is meant")
        var chosen = sessions.access
        chosen.chosen = { "old" }
        #expect(try await hayate(["wait"], sessions: chosen).error.contains("session old does not run"))
    }

    @Test("list has all sessions with what they have to do")
    func list() async throws {
        let session = FakeSession(name: "stars")
        let sessions = FakeSessions(directory: "/x", running: ["stars": session], stopped: ["old"]).access
        _ = try await hayate(
            ["submit", "--session", "stars", "--name", "m", "c", ":::", "a", "b"], sessions: sessions)
        session.end("m", 0, .failure(1))
        let result = try await hayate(["session", "list"], sessions: sessions)
        #expect(
            result.output == """
                SESSION  STATE    DAEMONS  WAITING  RUNNING  FAILED  AGE         HOST
                old      stopped  -        -        -        -       -           -
                stars    running  2        1        0        1       1 min 40 s  there

                """)
        let json = try await hayate(["session", "list", "--output", "json"], sessions: sessions)
        let row = #"{"age":100,"daemons":2,"failed":1,"host":"there","name":"stars","process":4711"#
        #expect(json.output.contains(row), "\(json.output)")
    }

    @Test("status --output json is the snapshot")
    func status() async throws {
        let sessions = FakeSessions(directory: "/x", running: ["default": FakeSession()]).access
        let json = try await hayate(["session", "status", "--output", "json"], sessions: sessions)
        let snapshot = try JSONDecoder().decode(SessionSnapshot.self, from: Data(json.output.utf8))
        #expect(snapshot.session.process == 4711 && snapshot.pools.count == 1)
        let text = try await hayate(["session", "status"], sessions: sessions)
        #expect(text.code == 0 && text.output.contains("default"), "\(text.output)")
    }

    @Test("stop waits until the session has ended")
    func stop() async throws {
        let session = FakeSession()
        let sessions = FakeSessions(directory: "/x", running: ["default": session]).access
        let result = try await hayate(["session", "stop"], sessions: sessions)
        #expect(result.code == 0 && result.output == "session default is stopped\n", "\(result.error)")
        #expect(session.look(\.hasStopped))
    }

    @Test("remove says what is lost, and deletes results only when told so")
    func remove() async throws {
        try await withTemporaryDirectory { base in
            try FileManager.default.createDirectory(atPath: base + "/old", withIntermediateDirectories: true)
            var access = FakeSessions(
                directory: base, running: ["default": FakeSession()], stopped: ["old"]).access
            access.contents = { _ in
                var stored = StoredSession()
                (stored.submissions, stored.unfinished, stored.outcomes, stored.bytes) = (2, 1, 1200, 4_200_000)
                return stored
            }
            let running = try await hayate(["session", "remove", "default"], sessions: access)
            #expect(running.code == 2 && running.error.contains("stop it first: hayate session stop"))
            let asked = try await hayate(["session", "remove", "old"], sessions: access)
            #expect(asked.code == 2)
            #expect(
                asked.error.contains("has 1,200 results and 1 unfinished task of 2 submissions, 4.2 MB; give --yes"))
            #expect(FileManager.default.fileExists(atPath: base + "/old"))
            let told = try await hayate(["session", "remove", "--yes", "old"], sessions: access)
            #expect(told.code == 0, "\(told.error)")
            #expect(!FileManager.default.fileExists(atPath: base + "/old"))
            let typo = try await hayate(["session", "remove", "odl"], sessions: access)
            #expect(typo.error.contains("there is no session odl (did you mean old?)"))
        }
    }

    @Test("What a session's process wrote is there also when it has ended")
    func sessionLog() async throws {
        try await withTemporaryDirectory { base in
            try FileManager.default.createDirectory(atPath: base + "/old", withIntermediateDirectories: true)
            try "first\nsecond\nno end".write(toFile: base + "/old/log", atomically: false, encoding: .utf8)
            let access = FakeSessions(directory: base, stopped: ["old"]).access
            let result = try await hayate(["logs", "--session-log", "--session", "old"], sessions: access)
            #expect(result.code == 0 && result.output == "first\nsecond\nno end\n", "\(result.error)")
            let none = try await hayate(["logs", "--session-log", "--session", "new"], sessions: access)
            #expect(none.error == "hayate: session new was never started; start it with hayate session start\n")
        }
    }

    @Test("Whoever attaches is told what begins, ends and fails from then on, once")
    func news() {
        var news = SessionNews()
        var snapshot = SessionSnapshot(
            session: SessionFacts(name: "x", host: "h", process: 1, started: 0, created: 0, epoch: 1, now: 0))
        snapshot.submissions = [
            SubmissionView(name: "old", created: 0, total: 1, returned: 1),
            SubmissionView(name: "a", created: 0, label: "fit {}", total: 2, waiting: 2),
        ]
        snapshot.failures = [FailureView(task: "old/0", code: "taskFailed", message: "long ago")]
        #expect(news.look(at: snapshot).map(\.text) == ["a has begun: fit {}\n"])
        #expect(news.look(at: snapshot).isEmpty)
        snapshot.submissions[1].waiting = 0
        snapshot.submissions[1].returned = 1
        snapshot.submissions[1].failed = 1
        snapshot.failures.insert(
            FailureView(
                task: "a/1", label: "fit\u{1B}[2J 7", time: 1, code: "taskFailed", message: "exit 3",
                lastWords: "one\ntwo\n"), at: 0)
        snapshot.session.stalled = "no daemon is there"
        #expect(
            news.look(at: snapshot).map(\.text) == [
                "a: 1 of 2 succeeded, 1 failed\n", "a/1 (fit?[2J 7): exit 3\n    | one\n    | two\n",
                "nothing moves: no daemon is there\n",
            ])
        snapshot.session.stalled = nil
        #expect(news.look(at: snapshot).map(\.text) == ["it moves again\n"])
    }

    @Test("Commands run where they are submitted, but for daemons on other machines", arguments: [
        (["-n", "1"], true), (["--ssh", "a"], false), (["--listen", "tls+tcp://a:1", "-n", "0"], false),
    ])
    func directories(_ options: [String], _ isHere: Bool) async throws {
        try await withTemporaryDirectory { base in
            let session = FakeSession()
            let access = FakeSessions(directory: base, running: ["default": session]).access
            try SessionSettings(SessionOptions.parse(options), directory: base).write(base + "/default")
            _ = try await hayate(["submit", "--name", "m", "c", ":::", "1"], sessions: access)
            let here = FileManager.default.currentDirectoryPath
            #expect(session.commands("m").map(\.directory) == [isHere ? here : nil])
            _ = try await hayate(["submit", "--name", "n", "--directory", "sub", "c", ":::", "1"], sessions: access)
            #expect(session.commands("n").map(\.directory) == [here + "/sub"])
        }
    }
}
