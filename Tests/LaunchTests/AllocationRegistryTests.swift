import Foundation
import HayateCluster
import HayateLaunch
import Testing

@Suite struct AllocationRegistryTests {
    private typealias Submission = HayateCluster.Submission

    private func withRegistry(_ body: (AllocationRegistry) async throws -> Void) async throws {
        try await withTemporaryDirectory { try await body(AllocationRegistry(path: $0 + "/state/allocations")) }
    }

    private func someRun(_ cluster: ClusterProfile = ClusterProfile(.slurm)) -> AllocationRun {
        .ofThisProcess(site: "narval", clusterName: "main", cluster: cluster, logDirectory: "/scratch/logs")
    }

    private func array(_ number: UInt32, _ elements: ClosedRange<Int>?) -> Submission {
        Submission(number: number, name: "fit-\(number)", elements: elements, daemonsPerElement: 2, firstDaemon: 4)
    }

    @Test("what a run writes is read again, with all that is needed to cancel its jobs")
    func writingAndReading() async throws {
        try await withRegistry { registry in
            var cluster = ClusterProfile(.gridEngine)
            cluster.access = .ssh(
                host: "login", user: "ada", port: 2222, proxyJump: ["a", "b"], identity: "/home/ada/.ssh/id")
            cluster.commands.cancel = ["/opt/sge/qdel", "-f"]
            cluster.commands.status = ["qstat"]
            cluster.commands.environment = ["SGE_ROOT": "/opt/a=b", "SGE_CELL": ""]
            cluster.commands.clusterFlag = "c1"
            cluster.commands.timeout = .seconds(7)
            cluster.submission.unset = ["SGE_*"]
            cluster.submission.cancelBatch = 3
            let run = someRun(cluster)
            let journal = try registry.begin(run)
            let events: [AllocationEvent] = [
                .planned(array(1, 1...4)), .accepted(1, JobID("12[].pbs")), .planned(array(2, nil)),
                .refused(2, "no \"account\"\n"), .planned(array(3, nil)),
            ]
            for event in events { try journal.write([event]) }
            let ends: [JobEnd.Reason] = [
                .completed, .exited(code: 3), .signalled(number: 9), .outOfMemory, .timeLimit, .preempted, .nodeFailed,
                .cancelled(by: nil), .cancelled(by: "root"), .notStarted, .unknown,
            ]
            try journal.planned(array(4, 0...20))
            try journal.write(
                ends.enumerated().map {
                    .ended(.init(submission: 4, element: $0), JobEnd($1, node: "n1", message: "äöü"))
                })
            try journal.cancelled(.init(submission: 4, element: nil))
            let read = try registry.read(run.id)
            #expect(read.run == run && read.life == .alive && !read.isFinished && read.problems == [])
            #expect(read.submissions.map(\.submission) == [
                array(1, 1...4), array(2, nil), array(3, nil), array(4, 0...20),
            ])
            #expect(read.submissions.map(\.answer) == [
                .accepted(JobID("12[].pbs")), .refused("no \"account\"\n"), .missing, .missing,
            ])
            #expect(read.submissions.map(\.isOpen) == [true, false, true, true])
            let written = ends.map { JobEnd($0, node: "n1", message: "äöü") }
            #expect(ends.indices.map { read.submissions[3].ends[$0] } == written)
            #expect(Array(read.submissions[3].cancelled.keys) == [Int?.none])
            #expect(try registry.runs().runs == [read])
        }
    }

    @Test("a run whose allocations have all ended leaves no file at its clean end, another one does")
    func finish() async throws {
        try await withRegistry { registry in
            let run = someRun()
            let journal = try registry.begin(run)
            try journal.planned(array(1, 0...1))
            try journal.accepted(1, JobID("7"))
            try journal.ended(.init(submission: 1, element: 0), JobEnd(.completed))
            let open = try registry.read(run.id).submissions[0]
            #expect(open.openKeys == [.init(submission: 1, element: 1)])
            #expect(try !journal.finish())
            let left = try registry.read(run.id)
            #expect(left.isFinished && left.life == .gone && left.open.count == 1)
            #expect(throws: RegistryError.self) { try journal.planned(array(2, nil)) }

            let second = someRun()
            let other = try registry.begin(second)
            try other.planned(array(1, nil))
            try other.accepted(1, JobID("8"))
            try other.ended(.init(submission: 1, element: nil), JobEnd(.completed))
            #expect(try other.finish())
            #expect(try registry.runs().runs.map(\.run.id) == [run.id])
            #expect(try !other.finish(), "a second time does nothing")
            try registry.remove(run.id)
            #expect(try registry.runs().runs == [])
        }
    }

    @Test("a live host's file is not removed, but others may write to it")
    func liveHost() async throws {
        try await withRegistry { registry in
            let run = someRun()
            let journal = try registry.begin(run)
            try journal.planned(array(1, nil))
            try registry.open(run.id).cancelled(.init(submission: 1, element: nil))
            #expect(throws: RegistryError.self) { try registry.remove(run.id) }
            #expect(try registry.read(run.id).submissions[0].cancelled.count == 1)
            #expect(try registry.read(run.id).life == .alive, "closing the other descriptor leaves the lock")
            withExtendedLifetime(journal) {}
        }
    }

    @Test("a line that was cut off anywhere costs that line alone, and the next one can be read")
    func tornLines() async throws {
        try await withRegistry { registry in
            let run = someRun()
            var journal: AllocationJournal? = try registry.begin(run)
            try journal?.planned(array(1, nil))
            let path = registry.path + "/\(run.id).jsonl"
            let before = try read(path)
            try journal?.accepted(1, JobID("4711"))
            journal = nil
            let whole = try read(path)
            for length in before.utf8.count..<whole.utf8.count {
                try write(String(whole.prefix(length)), to: path)
                let torn = try registry.read(run.id)
                #expect(torn.problems == [] && torn.submissions.count == 1)
                let isWhole = length == whole.utf8.count - 1
                #expect(torn.submissions[0].answer == (isWhole ? .accepted(JobID("4711")) : .missing))
                try registry.open(run.id).cancelled(.init(submission: 1, element: nil))
                let after = try registry.read(run.id)
                #expect(after.submissions[0].cancelled.count == 1)
                #expect(after.problems == [] && after.submissions[0].answer == torn.submissions[0].answer)
            }
            for length in 0..<before.utf8.count {
                try write(String(before.prefix(length)), to: path)
                _ = try? registry.read(run.id)
            }
        }
    }

    @Test("a damaged line is named, and the job behind a lost plan can still be cancelled")
    func damagedLines() async throws {
        try await withRegistry { registry in
            let run = someRun()
            let journal = try registry.begin(run)
            let path = registry.path + "/\(run.id).jsonl"
            try write("\0\0\0\n{\"event\":\"planned\",\"time\":1}\n", to: path, appending: true)
            try journal.accepted(5, JobID("99"))
            try write("{\"event\":\"planned\",\"time\":1,\"submission\":6,\"name\":\"x\",\"first\":0,"
                + "\"last\":9223372036854775807,\"daemons\":1,\"firstDaemon\":0}\n", to: path, appending: true)
            let read = try registry.read(run.id)
            #expect(read.problems.count == 3)
            #expect(zip(read.problems, [2, 3, 5]).allSatisfy { $0.contains("Line \($1) of \(path)") })
            #expect(read.open.map(\.job) == [JobID("99")])
        }
    }

    @Test("a file without its first line, or of a newer version, is named and keeps nobody from the others")
    func unreadableFiles() async throws {
        try await withRegistry { registry in
            let run = someRun()
            let journal = try registry.begin(run)
            for (id, text) in [
                ("00000001", ""), ("00000002", "{}\n"), ("00000003", "{\"hayate\":\"allocations\",\"version\":2}\n"),
            ] {
                try write(text, to: registry.path + "/\(id).jsonl")
                chmod(registry.path + "/\(id).jsonl", 0o600)
            }
            try write("", to: registry.path + "/notes.txt")
            let (runs, problems) = try registry.runs()
            #expect(runs.map(\.run.id) == [run.id])
            #expect(problems.count == 3 && problems.allSatisfy { $0.message.contains(".jsonl") })
            #expect(problems.contains { $0.message.contains("newer version") })
            withExtendedLifetime(journal) {}
        }
    }

    @Test("files that others could have written are refused, with the remedy")
    func foreignFiles() async throws {
        try await withRegistry { registry in
            let run = someRun()
            let journal = try registry.begin(run)
            let path = registry.path + "/\(run.id).jsonl"
            var status = stat()
            #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
            #expect(stat(registry.path, &status) == 0 && status.st_mode & 0o777 == 0o700)
            func refusal() -> String {
                do throws(RegistryError) {
                    _ = try registry.read(run.id)
                    return ""
                } catch {
                    return error.message
                }
            }
            chmod(path, 0o620)
            #expect(refusal().hasSuffix("chmod 600 \(path)"))
            chmod(path, 0o600)
            chmod(registry.path, 0o770)
            #expect(refusal().hasSuffix("chmod go-w \(registry.path)"))
            chmod(registry.path, 0o700)
            rename(path, path + ".other")
            symlink(path + ".other", path)
            #expect(refusal().contains("symbolic link"))
            unlink(path)
            mkfifo(path, 0o600)
            #expect(refusal().contains("no regular file"))
            for id in ["../../etc/passwd", "", "0000000G", "00000000"] {
                #expect(throws: RegistryError.self) { try registry.read(id) }
            }
            withExtendedLifetime(journal) {}
        }
    }

    @Test("there is nothing to list where nothing was ever submitted, and nothing is made")
    func emptyRegistry() async throws {
        try await withRegistry { registry in
            let runs = try registry.runs().runs
            #expect(runs == [])
            #expect(access(registry.path, F_OK) != 0)
        }
    }
}
