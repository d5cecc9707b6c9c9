import HayateCluster
import Testing

@Suite("What Grid Engine, PBS and LSF tell of their sites")
struct OtherSurveyTests {
    @Test("Grid Engine's queue, parallel environment and arrays are in the file; what is not known is said")
    func gridEngine() throws {
        let world = try SurveyWorld.gridEngine()
        let cluster = try world.cluster()
        #expect(cluster.commands.environment == ["SGE_ROOT": "/opt/sge", "SGE_CELL": "hayate"])
        #expect(cluster.submission.mostElements == 75000)
        #expect(cluster.parallelEnvironment.name == "smp")
        #expect(cluster.queues["main.q"]?.maxCPUs == 16)
        #expect(cluster.queues["main.q"]?.maxWallTime == nil)
        #expect(cluster.memory.complex == nil)
        #expect(try world.draft().version == "SGE 8.1.9")
        #expect(
            try world.draft().unknown.contains { $0.contains("which complex is memory") && $0.contains("mem_free") })
    }

    @Test("of Grid Engine's complexes the memory that is handed out counts, for each slot or for the job")
    func complexes() throws {
        var world = try SurveyWorld.gridEngine()
        world.answer(
            "qconf -sc",
            """
            #name      shortcut  type    relop requestable consumable default urgency
            h_vmem     h_vmem    MEMORY  <=    YES         NO         0       0
            mem_free   mf        MEMORY  <=    YES         YES        1G      0
            m_mem_free mfree     MEMORY  <=    FORCED      JOB        0       0
            gpu        gpu       INT     <=    YES         YES        0       0
            h_rt       h_rt      TIME    <=    FORCED      NO         0:0:0   0
            """)
        let cluster = try world.cluster()
        #expect(cluster.memory.complex == "m_mem_free")
        #expect(cluster.memory.scope == .job)
        #expect(cluster.gpu.complex == "gpu")
        #expect(cluster.required == ["memory", "walltime"])
    }

    @Test("the most of a queue's hosts counts, and lists go on behind a backslash")
    func hosts() throws {
        var world = try SurveyWorld.gridEngine()
        world.answer(
            "qconf -sq main.q",
            """
            qname                 main.q
            qtype                 BATCH
            pe_list               make,[node1=mpi smp], \\
                                  [@big=smp]
            slots                 8,[node1=16], \\
                                  [@big=64]
            h_rt                  24:00:00,[@big=172800]
            user_lists            bio
            """)
        world.answer(
            "qhost -q",
            "HOSTNAME ARCH NCPU LOAD MEMTOT MEMUSE\n----\nnode1 lx 16 0.1 62.8G 1G\n   main.q   BIP 0/0/16\n")
        let queue = try #require(try world.cluster().queues["main.q"])
        #expect(queue.maxCPUs == 64)
        #expect(queue.maxWallTime == .seconds(172_800))
        #expect(queue.maxMemory == .mebibytes(64307))
        #expect(queue.isExplicit)
        #expect(try world.cluster().parallelEnvironment.name == "smp")
    }

    @Test("a queue of PBS that hands its jobs on has its own limits, and no more than a machine has")
    func pbs() throws {
        let queue = try #require(try SurveyWorld.pbsPro().cluster().queues["default"])
        #expect(queue.maxWallTime == .seconds(720 * 3600))
        #expect(queue.minMemory == .mebibytes(50))
        #expect(queue.maxGPUs == 0)
        #expect(queue.maxCPUs == 8 && queue.maxMemory == .gibibytes(64))
        #expect(try SurveyWorld.pbsPro().draft().unknown.contains { $0.contains("the default queue") })
    }

    @Test("a routing queue of PBS takes what the most generous of its destinations takes, which are not in the file")
    func route() throws {
        var world = try SurveyWorld.pbsPro()
        let destinations = [("q_2h", "02:00:00"), ("q_1w", "168:00:00")].map { name, time in
            "Queue: \(name)\n    queue_type = Execution\n    from_route_only = True\n    resources_max.walltime = "
                + "\(time)\n    enabled = True\n"
        }.joined(separator: "\n")
        world.answer(
            "qstat -Q -f",
            destinations
                + "\nQueue: in\n    queue_type = Route\n    route_destinations = q_2h,q_1w@server\n    enabled = True\n"
                + "\nQueue: shut\n    queue_type = Execution\n    enabled = False\n")
        world.answer(
            "qstat -B -f",
            "Server: pbs1.example.org\n    default_queue = in\n    max_array_size = 500\n    pbs_version = 23.06.06\n")
        let cluster = try world.cluster()
        #expect(cluster.queues.keys.sorted() == ["in"])
        #expect(cluster.queues["in"]?.maxWallTime == .seconds(168 * 3600))
        #expect(cluster.queues["in"]?.priority == 1)
        #expect(cluster.submission.mostElements == 500)
        #expect(try world.profile().id == "pbs1")
    }

    @Test("queues of Torque that are for groups are chosen only by their names")
    func torque() throws {
        let cluster = try SurveyWorld.torque().cluster()
        #expect(cluster.scheduler == .torque)
        #expect(cluster.queues.keys.sorted() == ["cpuQ", "gpuQ"])
        #expect(cluster.queues["cpuQ"]?.isExplicit == true)
    }

    @Test("LSF's units, arrays, default queue and slots are in the file")
    func lsf() throws {
        let site = try SurveyWorld.lsf().profile()
        #expect(site.id == "farm22")
        let cluster = try #require(site.clusters["main"])
        #expect(cluster.memory.limitUnit == "MB" && cluster.memory.perJobLimit && cluster.memory.perTaskReserve)
        #expect(cluster.submission.mostElements == 5000)
        #expect(cluster.polling.interval == .seconds(30))
        #expect(cluster.queues.keys.sorted() == ["normal", "small"])
        #expect(cluster.queues["small"]?.isExplicit == true)
        #expect(cluster.queues["normal"]?.priority == 1)
        // No machine has the 48 slots that a job may have.
        #expect(cluster.queues["small"]?.maxCPUs == 4)
    }

    @Test("a limit of LSF counts in the site's unit, and the default for jobs that ask for nothing is no limit")
    func lsfLimits() throws {
        var world = try SurveyWorld.lsf()
        world.answer("lshosts -w", "")
        world.answer(
            "bqueues -l",
            """
            QUEUE: long
            PRIO NICE STATUS          MAX JL/U
             30   20  Open:Active       -    -

            DEFAULT LIMITS:
             RUNLIMIT
             60.0 min of hostA

            MAXIMUM LIMITS:
             CPULIMIT              RUNLIMIT
             720.0 min of hostA    1440.0 min of hostA
             TASKLIMIT
             2 4 64
             FILELIMIT  MEMLIMIT
               1000 K     2048

            SCHEDULING PARAMETERS
            USERS: all

            QUEUE: shut
            PRIO NICE STATUS          MAX JL/U
             30   20  Closed:Inact_Adm  -    -
            """)
        let queues = try world.cluster().queues
        #expect(queues.keys.sorted() == ["long"])
        let queue = try #require(queues["long"])
        #expect(queue.maxWallTime == .seconds(86400))
        #expect(queue.minCPUs == 2 && queue.maxCPUs == 64)
        #expect(queue.maxMemory == .gibibytes(2))
    }
}

