import HayateCluster
import HayateCore
import Testing

@Suite("What Grid Engine answers")
struct GridEngineReaderTests {
    let reader = GridEngineReader(ClusterProfile(.gridEngine))

    @Test("real submissions are accepted with their ids", arguments: [
        ("qsub-accepted", "1"), ("qsub-accepted-verbose", "2"), ("qsub-array-accepted", "3"),
        ("qsub-array-accepted-step", "4"), ("qsub-array-accepted-verbose", "5"), ("qsub-accepted-too-many-slots", "14"),
    ])
    func accepted(name: String, id: String) throws {
        #expect(reader.readSubmission(try recorded("gridengine/" + name)) == .accepted(JobID(id)))
    }

    @Test("real refusals are refusals, with Grid Engine's words", arguments: [
        ("array-size", "more than 75000 tasks"), ("array", "0 is an invalid task id"),
        ("environment", "parallel environment \"nowhere\" does not exist"), ("name", "cannot start with a digit"),
        ("option", "invalid option argument"), ("project", "does not exist"), ("queue", "unknown queue"),
        ("resource-value", "is not a time value"), ("resource", "unknown resource"), ("script",
        "Unable to read script"),
        ("too-many-slots", "no suitable queues"),
    ])
    func refused(name: String, words: String) throws {
        guard case .refused(let complaint) = reader.readSubmission(try recorded("gridengine/qsub-refused-" + name))
        else {
            Issue.record("not refused")
            return
        }
        #expect(complaint.contains(words))
    }

    @Test("the state of real jobs in the queue, arrays as they are listed")
    func queue() throws {
        let all = reports(reader.readStatus(try recorded("gridengine/qstat-xml"))).map(\.short)
        #expect(all.prefix(7) == [
            "17[1] running @vm", "17[2] running @vm", "17[3] running @vm", "18 running @vm", "19 running @vm",
            "28 running @vm", "29 running @vm",
        ])
        #expect(all.contains("14 pending"))
        #expect(all.contains("17[4-10] pending"))
        #expect(all.contains("20 held hqw"))
        #expect(all.contains("21[2,4,6,8] held hqw"))
        #expect(all.contains("25[1-3] held error state Eqw: 'qstat -j 25' tells why, and 'qmod -cj 25' releases it"))
    }

    @Test("a job that is being deleted has not ended")
    func deleting() throws {
        let all = reports(reader.readStatus(try recorded("gridengine/qstat-xml-deleting")))
        #expect(all.contains { $0.state == .completing })
        #expect(!all.contains { $0.state.isEnd })
    }

    @Test("a job is found by its name, however long that is")
    func search() throws {
        let names = try recorded("gridengine/qstat-xml-names")
        #expect(reader.readSearch(names, for: "hayate-array-with-a-long-name") == .found(JobID("17")))
        #expect(reader.readSearch(names, for: "hayate-array") == .absent)
    }

    @Test("how real jobs ended, by the accounting", arguments: [
        ("completed", ["26 done completed @vm"]), ("failed-3", ["27 failed exited(code: 3) @vm"]),
        ("signal", ["31 failed signalled(number: 11) failed 100 : assumedly after job @vm"]),
        ("killed", ["28 failed signalled(number: 9) failed 100 : assumedly after job @vm"]),
        ("h-rt", ["30 timeout timeLimit failed 37  : qmaster enforced h_rt, h_cpu, or h_vmem limit @vm"]),
        ("exit-100", ["33 failed exited(code: 100) failed 30  : application error returned @vm"]),
        // Started again: the last record counts.
        ("exit-99", ["34 done completed @vm"]),
        ("array", [
            "32[1] failed exited(code: 1) @vm", "32[2] failed exited(code: 2) @vm", "32[3] failed exited(code: 3) @vm",
        ]),
        ("cancelled-pending", []), ("running", []), ("unknown", []),
    ])
    func accounting(name: String, expected: [String]) throws {
        let answer = reader.readAccounting(try recorded("gridengine/qacct-" + name))
        #expect(!answer.isFailure)
        #expect(reports(answer).map(\.short) == expected)
    }

    @Test("cancelling what has ended is no complaint", arguments: [
        "array", "array-pending", "element-running", "elements", "finished", "running", "several", "unknown",
    ])
    func cancellation(name: String) throws {
        #expect(reader.readCancellation(try recorded("gridengine/qdel-" + name)) == nil)
    }

    @Test("a cancellation that was refused is a complaint")
    func refusedCancellation() throws {
        #expect(reader.readCancellation(try recorded("gridengine/qdel-bad-id")) != nil)
        let denied = CommandAnswer(
            .process(.exited(code: 1)),
                output: "denied: user \"bob\" is not allowed to delete job 3\nbob has deleted job 4\n")
        #expect(reader.readCancellation(denied) == "denied: user \"bob\" is not allowed to delete job 3")
    }
}
