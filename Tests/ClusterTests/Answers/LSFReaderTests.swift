import HayateCluster
import HayateCore
import Testing

@Suite("What LSF answers")
struct LSFReaderTests {
    let reader = LSFReader(ClusterProfile(.lsf))

    private func done(_ output: String, _ code: Int32 = 0, errors: String = "") -> CommandAnswer {
        CommandAnswer(.process(.exited(code: code)), output: output, errors: errors)
    }

    @Test("submissions are accepted with their ids, whatever stands around them", arguments: [
        ("Job <123> is submitted to queue <normal>.\n", ""),
        ("Job <123> is submitted to default queue <normal>.\n", "Cannot connect to LSF. Please wait ...\n"),
        ("esub: checked\n", "Job <123> is submitted to queue <q>.\n"),
        ("Job <7> is not what you think\nJob <123> is submitted to queue <q>.\nGood luck.\n", ""),
    ])
    func accepted(output: String, errors: String) {
        #expect(reader.readSubmission(done(output, errors: errors)) == .accepted(JobID("123")))
    }

    @Test("real refusals, and not now")
    func notAccepted() throws {
        for name in ["host", "option", "rusage", "dependency"] {
            #expect(reader.readSubmission(try recorded("lsf/bsub-refused-" + name)).kind == "refused")
        }
        #expect(reader.readSubmission(try recorded("lsf/bsub-later")).kind == "later")
        #expect(reader.readSubmission(done("")).kind == "unclear")
    }

    @Test("states and ends, with elements and reasons", arguments: [
        ("12|0|PEND|-|-|-|h", "12 pending"), ("12|3|RUN|-|4*n1:n2|-|h[3]", "12[3] running @n1,n2"),
        ("12|0|PSUSP|-|-|-|h", "12 held"), ("12|0|SSUSP|-|n1|-|h", "12 suspended @n1"),
        ("12|0|DONE|-|n1|-|h", "12 done completed @n1"), ("12|0|EXIT|3|n1|-|h", "12 failed exited(code: 3) @n1"),
        ("12|0|EXIT|137|n1|-|h", "12 failed signalled(number: 9) @n1"),
        ("12|0|EXIT|130|n1|TERM_OWNER: job killed by owner|h",
            "12 cancelled cancelled(by: Optional(\"its owner\")) TERM_OWNER: job killed by owner @n1"),
        ("12|0|EXIT|140|n1|TERM_RUNLIMIT: job killed after reaching LSF run time limit|h",
            "12 timeout timeLimit TERM_RUNLIMIT: job killed after reaching LSF run time limit @n1"),
        ("12|0|EXIT|1|n1|TERM_MEMLIMIT|h", "12 oom outOfMemory TERM_MEMLIMIT @n1"),
        ("12|0|EXIT|1|n1|TERM_PREEMPT|h", "12 preempted preempted TERM_PREEMPT @n1"),
        ("12|0|EXIT|1|n1|TERM_REQUEUE_OWNER|h", "12 pending TERM_REQUEUE_OWNER @n1"),
        ("12|0|EXIT|-|-|-|h", "12 failed"), ("12|0|ZOMBI|-|n1|-|h", "12 unknown @n1"),
        ("12|0|UNKWN|-|n1|-|h", "12 unknown @n1"), ("12|0|DONNE|-|n1|-|h", "12 unknown @n1"),
    ])
    func states(row: String, expected: String) {
        #expect(reports(reader.readStatus(done(row + "\n"))).map(\.short) == [expected])
    }

