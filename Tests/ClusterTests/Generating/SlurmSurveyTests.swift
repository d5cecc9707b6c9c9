import HayateCluster
import Testing

@Suite("What Slurm tells of its site")
struct SlurmSurveyTests {
    @Test("limits of partitions, sizes of nodes and of arrays are in the file, and it says who told them")
    func testbed() throws {
        let site = try SurveyWorld.slurm().profile()
        #expect(site.id == "hayate")
        #expect(site.detection == [.hostName("^login[0-9]+\\.example\\.org$")])
        let cluster = try #require(site.clusters["main"])
        #expect(cluster.scheduler == .slurm)
        #expect(cluster.commands.environment == ["SLURM_CONF": "/etc/slurm/slurm.conf"])
        #expect(cluster.submission.mostElements == 1001)
        #expect(cluster.queues.keys.sorted() == ["main", "scavenge", "short"])
        let main = try #require(cluster.queues["main"])
        #expect(
            main.maxWallTime == nil && main.maxCPUs == 16 && main.maxMemory == .mebibytes(16000) && main.priority == 1)
        #expect(cluster.queues["short"]?.maxWallTime == .seconds(60))
        // Its jobs lose their place to those of the others.
        #expect(cluster.queues["scavenge"]?.isExplicit == true)
        #expect(cluster.preemptionGrace == .seconds(3))
        let text = try SurveyWorld.slurm().draft().yaml()
        #expect(text.contains("maxArraySize: 1001  # scontrol show config: MaxArraySize\n"))
        #expect(text.contains("maxWalltime: 1m  # scontrol show partition: MaxTime\n"))
        #expect(text.contains("# - accounts of root, by sacctmgr: research, root\n"))
        #expect(try SurveyWorld.slurm().draft().unknown.isEmpty)
    }

    @Test("graphics processors are counted and named, and their sockets are not taken for others")
    func gpus() throws {
        var world = try SurveyWorld.slurm()
        world.answer(
            "sinfo -h -e -o '%P|%l|%c|%m|%G|%D'",
            """
            main*|infinite|64|256000|(null)|12
            main*|infinite|128|1024000|gpu:a100:4(S:0,1),mps:400|2
            short|1:00|64|256000|gpu:8(S:0-1)|2
            scavenge|infinite|256+|191388+|gpu:a100:2,gpu:v100:2|12
            """)
        let queues = try world.cluster().queues
        #expect(queues["main"]?.maxGPUs == 4)
        #expect(queues["main"]?.gpuTypes == ["a100"])
        #expect(queues["main"]?.maxCPUs == 128)
        #expect(queues["short"]?.maxGPUs == 8)
        #expect(queues["short"]?.gpuTypes == [])
        #expect(queues["scavenge"]?.maxGPUs == 4)
        #expect(queues["scavenge"]?.gpuTypes == ["a100", "v100"])
        // 256 or more is no most.
        #expect(queues["scavenge"]?.maxCPUs == nil && queues["scavenge"]?.maxMemory == nil)
        #expect(try world.draft().unknown.contains { $0.contains("scavenge") && $0.contains("256 or more") })
    }

    @Test("whole nodes, accounts, quality of service and limits of nodes come from the partition")
    func partition() throws {
        var world = try SurveyWorld.slurm()
        world.answer(
            "scontrol show partition -o",
            "PartitionName=main AllowGroups=ALL AllowAccounts=bio,geo AllowQos=std Default=NO MaxNodes=128 "
                + "MaxTime=5-12:00:00 "
                + "MinNodes=2 MaxCPUsPerNode=UNLIMITED OverSubscribe=EXCLUSIVE State=UP MaxMemPerNode=8000 "
                + "PreemptMode=OFF\n"
                + "PartitionName=admin RootOnly=YES MaxTime=UNLIMITED\n"
                + "PartitionName=short AllowGroups=staff MaxTime=30 State=DOWN\n")
        let queues = try world.cluster().queues
        #expect(queues.keys.sorted() == ["main", "short"])
        let main = try #require(queues["main"])
        #expect(main.maxWallTime == .seconds(475_200) && main.minNodes == 2 && main.maxNodes == 128)
        #expect(main.accounts == ["bio", "geo"] && main.qualityOfService == "std")
        #expect(main.wholeNodes && main.nodeCPUs == 16 && main.maxMemory == .mebibytes(8000))
        #expect(queues["short"]?.maxWallTime == .seconds(1800) && queues["short"]?.isExplicit == true)
    }

    @Test("a site without accounting asks the controller, and one that forgets jobs soon is asked often")
    func accounting() throws {
        var world = try SurveyWorld.slurm()
        let config = try #require(world.answers["scontrol show config"]?.output)
        world.answer(
            "scontrol show config",
            config.replacing("accounting_storage/slurmdbd", with: "accounting_storage/none")
                .replacing("MinJobAge               = 300 sec", with: "MinJobAge               = 90 sec"))
        let cluster = try world.cluster()
        #expect(cluster.commands.accounting == ["scontrol"])
        #expect(cluster.polling.interval == .seconds(45))
    }

    @Test("what the controller does not tell is said, with its own words")
    func down() throws {
        var world = SurveyWorld(kind: .slurm)
        world.answers["scontrol show config"] = try recorded("slurm/scontrol-no-controller")
        let draft = try world.draft()
        #expect(
            draft.unknown.contains {
                $0.hasPrefix("the sizes of arrays") && $0.contains("Unable to contact slurm controller")
            })
        #expect(draft.unknown.contains { $0.contains("there is no program sinfo") })
        #expect(try world.profile().id == "mysite")
    }
}
