import HayateCluster
import Testing

@Suite("Directives of Grid Engine")
struct GridEngineDirectiveTests {
    @Test("memory is asked for by the site's complex, for each slot or for the job", arguments: [
        (nil, "-l h_vmem=2560M"), (.slot, "-l h_vmem=2560M"), (.job, "-l h_vmem=10240M"),
    ] as [(MemoryRules.Scope?, String)])
    func memory(scope: MemoryRules.Scope?, expected: String) throws {
        let lines = try directives(.gridEngine) { plan in
            plan.request.memory = .gibibytes(10)
            plan.request.cpus = 4
            plan.cluster.memory.scope = scope
        }
        #expect(lines.contains(expected))
    }

    @Test("memory without a complex, processors without a parallel environment and several nodes are refused")
    func unknownNames() {
        #expect(refusal(.gridEngine) { $0.cluster.memory.complex = nil; $0.request.memory = .gibibytes(1) }?
            .contains("memory: complex") == true)
        #expect(refusal(.gridEngine) { $0.cluster.parallelEnvironment.name = nil; $0.request.cpus = 2 }?
            .contains("parallelEnvironment: name") == true)
        #expect(refusal(.gridEngine) { $0.request.nodes = 2 }?.contains("-pe") == true)
    }

    @Test("the parallel environment is named for more slots than the site says")
    func parallelEnvironment() throws {
        func named(_ cpus: Int, above: Int) throws -> [String] {
            try directives(.gridEngine) { plan in
                plan.request.cpus = cpus
                plan.cluster.parallelEnvironment.whenSlotsAbove = above
            }.filter { $0.hasPrefix("-pe") }
        }
        #expect(try named(1, above: 1) == [])
        #expect(try named(1, above: 0) == ["-pe smp 1"])
        #expect(try named(6, above: 1) == ["-pe smp 6"])
    }

    @Test("days become hours, and arrays begin at 1")
    func times() throws {
        let lines = try directives(.gridEngine) { plan in
            plan.request.wallTime = .seconds(3 * 86400 + 5)
            plan.request.array = ArrayRequest(7)
            plan.cluster.submission.throttle = 2
        }
        #expect(lines.contains("-l h_rt=72:00:05"))
        #expect(lines.contains("-t 1-7") && lines.contains("-tc 2"))
    }

    @Test("the warning is a soft limit with USR1, and -notify with USR2")
    func warning() throws {
        func lines(_ name: String, _ wallTime: Duration? = .seconds(600)) throws -> [String] {
            try directives(.gridEngine) { plan in
                plan.request.wallTime = wallTime
                plan.request.warning = WarningSignal(name, before: .seconds(60))
            }
        }
        #expect(try lines("USR1").contains("-l s_rt=00:09:00"))
        #expect(try lines("USR2", nil).contains("-notify"))
        #expect(throws: ClusterError.self) { try lines("USR1", nil) }
        #expect(throws: ClusterError.self) { try lines("USR1", .seconds(60)) }
        #expect(throws: ClusterError.self) { try lines("TERM") }
    }

    @Test("names that it takes for something else are refused", arguments: ["1st", "a/b", "a:b", "a@b", "a*", "a?", "a\\b"])
    func names(name: String) {
        #expect(refusal(.gridEngine) { $0.name = name }?.contains("begin the name with a letter") == true)
    }

    @Test("values are in double quotes, and those with quotes or backslashes refused: it reads neither")
    func quoting() throws {
        #expect(try directives(.gridEngine) { $0.request.directory = "/my data" }.contains("-wd \"/my data\""))
        for directory in ["/my \"data\"", "/my\\data", "/a\"\u{301}"] {
            #expect(refusal(.gridEngine) { $0.request.directory = directory }?.contains("directory holds") == true)
        }
        #expect(refusal(.gridEngine) { $0.request.account = "-V" }?.contains("begins with a dash") == true)
    }

    @Test("logs are named by its words, and signs that mean something else to it refused")
    func logs() throws {
        let plan = plainPlan(.gridEngine) { plan in
            plan.request.array = ArrayRequest(2)
            plan.request.output = "l/{name}.{job}.{task}"
            plan.request.errorOutput = "l/{user}-{host}-{task}"
        }
        let job = try render(plan)
        #expect(job.output == "l/$JOB_NAME.$JOB_ID.$TASK_ID")
        #expect(job.script.contains("#$ -e l/$USER-$HOSTNAME-$TASK_ID\n"))
        #expect(!job.script.contains("#$ -j"))
        for path in ["host:/x", "a,b", "$HOME/x"] {
            #expect(refusal(.gridEngine) { $0.request.output = path } != nil)
        }
    }

    @Test("it waits for the end of jobs and for nothing else")
    func dependencies() throws {
        let lines = try directives(.gridEngine) { plan in
            plan.request.dependencies = [JobDependency(.afterAny, [JobID("1"), JobID("2")]), JobDependency(.afterCorresponding, [JobID("3")])]
        }
        #expect(lines.contains("-hold_jid 1,2") && lines.contains("-hold_jid_ad 3"))
        for condition in [JobDependency.Condition.after, .afterOK, .afterNotOK] {
            #expect(refusal(.gridEngine) { $0.request.dependencies = [JobDependency(condition, [JobID("1")])] } != nil)
        }
    }

    @Test("the rest of a request")
    func rest() throws {
        let lines = try directives(.gridEngine) { plan in
            plan.runtime.shell = "/bin/bash"
            plan.request.queue = "all.q"
            plan.otherQueues = ["long.q"]
            plan.request.project = "survey"
            plan.request.reservation = "12"
            plan.request.licences = [Licence("idl", count: 2)]
            plan.request.gpus = GPURequest(1, type: "v100")
            plan.cluster.gpu.types = ["v100": "gpu_model=V100"]
            plan.request.isExclusive = true
            plan.request.constraint = "os=rhel8"
            plan.request.mail = MailRequest("ada@example.org")
            plan.request.priority = -100
            plan.request.isHeld = true
            plan.request.isRequeued = true
        }
        for line in [
            "-S /bin/bash", "-q all.q,long.q", "-P survey", "-ar 12", "-l idl=2", "-l gpu=1", "-l gpu_model=V100",
            "-l exclusive=true", "-l os=rhel8", "-M ada@example.org", "-m ea", "-p -100", "-h", "-r y", "-j y", "-cwd",
        ] {
            #expect(lines.contains(line), "\(line)")
        }
        #expect(refusal(.gridEngine) { $0.runtime.shell = "/usr/bin/env bash" }?.contains("without arguments") == true)
    }

    @Test("the shell of its directive is the profile's, and tells so")
    func shell() throws {
        let job = try render(plainPlan(.gridEngine))
        #expect(job.lines.contains(.init("#$ -S /bin/sh", from: "profile: runtime.shell")))
    }

    @Test("a resource is left out by its name, and others stay")
    func drop() throws {
        let lines = try directives(.gridEngine) { plan in
            plan.request.memory = .gibibytes(1)
            plan.request.wallTime = .seconds(60)
            plan.request.dropDirectives = ["-l h_rt"]
        }
        #expect(lines.contains("-l h_vmem=1024M"))
        #expect(!lines.contains { $0.contains("h_rt") })
    }

    @Test("a line that begins as its directives do is refused wherever it stands, a comment of a shell, too")
    func strayDirectives() {
        #expect(refusal(.gridEngine) { $0.command = "ls\n#$HOME is full" }?.contains("#$") == true)
        #expect(refusal(.gridEngine) { $0.request.prologue = ["  #$ -q other"] }?.contains("request: prologue") == true)
    }
}
