import HayateCluster
import HayateCore
import Testing

@Suite("What PBS Pro and Torque answer")
struct PBSReaderTests {
    let pro = PBSProReader(ClusterProfile(.pbsPro))
    let torque = TorqueReader(ClusterProfile(.torque))

    private func done(_ output: String, _ code: Int32 = 0, errors: String = "") -> CommandAnswer {
        CommandAnswer(.process(.exited(code: code)), output: output, errors: errors)
    }

    /// One job that has ended, in the form that is asked for.
    private func ended(_ attributes: String, id: String = "7.pbs1") -> String? {
        reports(pro.readAccounting(done("Job Id: \(id)|Job_Name=x|job_state=F|\(attributes)\n"))).first?.short
    }

    @Test("submissions are accepted with their ids, whatever hooks print around them", arguments: [
        ("0.pbs1\n", "0.pbs1"), ("12[].pbs1\n", "12[].pbs1"), ("Welcome\nsite 3\n12.pbs1\nUsed 40\n99\n", "12.pbs1"),
        ("12\n", "12"), ("12.pbs1.example.org\r\n", "12.pbs1.example.org"),
    ])
    func accepted(output: String, id: String) throws {
        #expect(pro.readSubmission(done(output)) == .accepted(JobID(id)))
        #expect(pro.readSubmission(try recorded("pbspro/qsub-array-accepted")) == .accepted(JobID("9[].djoko")))
        #expect(torque.readSubmission(try recorded("torque/qsub-array-accepted"))
            == .accepted(JobID("142[].torque01.bcgsc.ca")))
    }

    @Test("refusals, not now, and nobody knows")
    func notAccepted() throws {
        for name in ["refused-filter", "refused-option", "refused-resources"] {
            #expect(torque.readSubmission(try recorded("torque/qsub-" + name)).kind == "refused")
        }
        for name in ["later-user", "later-server"] {
            #expect(torque.readSubmission(try recorded("torque/qsub-" + name)).kind == "later")
        }
        #expect(pro.readSubmission(try recorded("pbspro/qsub-refused-destinations"))
            == .refused("qsub: Job rejected by all possible destinations"))
        #expect(pro.readSubmission(done("", errors: "")).kind == "unclear")
        #expect(pro.readSubmission(done("", 1, errors: "qsub: End of File")).kind == "unclear")
    }

    @Test("real jobs in the form for people, with lines that are wrapped and line ends within values")
    func text() throws {
        #expect(reports(pro.readStatus(try recorded("pbspro/qstat-text"))).map(\.short) == [
            "68350.mycluster pending Not Running: Node is in an ineligible state: offline",
            "69301.mycluster running Job run at Sat Apr 20 at 01:36 on (b141:ncpus=16)+(b142:ncpus=16)"
                + "+(b143:ncpus=16)+(b144:ncpus=16) @b141,b142,b143,b144",
            "69302.mycluster held",
            "74164.mycluster running Job run at Mon Apr 22 at 07:17 on (b270:ncpus=16)+(b275:ncpus=16) @b270,b275",
        ])
        #expect(reports(torque.readStatus(try recorded("torque/qstat-newlines"))).map(\.short) == [
            "549159 held", "555716 running @r2i4n13,r1i2n12,r1i2n11,r1i1n15",
        ])
    }

    @Test("the form with delimiters, with delimiters inside of values")
    func delimiters() {
        let output = """
            Job Id: 12[].pbs1|Job_Name=h-1|job_state=B|array_indices_submitted=1-3|array_indices_remaining=3
            Job Id: 12[1].pbs1|Job_Name=h-1|job_state=R|exec_host=n1/0*2|Variable_List=A=x\\|job_state=F,B=y
            z|comment=Job run at x
            Job Id: 12[2].pbs1|Job_Name=h-1|job_state=X|Exit_status=0|substate=91
            Job Id: 12[3].pbs1|Job_Name=h-1|job_state=Q
            Job Id: 13[].pbs1|Job_Name=h-2|job_state=Q|array_indices_remaining=0-9
            """
        let all = reports(pro.readStatus(done(output)))
        #expect(all.map(\.short) == [
            "12[].pbs1[1] running Job run at x @n1", "12[].pbs1[2] cancelled cancelled(by: nil)",
            "12[].pbs1[3] pending",
            "13[].pbs1[0-9] pending",
        ])
        #expect(all.map(\.name) == ["h-1", "h-1", "h-1", "h-2"])
    }

    @Test("how PBS Pro's jobs end", arguments: [
        ("Exit_status=0", "done completed"), ("Exit_status=3", "failed exited(code: 3)"),
        ("Exit_status=265", "failed signalled(number: 9)"),
        ("Exit_status=271|substate=91", "cancelled cancelled(by: nil)"),
        ("Exit_status=0|substate=91", "cancelled cancelled(by: nil)"), ("Exit_status=-29", "timeout timeLimit"),
        ("Exit_status=-27", "oom outOfMemory"), ("Exit_status=-9", "failed notStarted"),
        ("Exit_status=271|resources_used.walltime=00:01:02|Resource_List.walltime=00:01:00", "timeout timeLimit"),
        ("Exit_status=265|resources_used.mem=2097152kb|Resource_List.mem=2gb", "oom outOfMemory"),
        ("Exit_status=143|resources_used.walltime=00:00:02|Resource_List.walltime=00:01:00",
        "failed exited(code: 143)"),
        ("substate=93", "failed unknown"),
    ])
    func ends(attributes: String, expected: String) {
        #expect(ended(attributes) == "7.pbs1 \(expected)")
    }

    @Test("who deleted a job is in its comment, and a deletion that failed is none")
    func deletions() {
        #expect(ended("Exit_status=271|comment=Job run at x and terminated by ann@login1")
            == "7.pbs1 cancelled cancelled(by: Optional(\"ann@login1\")) Job run at x and terminated by ann@login1")
        #expect(ended("Exit_status=0|substate=91|comment=Job run at x and finished")
            == "7.pbs1 done completed Job run at x and finished")
    }

    @Test("real histories")
    func histories() throws {
        #expect(reports(pro.readAccounting(try recorded("pbspro/qstat-vmem"))).map(\.state) == [.outOfMemory])
        #expect(reports(pro.readAccounting(try recorded("pbspro/qstat-history-comments"))).map(\.state)
            == [.cancelled, .cancelled, .cancelled])
        // An array whose elements are not listed tells nothing of how they ended.
        #expect(reports(pro.readAccounting(try recorded("pbspro/qstat-array-parent"))).isEmpty)
        #expect(reports(torque.readStatus(try recorded("torque/qstat-complete"))).map(\.short)
            == ["9.torque01.bcgsc.ca done completed Job started on Tue May 29 at 09:37 @torque01.bcgsc.ca"])
        #expect(reports(torque.readStatus(try recorded("torque/qstat-dependency"))).map(\.short) == [
            "48[].torque01.bcgsc.ca[1] cancelled cancelled(by: nil) Job 48[].torque01.bcgsc.ca deleted because its "
                + "dependency of array 43[].torque01.bcgsc.ca can never be satisfied"
        ])
    }

    @Test("jobs that have left the queue are left out, and a server that is down is no answer")
    func missing() throws {
        #expect(pro.readStatus(try recorded("pbspro/qstat-finished")) == .jobs([]))
        let partly = done("Job Id: 1.s|job_state=R\n", 153, errors: "qstat: Unknown Job Id 42.s\n")
        #expect(reports(pro.readStatus(partly)).map(\.short) == ["1.s running"])
        #expect(pro.readStatus(done("", 1,
            errors: "Connection refused\nqstat: cannot connect to server s (errno=15010)")).isFailure)
    }

    @Test("how Torque's jobs end", arguments: [
        ("exit_status = 0", "done completed"), ("exit_status = -11", "timeout timeLimit"),
        ("exit_status = -10", "oom outOfMemory"), ("exit_status = 271", "cancelled cancelled(by: nil)"),
        ("exit_status = 265", "failed signalled(number: 9)"), ("exit_status = 2", "failed exited(code: 2)"),
        ("exit_status = -1", "failed notStarted"), ("queue = batch", "cancelled cancelled(by: nil)"),
    ])
    func torqueEnds(attribute: String, expected: String) {
        let answer = done("Job Id: 7.s\n    job_state = C\n    \(attribute)\n")
        #expect(reports(torque.readStatus(answer)).map(\.short) == ["7.s \(expected)"])
    }

    @Test("Torque's log tells of a job that has left the queue, if it can be read")
    func log() {
        let answer = done("""

            Job: 7.s

            11/23/2026 02:00:00  S    Job Queued at request of ann@s, owner = ann@s, job name = x, queue = batch
            11/23/2026 02:00:09  S    Exit_status=-11 resources_used.cput=00:00:00 resources_used.walltime=00:01:00

            """)
        #expect(reports(torque.readAccounting(answer)).map(\.short) == ["7.s timeout timeLimit"])
        #expect(torque.readAccounting(done("", 1, errors: "tracejob: permission denied")).isFailure)
    }

    @Test("cancelling what has ended is no complaint")
    func cancellation() {
        #expect(pro.readCancellation(done("", 35, errors: "qdel: Job has finished 4.pbs1")) == nil)
        #expect(pro.readCancellation(done("", 153, errors: "qdel: Unknown Job Id 4.pbs1")) == nil)
        #expect(pro.readCancellation(done("", 159, errors: "qdel: Unauthorized Request  4.pbs1"))
            == "qdel: Unauthorized Request  4.pbs1")
    }

    @Test("a job is found by its name, and machines by their list")
    func others() {
        #expect(pro.readSearch(done("0.pbs1\n"), for: "x") == .found(JobID("0.pbs1")))
        #expect(pro.readSearch(done(""), for: "x") == .absent)
        #expect(pro.readNodes(done("n1\n     Mom = n1.example.org\n     state = free\n\nn2\n     state = down\n"))
            == ["n1", "n2"])
    }
}
