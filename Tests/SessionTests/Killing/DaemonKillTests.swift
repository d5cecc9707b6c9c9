import Glibc
import Hayate
import HayateCore
import HayateTestTasks
import Testing

/// X2, X3 and X6 of docs/guarantees.md: daemons are killed, hosts are stopped, or never come back.
@Suite("Killed daemons and stopped hosts", .serialized, .timeLimit(.minutes(30)))
struct DaemonKillTests {
    @Test("X2: kill -9 of daemons, again and again, costs no task and gives none a second outcome")
    func daemonsKilled() async throws {
        let kills = Scale.number("HAYATE_DAEMON_KILLS", 40)
        var seed = UInt64(Scale.number("HAYATE_KILL_SEED", Int.random(in: 1...1_000_000_000)))
        print("X2: seed \(seed)")
        let session = try TestSession(daemons: 4)
        try await session.start()
        let client = try await session.connect()
        defer { client.close() }
        var options = SubmissionOptions()
        options.name = "work"
        _ = try await client.begin(options)
        let file = session("starts")
        var submitted = 0
        /// Enough that there is always work.
        func submitMore() async throws {
            var pieces: [SessionTask] = []
            for element in submitted..<submitted + 200 {
                var task = try SessionTask.task(AppendLine(file, "\(element)", pauseMilliseconds: 5))
                task.retry.losses = 255
                pieces.append(task)
            }
            try await client.add(pieces, to: "work", first: UInt32(submitted))
            submitted += 200
        }
        var killed = 0
        var delays: [Duration] = []
        while killed < kills {
            if try await client.snapshot().submissions[0].waiting < 200 { try await submitMore() }
            let processes = session.daemonProcesses
            guard !processes.isEmpty else { continue }
            let victim = processes[Int(SplitMix64.mix(seed) % UInt64(processes.count))]
            seed &+= 1
            let began = ContinuousClock.now
            kill(victim, SIGKILL)
            killed += 1
            // Another is there in its place, and works.
            try await eventually("another daemon") {
                let daemons = try await client.snapshot().daemons
                let working = daemons.filter { $0.state == "busy" || $0.state == "idle" }
                return working.count == 4 && !working.contains { $0.name.hasSuffix(":\(victim)") }
            }
            delays.append(ContinuousClock.now - began)
        }
        _ = try await client.complete("work")
        var elements: Set<UInt32> = []
        var numbers: Set<Int64> = []
        for try await outcomes in client.outcomes(of: "work") {
            for outcome in outcomes {
                #expect(elements.insert(outcome.task.element).inserted)
                #expect(numbers.insert(outcome.number).inserted)
                #expect(try outcome.value(as: String.self) == "\(outcome.task.element)")
            }
        }
        #expect(elements.count == submitted)
        let starts = SignalFile.lines(file).count
        #expect(starts >= submitted)
        try await session.stop()
        delays.sort()
        printRow(
            "X2", "kill -9 of a daemon",
            "\(kills) kills under \(submitted) tasks: 0 lost, 0 second outcomes, \(starts - submitted) ended twice; "
                + "another daemon takes tasks after \(delays[delays.count / 2].milliseconds) ms (median)")
    }

    @Test("X3: daemons of a host that never comes back leave when their lease is over")
    func hostNeverComesBack() async throws {
        let rounds = Scale.number("HAYATE_LEASE_ROUNDS", 3)
        var longest = Duration.zero
        for _ in 0..<rounds {
            let session = try TestSession(daemons: 3, lease: .seconds(2))
            try await session.start()
            let client = try await session.connect()
            var options = SubmissionOptions()
            options.name = "work"
            _ = try await client.begin(options)
            let tasks = try (0..<3).map { try SessionTask.task(Gate(session("gate\($0)"))) }
            try await client.add(tasks, to: "work", first: 0)
            for element in 0..<3 {
                try await eventually("task \(element) runs") { SignalFile.exists(session("gate\(element).started")) }
            }
            client.close()
            let began = ContinuousClock.now
            try await session.kill()
            try await eventually("all daemons leave") { session.daemonProcesses.isEmpty }
            longest = max(longest, ContinuousClock.now - began)
        }
        printRow(
            "X3", "kill -9 of the host, and nobody starts another",
            "\(rounds) times 3 daemons that are busy, lease 2 s: all gone after at most \(longest.milliseconds) ms, "
                + "0 processes left")
    }

    @Test("X6: a host that is stopped and goes on has lost nobody")
    func hostStopped() async throws {
        let seconds = Scale.number("HAYATE_STOP_SECONDS", 30)
        let session = try TestSession(daemons: 2)
        try await session.start()
        let client = try await session.connect()
        defer { client.close() }
        var options = SubmissionOptions()
        options.name = "work"
        _ = try await client.begin(options)
        let file = session("starts")
        let tasks = try (0..<20).map { element in
            try SessionTask.task(AppendLine(file, "\(element)", pauseMilliseconds: 2_000 * seconds / 30))
        }
        try await client.add(tasks, to: "work", first: 0)
        _ = try await client.complete("work")
        try await eventually("something runs") { try await client.snapshot().submissions[0].running > 0 }
        let before = try await client.snapshot()
        session.host?.send(signal: SIGSTOP)
        try await Task.sleep(for: .seconds(seconds))
        session.host?.send(signal: SIGCONT)
        var count = 0
        for try await outcomes in client.outcomes(of: "work") { count += outcomes.count }
        let after = try await client.snapshot()
        #expect(count == 20)
        #expect(SignalFile.lines(file).count == 20)
        #expect(after.pools[0].lost == 0)
        #expect(Set(after.daemons.map(\.name)) == Set(before.daemons.map(\.name)))
        try await session.stop()
        printRow("X6", "SIGSTOP of the host for \(seconds) s", "0 daemons lost, 20 tasks in 20 starts")
    }
}
