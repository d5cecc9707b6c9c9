import HayateCluster
import Testing

@Suite("Directives of LSF")
struct LSFDirectiveTests {
    @Test("limits count for each process or for the job, reservations for each machine or slot, in the site's unit", arguments: [
        (false, false, nil, "-M 5120MB", "mem=10240MB"), (true, false, "KB", "-M 10485760", "mem=10485760"),
        (true, true, "GB", "-M 10", "mem=2"), (false, true, "MB", "-M 5120", "mem=1280"),
    ] as [(Bool, Bool, String?, String, String)])
    func memory(perJob: Bool, perTask: Bool, unit: String?, limit: String, reservation: String) throws {
        let lines = try directives(.lsf) { plan in
            plan.request.memory = .gibibytes(10)
            plan.request.tasksPerNode = 2
            plan.request.cpus = 4
            plan.cluster.memory.perJobLimit = perJob
            plan.cluster.memory.perTaskReserve = perTask
            plan.cluster.memory.limitUnit = unit
        }
        #expect(lines.contains(limit))
        #expect(lines.contains("-R \"span[hosts=1] rusage[\(reservation)]\""))
    }

    @Test("times are in minutes, rounded up", arguments: [
        (Duration.seconds(1), "-W 00:01"), (.seconds(3600), "-W 01:00"), (.seconds(50 * 3600 + 1), "-W 50:01"),
    ])
    func times(wallTime: Duration, expected: String) throws {
        #expect(try directives(.lsf) { $0.request.wallTime = wallTime }.contains(expected))
    }

    @Test("arrays begin at 1, within the name")
    func arrays() throws {
        #expect(try directives(.lsf) { $0.request.array = ArrayRequest(9, throttle: 3) }.contains("-J \"fit[1-9]%3\""))
        for name in ["a[1-4]", "a%2", "a\"b", String(repeating: "n", count: 256)] {
            #expect(refusal(.lsf) { $0.name = name } != nil)
        }
    }

    @Test("several machines, graphics processors, licences and what machines must have")
    func machines() throws {
        let lines = try directives(.lsf) { plan in
            plan.request.nodes = 2
            plan.request.cpus = 8
            plan.request.gpus = GPURequest(4, type: "v100")
            plan.cluster.gpu.types = ["v100": "TeslaV100"]
            plan.request.licences = [Licence("ansys", count: 2)]
            plan.request.constraint = "type==any && avx2"
            plan.request.isExclusive = true
        }
        #expect(lines.contains("-n 16"))
        #expect(lines.contains("-R \"select[type==any && avx2] span[ptile=8] rusage[ansys=2]\""))
        #expect(lines.contains("-gpu \"num=4:gmodel=TeslaV100:j_exclusive=yes\"") && lines.contains("-x"))
    }

    @Test("dependencies, warnings and the rest")
    func rest() throws {
        let lines = try directives(.lsf) { plan in
            plan.request.queue = "normal"
            plan.otherQueues = ["long"]
            plan.request.account = "group"
            plan.request.project = "survey"
            plan.request.qualityOfService = "gold"
            plan.request.reservation = "r1"
            plan.request.dependencies = [
                JobDependency(.afterOK, [JobID("1")]), JobDependency(.afterAny, [JobID("2"), JobID("3[4]")]),
                JobDependency(.after, [JobID("5")]), JobDependency(.afterNotOK, [JobID("6")]),
                JobDependency(.afterCorresponding, [JobID("7")]),
            ]
            plan.request.warning = WarningSignal("USR2", before: .seconds(61))
            plan.request.mail = MailRequest("ada@example.org", events: [.begin, .fail])
            plan.request.priority = 50
            plan.request.directory = "/my data"
            plan.request.errorOutput = "e.{job}"
            plan.request.output = "o.{job}"
        }
        for line in [
            "-q \"normal long\"", "-G group", "-P survey", "-sla gold", "-U r1",
            "-w \"done(1) && ended(2) && ended(3[4]) && started(5) && exit(6) && done(7[*])\"", "-wa USR2", "-wt 00:02",
            "-u ada@example.org", "-B", "-N", "-sp 50", "-cwd \"/my data\"", "-e e.%J", "-o o.%J", "-env \"none\"", "-rn",
        ] {
            #expect(lines.contains(line), "\(line)")
        }
    }

    @Test("what it has not is refused")
    func refused() {
        #expect(refusal(.lsf) { $0.request.priority = 0 } != nil)
        #expect(refusal(.lsf) { $0.request.output = "100%" } != nil)
        #expect(refusal(.lsf) { $0.request.output = "{user}" } != nil)
        #expect(refusal(.lsf) { $0.request.memory = .gibibytes(1); $0.cluster.memory.limitUnit = "XB" } != nil)
        #expect(refusal(.lsf) { $0.request.memory = .gibibytes(1); $0.cluster.memory.scope = .job } != nil)
    }
}
