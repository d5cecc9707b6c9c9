import Glibc
import Hayate
import HayateCore
import HayateTestTasks
import Testing

/// X4 and X5 of docs/guarantees.md: tasks that die in every way, and daemons that are stopped.
@Suite("Dying tasks and stopped daemons", .serialized, .timeLimit(.minutes(10)))
struct TaskDeathTests {
    @Test("X4: a command that is killed, runs out of memory, dumps core or exits has an outcome that says so")
    func commandsDie() async throws {
        let times = Scale.number("HAYATE_DEATHS", 100)
        let limited = Command("awk", #"BEGIN { s = "a"; while (1) s = s s }"#)
            .limits { $0.addressSpaceBytes = 200 << 20 }
        let deaths: [(command: Command, end: (CommandResult) -> Bool)] = [
            (Command("sh", "-c", "kill -9 $$"), { $0.exit == .signalled(number: 9, coreDumped: false) }),
            (Command("sh", "-c", "sleep 100 & kill -9 0"), { $0.exit == .signalled(number: 9, coreDumped: false) }),
            (Command("sh", "-c", "kill -SEGV $$"), { if case .signalled(11, _) = $0.exit { true } else { false } }),
            (Command("sh", "-c", "exit 7"), { $0.exit == .exited(code: 7) }),
            (limited, { !$0.succeeded }),
        ]
        try await withDaemons(.local(2, executable: Program.testDaemon)) { pool in
            try await pool.ready(2)
            let before = Set(pool.localProcesses)
            for (command, isRight) in deaths {
                let results = try await pool.map(Array(repeating: command, count: times)).collect()
                #expect(results.count == times)
                // Counted, since what they wrote is nothing to print.
                #expect(results.count(where: isRight) == times, "\(command.arguments)")
                // Whoever did not end by a code of its own is explained.
                if case .exited = results[0].exit {} else { #expect(results.count { $0.hint != nil } == times) }
            }
            #expect(Set(pool.localProcesses) == before)
            #expect(pool.status.counts.lost == 0)
        }
        printRow(
            "X4", "commands that are killed, with their group, out of memory, by SIGSEGV, or exit",
            "5 x \(times): each an outcome with exit code or signal; 0 daemons lost")
    }

    @Test("X5: the task of a daemon that is stopped runs elsewhere, and its late answer is dropped")
    func daemonsStopped() async throws {
        let rounds = Scale.number("HAYATE_STOPS", 5)
        let session = try TestSession()
        let daemons = Daemons.listening(at: "ipc://" + session("pool.sock")).with { daemons in
            daemons.heartbeat = .milliseconds(100)
            daemons.limits.suspectAfter = .milliseconds(400)
            daemons.limits.lostAfter = .seconds(1)
        }
        var longest = Duration.zero
        try await withDaemons(daemons) { pool in
            let children = try (0..<2).map { _ in try DaemonProcess(pool.url) }
            try await pool.ready(2)
            for round in 0..<rounds {
                let mirai = pool.mirai(Gate(session("gate\(round)"), onlyFirstAttempt: true))
                try await eventually("the task runs") { SignalFile.exists(session("gate\(round).started")) }
                let frozen = try #require(SignalFile.lines(session("gate\(round).started")).first.flatMap { Int32($0) })
                let began = ContinuousClock.now
                kill(frozen, SIGSTOP)
                let place = try await mirai.value
                longest = max(longest, ContinuousClock.now - began)
                #expect(place.attempt == 2)
                #expect(place.process != frozen)
                try SignalFile.write(session("gate\(round).release"))
                kill(frozen, SIGCONT)
                try await eventually("it is back as a new daemon") {
                    pool.status.counts.joined == UInt64(3 + round) && pool.status.daemons.count { $0.state == .idle } == 2
                }
                #expect(try await mirai.value == place)
                #expect(pool.status.counts.resolved == UInt64(round + 1))
            }
            withExtendedLifetime(children) {}
        }
        printRow(
            "X5", "SIGSTOP of a daemon (suspect 0.4 s, lost 1 s), then SIGCONT",
            "\(rounds) times: the task ends elsewhere after at most \(longest.milliseconds) ms, 0 late answers counted")
    }
}
