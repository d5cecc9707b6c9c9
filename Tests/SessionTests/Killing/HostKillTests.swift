import Glibc
import Hayate
import HayateCore
import HayateTestTasks
import Testing

/// X1 of docs/guarantees.md: the host of a session is killed at random moments, again and again.
@Suite("A killed host", .serialized, .timeLimit(.minutes(60)))
struct HostKillTests {
    @Test("X1: kill -9 of the host at any moment loses no accepted task and gives none a second outcome")
    func killedAtAnyMoment() async throws {
        let kills = Scale.number("HAYATE_HOST_KILLS", 12)
        let tasks = Scale.number("HAYATE_KILL_TASKS", 2_000)
        var seed = UInt64(Scale.number("HAYATE_KILL_SEED", Int.random(in: 1...1_000_000_000)))
        print("X1: seed \(seed)")
        let session = try TestSession(daemons: 2)
        var ready: [Duration] = [try await session.start()]
        var starts = 0
        for round in 0..<kills {
            let submission = "round-\(round)"
            let file = session("starts-\(round)")
            // Somewhere between the first element and a little after the last outcome.
            let moment = SplitMix64.mix(seed) % UInt64(100 + tasks / 4)
            seed &+= 1
            let killer = Task {
                try await Task.sleep(for: .milliseconds(Int64(moment)))
                try await session.kill()
                return try await session.start()
            }
            try await submit(tasks, to: submission, of: session, noting: file)
            ready.append(try await killer.value)
            let outcomes = try await allOutcomes(of: submission, tasks, of: session)
            // Each element once, with its own value.
            #expect(outcomes.count == tasks)
            #expect(Set(outcomes.map(\.number)).count == tasks)
            for (element, outcome) in outcomes.sorted(by: { $0.task.element < $1.task.element }).enumerated() {
                #expect(outcome.task.element == UInt32(element))
                #expect(try outcome.value(as: String.self) == "\(element)")
            }
            let lines = SignalFile.lines(file)
            #expect(Set(lines).count == tasks)
            starts += lines.count
        }
        ready.sort()
        try await session.stop()
        let all = kills * tasks
        printRow(
            "X1", "kill -9 of the session's host",
            "\(kills) kills, \(all) accepted tasks: 0 lost, 0 second outcomes, \(starts - all) started again; "
                + "ready after \(ready[ready.count / 2].milliseconds) ms (median)")
    }

    /// Submits in pieces; what a host that is gone has not confirmed is sent again.
    private func submit(_ count: Int, to submission: String, of session: TestSession, noting file: String) async throws {
        var confirmed = 0
        var options = SubmissionOptions()
        options.name = submission
        options.key = submission
        let deadline = ContinuousClock.now + .seconds(120)
        while true {
            guard ContinuousClock.now < deadline else { throw TestFailure("\(submission) is not accepted") }
            do {
                let client = try await session.connect()
                defer { client.close() }
                let known = try await client.begin(options)
                // What was confirmed is on disk.
                guard known.total >= confirmed else { throw TestFailure("\(known.total) of \(confirmed) are left") }
                while confirmed < count {
                    let end = min(confirmed + 200, count)
                    let pieces = try (confirmed..<end).map { try SessionTask.task(AppendLine(file, "\($0)")) }
                    try await client.add(pieces, to: submission, first: UInt32(confirmed))
                    confirmed = end
                }
                _ = try await client.complete(submission)
                return
            } catch let error as HayateError where error.code == .noSession {
                try await Task.sleep(for: .milliseconds(10))
            }
        }
    }

    private func allOutcomes(
        of submission: String, _ count: Int, of session: TestSession
    ) async throws -> [SessionOutcome] {
        let deadline = ContinuousClock.now + .seconds(120)
        while true {
            guard ContinuousClock.now < deadline else { throw TestFailure("\(submission) does not end") }
            do {
                let client = try await session.connect()
                defer { client.close() }
                var all: [SessionOutcome] = []
                for try await outcomes in client.outcomes(of: submission) { all += outcomes }
                return all
            } catch let error as HayateError where error.code == .noSession {
                try await Task.sleep(for: .milliseconds(10))
            }
        }
    }
}

extension Duration {
    var milliseconds: Int64 { nanoseconds / 1_000_000 }
}
