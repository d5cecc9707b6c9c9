import HayateCluster
import Testing

@Suite("Commands to Slurm and Grid Engine")
struct CommandWordsTests {
    private func elements(_ job: String, _ indices: [Int?]) -> [JobElement] {
        indices.map { JobElement(JobID(job), index: $0) }
    }

    @Test("one query for all jobs of the user, and the same cluster on each of Slurm's commands")
    func slurm() {
        var cluster = ClusterProfile(.slurm)
        cluster.commands.clusterFlag = "main"
        cluster.commands.status = ["/opt/slurm/bin/squeue"]
        let reader = SlurmReader(cluster)
        #expect(reader.statusQuery(of: [JobID("9"), JobID("24")], user: "ann").words == [
            "/opt/slurm/bin/squeue", "-M", "main", "-h", "-t", "all", "-o", "%i|%T|%r|%N|%j", "-u", "ann", "-j", "9,24",
        ])
        let accounting = reader.accountingQueries(of: [JobID("9")], since: 3600)
        #expect(accounting.map { $0.words[..<8] } == [
            ["sacct", "-M", "main", "-X", "-n", "-P", "-S", "1970-01-01T00:00:00"]
        ])
        #expect(accounting[0].environment["TZ"] == "UTC0")
        #expect(reader.nodeQuery?.words == ["/opt/slurm/bin/sinfo", "-M", "main", "-h", "-N", "-o", "%o"])
    }

    @Test("elements are cancelled in lists, as many at once as the site allows")
    func batches() {
        var cluster = ClusterProfile(.slurm)
        cluster.submission.cancelBatch = 3
        let slurm = SlurmReader(cluster).cancellations(of: elements("20", [7, 1, 2, 3]) + elements("21", [nil]))
        #expect(slurm.map(\.words) == [["scancel", "20_[1-3]"], ["scancel", "20_7", "21"]])
        cluster.scheduler = .gridEngine
        let gridEngine = GridEngineReader(cluster).cancellations(of: elements("20", [7, 1, 2]) + elements("21", [nil]))
        #expect(gridEngine.map(\.words) == [["qdel", "20", "-t", "1-2"], ["qdel", "20", "-t", "7"], ["qdel", "21"]])
    }

    @Test("a job whose elements and whole are meant is meant as a whole")
    func whole() {
        let slurm = SlurmReader(ClusterProfile(.slurm)).cancellations(of: elements("20", [7, nil, 2]))
        #expect(slurm.map(\.words) == [["scancel", "20"]])
    }

    @Test("an id of another cluster keeps it, in answers and in commands")
    func clusters() {
        let reader = SlurmReader(ClusterProfile(.slurm))
        let answer = CommandAnswer(.process(.exited(code: 0)), output: "4711;east\n")
        #expect(reader.readSubmission(answer) == .accepted(JobID("4711;east")))
        #expect(reader.statusQuery(of: [JobID("4711;east")], user: "").words.starts(with: ["squeue", "-M", "east"]))
        let rows = CommandAnswer(.process(.exited(code: 0)), output: "CLUSTER: east\n4711|RUNNING|None|n1|h\n")
        #expect(reports(reader.readStatus(rows)).map(\.job) == [JobID("4711;east")])
        let cancellations = reader.cancellations(of: elements("4711;east", [3]))
        #expect(cancellations.map(\.words) == [["scancel", "-M", "east", "4711_3"]])
    }
}
