import HayateCluster
import Testing

@Suite("Directives of PBS Pro and Torque")
struct PBSDirectiveTests {
    @Test("PBS Pro: one chunk for each machine, scattered over them")
    func chunks() throws {
        let lines = try directives(.pbsPro) { plan in
            plan.request.nodes = 3
            plan.request.tasksPerNode = 4
            plan.request.cpus = 2
            plan.request.memory = .gibibytes(8)
            plan.request.gpus = GPURequest(2, type: "a100")
            plan.cluster.gpu.types = ["a100": "gpu_type=a100"]
            plan.request.constraint = "cpu_type=rome"
            plan.request.isExclusive = true
        }
        #expect(lines.contains(
            "-l select=3:ncpus=8:mpiprocs=4:ompthreads=2:mem=8192mb:ngpus=2:gpu_type=a100:cpu_type=rome"))
        #expect(lines.contains("-l place=scatter:exclhost"))
    }

    @Test("PBS Pro: arrays have two elements or more, and are always started again")
    func arrays() throws {
        #expect(refusal(.pbsPro) { $0.request.array = ArrayRequest(1) }?.contains("leave array out") == true)
        #expect(try directives(.pbsPro) { $0.request.array = ArrayRequest(2) }.filter { $0.hasPrefix("-r") } == ["-r y"])
        #expect(refusal(.pbsPro) { $0.request.array = ArrayRequest(2); $0.request.isRequeued = false } != nil)
        #expect(try directives(.pbsPro) { _ in }.contains("-r n"))
    }

    @Test("PBS Pro: a reservation is the queue, and account and project are two things")
    func names() throws {
        let lines = try directives(.pbsPro) { plan in
            plan.request.queue = "workq"
            plan.request.reservation = "R12"
            plan.request.account = "a1"
            plan.request.project = "p1"
            plan.request.licences = [Licence("matlab", count: 2)]
        }
        #expect(lines.filter { $0.hasPrefix("-q") } == ["-q R12"])
        #expect(lines.contains("-A a1") && lines.contains("-P p1") && lines.contains("-l matlab=2"))
    }

    @Test("PBS Pro: a log is named by the job's unique name, for there is no word for its id")
    func logs() throws {
        func output(_ pattern: String, isArray: Bool = false) throws -> String? {
            try render(plainPlan(.pbsPro) { plan in
                plan.request.output = pattern
                plan.request.array = isArray ? ArrayRequest(2) : nil
            }).output
        }
        #expect(try output("l/{name}-{job}-{task}.out", isArray: true) == "l/fit-^array_index^.out")
        #expect(try output("l/{job}.out") == "l/fit.out")
        #expect(throws: ClusterError.self) { try output("{user}") }
        #expect(throws: ClusterError.self) { try output("host:/x") }
    }

    @Test("Torque: processors and properties of machines, memory of the whole job")
    func nodes() throws {
        func lines(_ scope: MemoryRules.Scope?) throws -> [String] {
            try directives(.torque) { plan in
                plan.request.nodes = 2
                plan.request.cpus = 4
                plan.request.memory = .gibibytes(8)
                plan.request.gpus = GPURequest(1, type: "k80")
                plan.request.constraint = "ib"
                plan.request.isExclusive = true
                plan.cluster.memory.scope = scope
            }
        }
        #expect(try lines(nil).contains("-l nodes=2:ppn=4:gpus=1:k80:ib"))
        #expect(try lines(nil).contains("-l mem=16384mb") && lines(.job).contains("-n"))
        #expect(try lines(.cpu).contains("-l pmem=2048mb"))
    }

    @Test("Torque: arrays have dependencies and names of logs of their own")
    func torqueArrays() throws {
        let job = try render(plainPlan(.torque) { plan in
            plan.request.array = ArrayRequest(1, throttle: 5)
            plan.request.output = "{name}.{task}"
            plan.request.dependencies = [
                JobDependency(.afterOK, [JobID("1.host"), JobID("2[].host")]), JobDependency(.after, [JobID("3[].host")]),
            ]
        })
        #expect(job.script.contains("#PBS -t 0-0%5\n"))
        #expect(job.output == "fit.$PBS_JOBID")
        #expect(job.script.contains("#PBS -W depend=afterok:1.host,afterokarray:2[].host,afterstartarray:3[].host\n"))
    }

    @Test("both: times without days, mail, holds, priorities and dependencies", arguments: [SchedulerKind.pbsPro, .torque])
    func both(kind: SchedulerKind) throws {
        let lines = try directives(kind) { plan in
            plan.runtime.shell = "/bin/bash"
            plan.request.wallTime = .seconds(100 * 3600)
            plan.request.mail = MailRequest("ada@example.org", events: [.begin, .end, .fail])
            plan.request.isHeld = true
            plan.request.priority = 10
            plan.request.errorOutput = "e"
            plan.request.dependencies = [JobDependency(.afterAny, [JobID("0.pbs1")])]
        }
        for line in [
            "-S /bin/bash", "-l walltime=100:00:00", "-M ada@example.org", "-m bea", "-h", "-p 10", "-e e",
            "-W depend=afterany:0.pbs1",
        ] {
            #expect(lines.contains(line), "\(line)")
        }
    }

    @Test("both: the job goes to where it was submitted, and from there to its directory", arguments: [SchedulerKind.pbsPro, .torque])
    func directory(kind: SchedulerKind) throws {
        let script = try render(plainPlan(kind) { $0.request.directory = "-my data" }).script
        #expect(script.contains("cd \"$PBS_O_WORKDIR\" || exit 97\ncd -- '-my data' || exit 97\n"))
    }

    @Test("both: no warning comes, which is told", arguments: [SchedulerKind.pbsPro, .torque])
    func warning(kind: SchedulerKind) throws {
        let job = try render(plainPlan(kind) { $0.request.warning = WarningSignal("USR1", before: .seconds(60)) })
        #expect(job.notes.count == 1 && job.notes[0].contains("USR1"))
        #expect(!job.script.contains("trap"))
    }

    @Test("both: what they have not is refused", arguments: [SchedulerKind.pbsPro, .torque])
    func refused(kind: SchedulerKind) {
        #expect(refusal(kind) { $0.request.dependencies = [JobDependency(.afterCorresponding, [JobID("1")])] } != nil)
        #expect(refusal(kind) { $0.otherQueues = ["b"] } != nil)
        #expect(refusal(kind) { $0.name = "a b" } != nil)
        #expect(refusal(kind) { $0.request.constraint = "x+2:ncpus=64" } != nil)
        #expect(refusal(kind) { $0.request.account = "a\"b" } != nil)
    }
}
