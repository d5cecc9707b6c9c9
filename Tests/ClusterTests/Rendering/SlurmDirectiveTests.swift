import HayateCluster
import Testing

@Suite("Directives of Slurm")
struct SlurmDirectiveTests {
    @Test("memory counts for the node, or for each processor where the site says so, rounded up")
    func memory() throws {
        func memory(_ scope: MemoryRules.Scope?) throws -> [String] {
            try directives(.slurm) { plan in
                plan.request.memory = MemorySize(bytes: 10 << 30 | 1)
                plan.request.cpus = 3
                plan.cluster.memory.scope = scope
            }.filter { $0.hasPrefix("--mem") }
        }
        #expect(try memory(nil) == ["--mem=10241M"])
        #expect(try memory(.node) == ["--mem=10241M"])
        #expect(try memory(.cpu) == ["--mem-per-cpu=3414M"])
        #expect(throws: ClusterError.self) { try memory(.slot) }
    }

    @Test("requests below the site's least memory are raised to it")
    func leastMemory() throws {
        let lines = try directives(.slurm) { plan in
            plan.request.memory = .gibibytes(1)
            plan.cluster.memory.minimum = .gibibytes(6)
        }
        #expect(lines.contains("--mem=6144M"))
    }

    @Test("graphics processors are asked for as the site does", arguments: [
        (nil, "a100", "--gpus-per-node=a100:2"), (.gpusPerNode, nil, "--gpus-per-node=2"),
        (.gres, "a100", "--gres=gpu:a100:2"), (.gres, "big", "--gres=gpu:h100_80:2"),
    ] as [(GPURules.Directive?, String?, String)])
    func gpus(directive: GPURules.Directive?, type: String?, expected: String) throws {
        let lines = try directives(.slurm) { plan in
            plan.request.gpus = GPURequest(2, type: type)
            plan.cluster.gpu.directive = directive
            plan.cluster.gpu.types = ["big": "gpu:h100_80"]
        }
        #expect(lines.contains(expected))
    }

    @Test("values with blanks and quotes are in double quotes, with backslashes before what would end them")
    func quoting() throws {
        let lines = try directives(.slurm) { plan in
            plan.name = #"a "b" \ # c"#
            plan.request.constraint = "rome&ib"
        }
        #expect(lines.contains(#"--job-name="a \"b\" \\ # c""#))
        #expect(lines.contains(#"--constraint="rome&ib""#))
    }

    @Test("a job in an array is named by the array's id in the names of logs, and {task} vanishes outside of arrays")
    func logs() throws {
        func output(_ pattern: String, isArray: Bool) throws -> String? {
            try render(plainPlan(.slurm) { plan in
                plan.request.output = pattern
                plan.request.array = isArray ? ArrayRequest(3) : nil
            }).output
        }
        #expect(try output("l/{name}-{job}_{task}.{user}.{host}", isArray: true) == "l/%x-%A_%a.%u.%N")
        #expect(try output("l/{name}-{job}_{task}.out", isArray: false) == "l/%x-%j.out")
        #expect(try output("50%/{job}", isArray: false) == "50%%/%j")
        #expect(try output("/dev/null", isArray: true) == "/dev/null")
    }

    @Test("one log for all elements, an unknown placeholder and a directory are refused", arguments: [
        ("all.out", "add {task}"), ("{jobb}-{task}", "did you mean {job}?"), ("logs/", "names no file"),
        ("a\\b-{task}", "means something else"),
    ])
    func badLogs(pattern: String, words: String) {
        let message = refusal(.slurm) { plan in
            plan.request.output = pattern
            plan.request.array = ArrayRequest(3)
        }
        #expect(message?.contains(words) == true, "\(message ?? "accepted")")
    }

    @Test("dependencies that cannot hold any more end the job, and the cluster's name is no part of an id")
    func dependencies() throws {
        let lines = try directives(.slurm) { plan in
            plan.request.dependencies = [
                JobDependency(.afterOK, [JobID("12;narval"), JobID("13_4")]), JobDependency(.afterCorresponding, [JobID("7")]),
            ]
        }
        #expect(lines.contains("--dependency=afterok:12:13_4,aftercorr:7"))
        #expect(lines.contains("--kill-on-invalid-dep=yes"))
    }

    @Test("the warning is sent to the script's shell, which survives it")
    func warning() throws {
        let job = try render(plainPlan(.slurm) { $0.request.warning = WarningSignal("USR1", before: .milliseconds(59_500)) })
        #expect(job.script.contains("#SBATCH --signal=B:USR1@60\n"))
        #expect(job.script.contains("trap : USR1\n"))
        for name in ["SIGUSR1", "usr1", "USR1@9,B:KILL", ""] {
            #expect(refusal(.slurm) { $0.request.warning = WarningSignal(name, before: .seconds(60)) } != nil)
        }
    }