@Suite("Files from live schedulers")
struct SiteDraftTests {
    @Test("whatever is cut off or lost from the answers, the file is one that the reader takes", arguments: 0..<5)
    func damage(world index: Int) throws {
        let world = try SurveyWorld.all()[index]
        var random = DamageNoise(state: 20_261_123 + UInt64(index))
        for _ in 0..<60 {
            var damaged = world
            for (command, answer) in world.answers where random.next() % 3 != 0 {
                var bytes = Array(answer.output.utf8)
                switch random.next() % 3 {
                case 0: bytes = Array(bytes.prefix(Int(random.next() % UInt64(bytes.count + 1))))
                case 1:
                    for _ in 0..<8 where !bytes.isEmpty {
                        bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
                    }
                default:
                    bytes = Array(
                        bytes.split(separator: 10).filter { _ in random.next() % 4 != 0 }.joined(separator: [10]))
                }
                damaged.answer(command, String(decoding: bytes, as: UTF8.self))
            }
            _ = try damaged.profile()
        }
    }

    @Test("the scheduler is told from the versions of its commands")
    func search() throws {
        func kind(_ command: Int, _ output: String, errors: String = "", code: Int32 = 0) -> SchedulerKind? {
            SchedulerSearch.kind(
                CommandAnswer(.process(.exited(code: code)), output: output, errors: errors),
                to: SchedulerSearch.questions[command])
        }
        #expect(SchedulerSearch.kind(try recorded("slurm/sbatch-version"), to: SchedulerSearch.questions[0]) == .slurm)
        #expect(
            kind(1, "SGE 8.1.9\nusage: qconf [options]\n   [-sql]   show a list of all queues\n", code: 1)
                == .gridEngine)
        #expect(kind(2, "IBM Spectrum LSF 10.1\nMy cluster name is farm22\n") == .lsf)
        #expect(kind(3, "pbs_version = 18.2.3.20181206140456\n") == .pbsPro)
        #expect(kind(3, "", errors: "Version: 6.1.1\nCommit: 52e8\n") == .torque)
        // Grid Engine's own qstat.
        #expect(kind(3, "", errors: "error: Unknown option --version\n", code: 1) == nil)
        #expect(
            SchedulerSearch.kind(CommandAnswer(.notStarted("no such program")), to: SchedulerSearch.questions[0]) == nil
        )
    }
}

/// SplitMix64 of Steele, Lea and Flood, so that a failure comes back.
private struct DamageNoise {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