    @Test("real lists of jobs")
    func lists() throws {
        #expect(reports(reader.readStatus(try recorded("lsf/bjobs-done"))).map(\.short) == ["261871 done completed"])
        #expect(reports(reader.readStatus(try recorded("lsf/bjobs-plain"))).map(\.short) == [
            "5157393 running @it-c05b10", "5157493 running @it-c05b10", "5157552 running @it-c05b10",
            "5157610 running @it-c05b10",
        ])
        let waiting = reports(reader.readStatus(try recorded("lsf/bjobs-plain-pending")))
        #expect(waiting.map(\.short) == ["811659814 pending", "811659815 pending"])
        #expect(waiting.map(\.name) == ["*016E0078_", "run_76.sh"])
    }

    @Test("in a plain list the index is in the name, which may have blanks")
    func plainNames() {
        let rows = reports(reader.readStatus(done("123 ann DONE normal login n1 my demo[3] Nov 23 02:10\n")))
        #expect(rows.map(\.short) == ["123[3] done completed @n1"])
    }

    @Test("jobs that are not found are left out, and a system that is down is no answer")
    func missing() throws {
        #expect(reader.readStatus(done("", 255, errors: "Job <13> is not found\n")) == .jobs([]))
        #expect(reader.readStatus(done("", 255, errors: "No unfinished job found\n")) == .jobs([]))
        #expect(reader.readStatus(try recorded("lsf/bjobs-down")).isFailure)
    }

    @Test("real histories tell how jobs ended and who ended them")
    func histories() throws {
        #expect(reports(reader.readAccounting(try recorded("lsf/bhist-done"))).map(\.short)
            == ["289263 done completed @st-rst14-03-05"])
        let ends = reports(reader.readAccounting(try recorded("lsf/bhist-ends")))
        #expect(ends.map(\.job.text) == ["101", "102", "103", "104", "105", "106"])
        #expect(ends.map { $0.end?.reason } == [
            .cancelled(by: "user2"), .outOfMemory, .timeLimit, .signalled(number: 24), .exited(code: 143), .timeLimit,
        ])
    }

    @Test("a history that goes on after an end has none")
    func requeued() {
        let history = """
            Job <12[3]>, Job Name <h[3]>, User <ann>, Command <x>
            Thu Mar 13 17:30:00: Submitted from host <a>, to Queue <normal>;
            Thu Mar 13 17:30:05: Dispatched to <hostb>;
            Thu Mar 13 17:31:05: Exited with exit code 99. The CPU time used is 0.1 seconds;
            Thu Mar 13 17:31:06: Pending: Job has been requeued;
            """
        let all = reports(reader.readAccounting(done(history)))
        #expect(all.map(\.state) == [.pending])
        #expect(all.map(\.elements) == [[3...3]])
        #expect(all.map(\.name) == ["h[3]"])
        #expect(all.map(\.end) == [nil])
    }

    @Test("the history of a job whose heading is missing is nobody's")
    func missingHeading() throws {
        var answer = try recorded("lsf/bhist-ends")
        let start = "Job <101>, User <ann>, Command <x>\nThu Mar 13 17:30:05: Dispatched to <hostb>;\n"
        let lines = answer.output.split(separator: "\n").filter { !$0.hasPrefix("Job <") }
        answer.output = start + lines.joined(separator: "\n")
        #expect(reports(reader.readAccounting(answer)).map(\.short) == ["101 running @hostb"])
    }

    @Test("cancelling what has ended is no complaint")
    func cancellation() throws {
        #expect(reader.readCancellation(try recorded("lsf/bkill-accepted")) == nil)
        let mixed = "Job <3>: Job has already finished\nJob <4>: No matching job found\n"
        #expect(reader.readCancellation(done("", 255, errors: mixed)) == nil)
        #expect(reader.readCancellation(done("", 255, errors: "Job <5>: User permission denied\n")) != nil)
    }

    @Test("a job is found by its name, elements of arrays too")
    func search() {
        #expect(reader.readSearch(done("12|3|PEND|-|-|-|h-7[3]\n"), for: "h-7") == .found(JobID("12")))
        #expect(reader.readSearch(done("", 255, errors: "Job <h-7> is not found\n"), for: "h-7") == .absent)
        #expect(reader.readNodes(done("HOST_NAME STATUS\nn1 ok\nn2 closed\n")) == ["n1", "n2"])
    }
}