    @Test("the rest of a request")
    func rest() throws {
        let lines = try directives(.slurm) { plan in
            plan.request.queue = "short"
            plan.otherQueues = ["long"]
            plan.request.qualityOfService = "high"
            plan.request.reservation = "maintenance"
            plan.request.licences = [Licence("matlab"), Licence("ansys@lic1", count: 3)]
            plan.request.nodes = 2
            plan.request.isExclusive = true
            plan.request.mail = MailRequest("ada@example.org", events: [.fail, .begin])
            plan.request.priority = -5
            plan.request.errorOutput = "e-{job}"
            plan.request.isRequeued = false
        }
        for line in [
            "--partition=short,long", "--qos=high", "--reservation=maintenance", "--licenses=matlab:1,ansys@lic1:3",
            "--nodes=2", "--ntasks-per-node=1", "--exclusive", "--mail-user=ada@example.org", "--mail-type=BEGIN,FAIL",
            "--priority=-5", "--error=e-%j", "--no-requeue", "--export=NONE",
        ] {
            #expect(lines.contains(line), "\(line)")
        }
    }

    @Test("nothing of the environment is passed on, and no value stands in a directive")
    func environment() throws {
        let job = try render(plainPlan(.slurm) { $0.request.environment = ["TOKEN": "a,b=c"] })
        #expect(job.script.contains("export TOKEN='a,b=c'\n"))
        #expect(!job.lines.contains { $0.text.hasPrefix("#SBATCH") && $0.text.contains("TOKEN") })
        #expect(job.script.contains("export SLURM_EXPORT_ENV=ALL\n"))
    }

    @Test("the submission: its id alone is asked for, the cluster is named, and variables of a surrounding job are taken out")
    func submission() throws {
        let plan = plainPlan(.slurm) { plan in
            plan.cluster.commands.submit = ["/opt/slurm/bin/sbatch", "--quiet"]
            plan.cluster.commands.clusterFlag = "biohpc"
            plan.cluster.commands.environment = ["SLURM_CONF": "/etc/slurm.conf"]
            plan.cluster.commands.timeout = .seconds(7)
            plan.cluster.submission.unset = ["MY_*"]
            plan.request.rawOptions = ["--comment=a b"]
        }
        let job = try render(plan)
        #expect(job.submission.words == ["/opt/slurm/bin/sbatch", "--quiet", "--parsable", "-M", "biohpc", "--comment=a b"])
        #expect(job.submission.environment == ["SLURM_CONF": "/etc/slurm.conf"])
        #expect(job.submission.unset.contains("SBATCH_*") && job.submission.unset.contains("MY_*"))
        #expect(job.submission.timeLimit == .seconds(7))
        #expect(job.submission.standardInput == job.script)
        var file = plan
        file.cluster.submission.way = .file
        #expect(try render(file).submission.standardInput == nil)
    }

    @Test("directives are added and left out by the site, the queue and the request")
    func extras() throws {
        let lines = try directives(.slurm) { plan in
            plan.request.queue = "gpu"
            plan.request.memory = .gibibytes(4)
            plan.request.cpus = 2
            plan.cluster.extraDirectives = ["--switches=1"]
            plan.cluster.queues["gpu"] = { var limits = QueueLimits(); limits.extraDirectives = ["--constraint=a100"]; return limits }()
            plan.request.extraDirectives = ["--comment=x", "--switches=1"]
            plan.cluster.dropDirectives = ["--mem"]
            plan.request.dropDirectives = ["--no-requeue"]
        }
        #expect(lines.suffix(3) == ["--switches=1", "--constraint=a100", "--comment=x"])
        #expect(!lines.contains { $0.hasPrefix("--mem") || $0 == "--no-requeue" })
        #expect(lines.contains("--cpus-per-task=2"))
        #expect(refusal(.slurm) { $0.request.extraDirectives = ["#SBATCH --x"] }?.contains("without #SBATCH") == true)
    }

    @Test("what Slurm has not is refused with what to write instead")
    func refused() {
        #expect(refusal(.slurm) { $0.request.project = "p" }?.contains("--wckey") == true)
        #expect(refusal(.slurm) { $0.request.gpus = GPURequest(1); $0.cluster.gpu.directive = .lsfGPU } != nil)
    }
}
