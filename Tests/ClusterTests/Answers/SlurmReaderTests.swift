import HayateCluster
import HayateCore
import Testing

@Suite("What Slurm answers")
struct SlurmReaderTests {
    let reader = SlurmReader(ClusterProfile(.slurm))

    @Test("real submissions are accepted with their ids", arguments: [
        ("sbatch-accepted", "1"), ("sbatch-array-accepted", "2"), ("sbatch-accepted-too-many-cpus", "4"),
        ("sbatch-accepted-unknown-dependency", "6"),
    ])
    func accepted(name: String, id: String) throws {
        #expect(reader.readSubmission(try recorded("slurm/" + name)) == .accepted(JobID(id)))
    }

    @Test("real refusals are refusals, with Slurm's words", arguments: [
        ("sbatch-refused-account", "Invalid account or account/partition combination"),
        ("sbatch-refused-array", "Invalid job array specification"),
        ("sbatch-refused-constraint", "Invalid feature specification"),
        ("sbatch-refused-memory", "Memory specification can not be satisfied"),
        ("sbatch-refused-option", "unrecognized option '--no-such-option'"),
        ("sbatch-refused-partition", "Invalid partition name"), ("sbatch-refused-time", "Invalid --time"),
    ])
    func refused(name: String, words: String) throws {
        guard case .refused(let complaint) = reader.readSubmission(try recorded("slurm/" + name)) else {
            Issue.record("not refused")
            return
        }
        #expect(complaint.contains(words))
    }

    @Test("a controller that is down takes jobs later")
    func later() throws {
        #expect(reader.readSubmission(try recorded("slurm/sbatch-no-controller")).kind == "later")
    }

    @Test("the state and the reason of real jobs in the queue")
    func queue() throws {
        let all = reports(reader.readStatus(try recorded("slurm/squeue-all"))).map(\.short)
        #expect(all.contains("16[1] cancelled cancelled(by: nil) BeginTime"))
        #expect(all.contains("21 done completed @n1"))
        // Its exit code is not in this answer.
        #expect(all.contains("22 failed NonZeroExitCode @n1"))
        #expect(all.contains("28 node_fail nodeFailed NodeDown @n2"))
        #expect(all.contains("29 pending BeginTime"))
        #expect(all.contains("9[1] running @n1"))
        #expect(all.contains("24 timeout timeLimit TimeLimit @n1"))
        #expect(all.count == 44)
    }

