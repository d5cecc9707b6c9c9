import CSystem
import Foundation
import HayateCluster
import HayateCore
import HayateLaunch
import Testing

@Suite("A run of the registry is taken over")
struct RunTakeoverTests {
    private func someRun() -> AllocationRun {
        .ofThisProcess(site: "narval", clusterName: "main", cluster: ClusterProfile(.slurm), logDirectory: "/scratch/logs")
    }

    private func array(_ number: UInt32, _ elements: ClosedRange<Int>?, firstDaemon: Int = 0) -> HayateCluster.Submission {
        .init(number: number, name: "fit-\(number)", elements: elements, daemonsPerElement: 2, firstDaemon: firstDaemon)
    }

    @Test("whoever goes on after a host that was killed is the run's host from then on, and knows what it had")
    func killed() async throws {
        try await withTemporaryDirectory { directory in
            let registry = AllocationRegistry(path: directory + "/allocations")
            let id = try await Self.killHost(registry)
            let left = try registry.read(id)
            #expect(left.life == .gone && left.run.host.process != getpid())

            var (journal, recorded): (AllocationJournal?, RecordedRun) = try registry.resume(id)
            #expect(recorded == left)
            let taken = try registry.read(id)
            #expect(taken.life == .alive && taken.run.host.process == getpid() && taken.problems == [])
            #expect(taken.submissions == left.submissions && taken.run.id == id && taken.run.began == left.run.began)
            #expect(throws: RegistryError.self) { try registry.remove(id) }

            try journal?.planned(array(taken.nextSubmission, nil))
            journal = nil
            #expect(try registry.read(id).life == .gone)
            recorded = try registry.resume(id).recorded
            #expect(recorded.submissions.count == left.submissions.count + 1)
        }
    }

    @Test("a run whose host lives is refused, with its process")
    func alive() async throws {
        try await withTemporaryDirectory { directory in
            let registry = AllocationRegistry(path: directory + "/allocations")
            let run = someRun()
            let journal = try registry.begin(run)
            let failure = #expect(throws: RegistryError.self) { _ = try registry.resume(run.id) }
            #expect(failure?.message.contains("process \(getpid()) on \(run.host.machine): end that first") == true)
            #expect(try registry.read(run.id).life == .alive)
            withExtendedLifetime(journal) {}
        }
    }

    @Test("a run that its host had finished with open jobs is no more finished, and ends with the last of them")
    func finished() async throws {
        try await withTemporaryDirectory { directory in
            let registry = AllocationRegistry(path: directory + "/allocations")
            let run = someRun()
            let first = try registry.begin(run)
            try first.planned(array(1, nil))
            try first.accepted(1, JobID("7"))
            #expect(try !first.finish())
            #expect(try registry.contains(run.id))
            let (second, recorded) = try registry.resume(run.id)
            #expect(recorded.isFinished)
            #expect(try !registry.read(run.id).isFinished)
            try second.ended(AllocationKey(submission: 1, element: nil), JobEnd(.completed))
            #expect(try second.finish())
            #expect(try !registry.contains(run.id))
            #expect(throws: RegistryError.self) { _ = try registry.resume(run.id) }
        }
    }

    @Test("what a ledger needs is in it: ids, ends and ages, without what was refused, and numbers go on above")
    func past() async throws {
        try await withTemporaryDirectory { directory in
            let registry = AllocationRegistry(path: directory + "/allocations")
            let run = someRun()
            var journal: AllocationJournal? = try registry.begin(run)
            try journal?.planned(array(1, 1...3))
            try journal?.accepted(1, JobID("7"))
            try journal?.ended(AllocationKey(submission: 1, element: 2), JobEnd(.timeLimit))
            try journal?.planned(array(2, nil, firstDaemon: 6))
            try journal?.planned(array(5, nil, firstDaemon: 8))
            try journal?.refused(5, "no account")
            journal = nil
            let recorded = try registry.resume(run.id).recorded
            let now = Instant(nanoseconds: 1_000)
            let past = recorded.past(at: now, time: recorded.submissions[0].planned + 5)
            #expect(past.map(\.submission.number) == [1, 2])
            #expect(past.map(\.job) == [JobID("7"), nil])
            #expect(past[0].ends == [AllocationKey(submission: 1, element: 2): JobEnd(.timeLimit)])
            #expect(past[0].planned == now.advanced(by: -5_000_000_000))
            #expect(recorded.nextSubmission == 6 && recorded.nextDaemon == 10)
        }
    }

    /// - Returns: the run of a host that was killed while it wrote.
    private static func killHost(_ registry: AllocationRegistry) async throws -> String {
        var ends: [Int32] = [-1, -1]
        try #require(hayate_pipe(&ends) == 0)
        defer { close(ends[0]) }
        let (exits, continuation) = AsyncStream.makeStream(of: ProcessExit.self)
        let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
            .deletingLastPathComponent().appendingPathComponent("hayate-test-journal").path
        let host = try LocalProcess.spawn(
            executable: program, arguments: [registry.path], standardOutput: ends[1]
        ) { exit in
            continuation.yield(exit)
            continuation.finish()
        }
        close(ends[1])
        // The run, and the first submissions.
        var said: [UInt8] = []
        while said.count(where: { $0 == UInt8(ascii: "\n") }) < 4 {
            var byte: UInt8 = 0
            guard Glibc.read(ends[0], &byte, 1) == 1 else { break }
            said.append(byte)
        }
        host.send(signal: SIGKILL)
        for await _ in exits {}
        return String(decoding: said.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }
}
