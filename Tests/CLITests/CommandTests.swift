import HayateDaemon
import Foundation
import Synchronization
import Testing

@testable import HayateCLI

@Suite struct CommandTests {
    @Test(arguments: [
        (["map"], "there is no command to run"), (["map", "-n", "2"], "there is no command to run"),
        (["map", "-n", "0", "c"], "-n must be between"), (["map", "-n", "x", "c"], "is invalid"),
        (["map", "echo {} | wc", ":::", "a"], "give --shell"), (["map", "--fresh", "c"], "--results"),
        (["map", "--timeout", "5y", "c"], "not a length of time"), (["nonsense"], "nonsense"),
        (["map", "--timout", "1", "c"], "no option --timout (did you mean --timeout?)"),
        (["run", "--x"], "no option --x"), (["run"], "there is no command"),
        (["map", "c", ":::+", "a"], "has no list before it"), (["daemon"], "url"), (["dispatcher"], "url"),
        (["map", "--grid", "x", "c"], "--grid 'x' cannot be used"),
        (["map", "--output", "xml", "c"], "xml"),
    ])
    func wrongUsage(_ arguments: [String], _ message: String) async throws {
        let result = try await hayate(arguments)
        #expect(result.code == 2)
        #expect(result.output == "")
        #expect(result.error.contains(message), "\(result.error)")
    }

    @Test func version() async throws {
        let result = try await hayate(["--version"])
        #expect(result.code == 0 && result.output == "0.1.0\n")
    }

    @Test func dryRun() async throws {
        let executor = FakeExecutor.echo
        let result = try await hayate(
            ["map", "--dry-run", "c", "{}", ":::", "a b", "c"], executor: executor)
        #expect(result.output == "c 'a b'\nc c\n")
        #expect(executor.requests.isEmpty)
    }

    @Test(arguments: [
        (ElementOutcome.success("out\n"), 0), (.failure(3, "bad"), 3),
        (ElementOutcome(status: .signalled(15)), 143), (ElementOutcome(status: .timedOut), 124),
        (ElementOutcome(status: .couldNotStart("no such program")), 125),
    ] as [(ElementOutcome, Int32)])
    func runEndsAsItsCommandDoes(_ outcome: ElementOutcome, _ code: Int32) async throws {
        let executor = FakeExecutor { _ in outcome }
        let result = try await hayate(["run", "--timeout", "2", "c", "-x", "--help"], executor: executor)
        #expect(result.code == code)
        #expect(executor.requests.first?.arguments == ["c", "-x", "--help"])
        #expect(result.output == (code == 0 ? "out\n" : ""))
        #expect(result.error.isEmpty == (code == 0), "\(result.error)")
    }

    @Test func daemonOptions() async throws {
        let seen = Mutex<DaemonOptions?>(nil)
        let result = try await hayate(
            ["daemon", "--autoexit", "after-task", "--idletime", "5m", "--maxtasks", "9", "--cleanup",
             "environment,files", "ipc:///x"],
            daemon: { options in
                seen.withLock { $0 = options }
                return 7
            })
        #expect(result.code == 7)
        var expected = DaemonOptions(url: "ipc:///x")
        expected.autoExit = .afterTask
        expected.idleTime = .seconds(300)
        expected.maximumTasks = 9
        expected.cleanUp = [.environment, .files]
        #expect(seen.withLock { $0 } == expected)
    }

    @Test func wrongCleanUpIsNamed() async throws {
        let result = try await hayate(["daemon", "--cleanup", "tidy", "ipc:///x"])
        #expect(result.code != 0)
        #expect(result.error.contains("tidy"))
    }

    @Test func dispatcherOptions() async throws {
        let seen = Mutex<DispatcherOptions?>(nil)
        let run: @Sendable (DispatcherOptions) async throws -> Int32 = { options in
            seen.withLock { $0 = options }
            return 0
        }
        let result = try await hayate(
            ["dispatcher", "-n", "3", "--lease", "5m", "--program", "/d", "ipc:///x"], dispatcher: run)
        #expect(result.code == 0)
        var expected = DispatcherOptions(host: "ipc:///x")
        expected.daemons = 3
        expected.lease = .seconds(300)
        expected.program = "/d"
        #expect(seen.withLock { $0 } == expected)
        _ = try await hayate(["dispatcher", "--listen", "ipc:///y", "ipc:///x"], dispatcher: run)
        #expect(seen.withLock { $0?.daemons } == 0, "those that connect are enough")
        _ = try await hayate(["dispatcher", "ipc:///x"], dispatcher: run)
        #expect(seen.withLock { $0?.daemons ?? 0 } > 0)
        for bad in [["-n", "-1"], ["-n", "0"]] {
            let result = try await hayate(["dispatcher"] + bad + ["ipc:///x"], dispatcher: run)
            #expect(result.code == 2)
            #expect(!result.error.isEmpty)
        }
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func completion(_ shell: String) async throws {
        let result = try await hayate(["completion", shell])
        #expect(result.code == 0 && result.output.contains("hayate"))
        #expect(result.output.contains("stop-on-failure"))
        let same = try await hayate(["--generate-completion-script", shell])
        #expect(same.output == result.output)
    }

    @Test(arguments: [
        ("30", Duration.seconds(30)), ("500ms", .milliseconds(500)), ("1.5h", .seconds(5400)),
        ("2d", .seconds(172_800)), ("5min", .seconds(300)), ("5m", .seconds(300)),
    ])
    func lengthsOfTime(_ text: String, _ expected: Duration) throws {
        #expect(try TimeLength.parse(text) == expected)
    }

    @Test(arguments: ["", "s", "-1", "0", "nan", "inf", "1y", "1e99", "0x10p5y", "5 m x"])
    func noLengthsOfTime(_ text: String) {
        #expect(throws: CommandLineError.badDuration(text)) { try TimeLength.parse(text) }
    }

    @Test func mapHelp() async throws {
        let help = try await hayate(["help", "map"])
        #expect(help.code == 0)
        #expect(help.output == GoldenHelp.map)
        #expect(try await hayate(["map", "--help"]).output == GoldenHelp.map)
        for command in ["allocations list", "allocations cancel", "allocations clean", "site doctor"] {
            let words = ["help"] + command.split(separator: " ").map(String.init)
            #expect(try await hayate(words).output.contains(GoldenHelp.login), "\(command)")
        }
        #expect(try await hayate(["--help"]).output == GoldenHelp.root)
        for line in (GoldenHelp.map + GoldenHelp.root).split(separator: "\n") {
            #expect(line.count <= 90, "\(line)")
        }
    }
}