    @Test("the waiting rest of an array is one report")
    func pendingArray() throws {
        #expect(reports(reader.readStatus(try recorded("slurm/squeue-array-throttled"))).map(\.short) == [
            "9[3-9] pending JobArrayTaskLimit", "9[2] running @n1", "9[1] running @n1", "9[0] running @n1",
        ])
        #expect(reports(reader.readStatus(try recorded("slurm/squeue-array-pending"))).map(\.short) == [
            "16[1,3,5,7] pending BeginTime"
        ])
    }

    @Test("why jobs wait, and which are held")
    func reasons() throws {
        #expect(reports(reader.readStatus(try recorded("slurm/squeue-pending-reasons"))).map(\.short) == [
            "19 held Dependency", "20 pending Resources", "18 held JobHeldUser", "17 pending PartitionTimeLimit",
        ])
        #expect(reports(reader.readStatus(try recorded("slurm/squeue-completing"))).map(\.short)
            == ["31 completing @n1"])
    }

    @Test("a job that Slurm has forgotten is an answer, a controller that is down is none")
    func forgotten() throws {
        #expect(reader.readStatus(try recorded("slurm/squeue-forgotten")) == .jobs([]))
        #expect(reader.readStatus(try recorded("slurm/squeue-no-controller")).isFailure)
        #expect(reader.readStatus(CommandAnswer(.timedOut)).isFailure)
    }

    @Test("how real jobs ended, by the accounting", arguments: [
        ("sacct-completed", ["21 done completed"]), ("sacct-failed-3", ["22 failed exited(code: 3)"]),
        ("sacct-signal", ["23 failed signalled(number: 11)"]), ("sacct-timeout", ["24 timeout timeLimit"]),
        ("sacct-cancelled", ["25 cancelled cancelled(by: Optional(\"uid 0\"))"]),
        ("sacct-cancelled-pending", ["26 cancelled cancelled(by: Optional(\"uid 0\")) BeginTime"]),
        ("sacct-over-memory", ["27 failed signalled(number: 9)"]), ("sacct-node-fail", ["28 node_fail nodeFailed"]),
        ("sacct-no-output", ["30 failed notStarted"]),
        // The last start of a job is the one that counts.
        ("sacct-requeued", ["29 pending"]),
        ("sacct-array", [
            "32[1] failed exited(code: 1)", "32[2] failed exited(code: 2)", "32[3] failed exited(code: 3)",
        ]),
        // The elements that were cancelled while they waited are in no record.
        ("sacct-cancelled-element", ["33[0-1,3] pending BeginTime"]),
        ("sacct-many", [
            "9[0] running", "9[1] running", "9[2] running", "9[3-9] pending JobArrayTaskLimit", "21 done completed",
            "22 failed exited(code: 3)", "28 node_fail nodeFailed",
        ]),
        ("sacct-unknown", []),
    ])
    func accounting(name: String, expected: [String]) throws {
        let answer = reader.readAccounting(try recorded("slurm/" + name))
        #expect(!answer.isFailure)
        #expect(reports(answer).map(\.short) == expected)
    }

    @Test("the controller tells the same of jobs that it has not forgotten", arguments: [
        ("completed", ["21 done completed @n1"]),
        ("failed-3", ["22 failed exited(code: 3) NonZeroExitCode @n1"]),
        ("signal", ["23 failed signalled(number: 11) JobLaunchFailure @n1"]),
        ("timeout", ["24 timeout timeLimit TimeLimit @n1"]), ("cancelled", ["25 cancelled cancelled(by: nil) @n1"]),
        ("no-output", ["30 failed notStarted JobLaunchFailure @n1"]),
        ("node-fail", ["28 node_fail nodeFailed NodeDown @n2"]), ("requeued", ["29 pending BeginTime"]),
        ("running", ["24 running @n1"]), ("completing", ["31 completing @n1"]),
        ("pending-array", ["33[0-5] pending BeginTime"]),
        ("array", [
            "32[3] failed exited(code: 3) NonZeroExitCode @n1", "32[2] failed exited(code: 2) NonZeroExitCode @n1",
            "32[1] failed exited(code: 1) NonZeroExitCode @n1",
        ]),
        ("forgotten", []), ("unknown", []),
    ])
    func controller(name: String, expected: [String]) throws {
        let answer = reader.readAccounting(try recorded("slurm/scontrol-show-job-" + name))
        #expect(!answer.isFailure)
        #expect(reports(answer).map(\.short) == expected)
    }

    @Test("without accounting the controller is asked, and a site can say so at once")
    func noAccounting() throws {
        #expect(reader.readAccounting(try recorded("slurm/sacct-no-accounting")).isFailure)
        #expect(reader.accountingFallback(of: [JobID("7")]).map(\.words) == [["scontrol", "show", "job", "-o", "7"]])
        var cluster = ClusterProfile(.slurm)
        cluster.commands.accounting = ["/opt/slurm/bin/scontrol"]
        #expect(SlurmReader(cluster).accountingQueries(of: [JobID("7")], since: 0).map(\.words) == [
            ["/opt/slurm/bin/scontrol", "show", "job", "-o", "7"]
        ])
    }

    @Test("cancelling what has ended is no complaint, and a controller that is down is one")
    func cancellation() throws {
        for name in ["accepted", "finished", "unknown", "element"] {
            #expect(reader.readCancellation(try recorded("slurm/scancel-" + name)) == nil)
        }
        #expect(reader.readCancellation(try recorded("slurm/scancel-no-controller"))?.contains("Unable to contact")
            == true)
        #expect(reader.readCancellation(try recorded("slurm/scancel-bad-id")) != nil)
    }

}
