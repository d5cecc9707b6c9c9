import HayateCluster
import Testing

@Suite("Choice of the queue")
struct QueueChoiceTests {
    static let site = """
        site: { id: test }
        clusters:
          main:
            scheduler: slurm
            queues:
              short: { maxWalltime: 1h, maxCpus: 16, maxMemory: 64GiB }
              normal: { maxWalltime: 24h, maxCpus: 64, maxMemory: 230GiB, maxNodes: 4, accounts: [] }
              long: { maxWalltime: 7d, maxCpus: 64, priority: -1 }
              big: { minMemory: 300GiB, maxMemory: 3TiB, maxWalltime: 24h }
              gpu: { needsGpu: true, maxGpus: 4, gpuTypes: [a100], maxWalltime: 24h }
              debug: { explicit: true, maxWalltime: 10m }
              theirs: { explicit: true, accounts: [them], minNodes: 2 }
        """

    func plan(_ site: String = site, _ change: (inout JobRequest) -> Void) throws -> AllocationPlan {
        var request = JobRequest()
        change(&request)
        return try JobPlanner(try SiteText.profile(site)).allocation(for: request)
    }

    func sentence(_ site: String = site, _ change: (inout JobRequest) -> Void) -> String {
        do {
            return "took \(try plan(site, change).request.queue ?? "none")"
        } catch {
            return "\(error)"
        }
    }

    @Test("the tightest queue that takes the job is chosen, the highest priority first")
    func tightest() throws {
        #expect(try plan { $0.wallTime = .seconds(600) }.request.queue == "short")
        #expect(try plan { $0.wallTime = .seconds(7200) }.request.queue == "normal")
        #expect(try plan { $0.wallTime = .seconds(200_000) }.request.queue == "long")
        #expect(try plan { $0.cpus = 32 }.request.queue == "normal")
        #expect(
            try plan {
                $0.cpus = 8; $0.tasksPerNode = 4
            }.request.queue == "normal")
        #expect(try plan { $0.memory = .gibibytes(400) }.request.queue == "big")
        #expect(try plan { $0.gpus = GPURequest(2) }.request.queue == "gpu")
        #expect(try plan { _ in }.request.queue == "short")
        #expect(try plan { $0.queue = "auto" }.request.queue == "short")
        let raised = Self.site + "\n      preferred: { priority: 5, maxWalltime: 30d, maxCpus: 4, maxGpus: 0 }"
        #expect(try plan(raised) { $0.wallTime = .seconds(600) }.request.queue == "preferred")
        #expect(try plan(raised) { $0.cpus = 5 }.request.queue == "short")
    }

    @Test("a queue that is only for those who name it is taken by name alone")
    func explicit() throws {
        #expect(try plan { $0.queue = "debug" }.request.queue == "debug")
        #expect(try plan { $0.wallTime = .seconds(300) }.request.queue == "short")
        // What is not asked for may be what the queue needs.
        #expect(try plan { $0.queue = "theirs" }.request.queue == "theirs")
        #expect(try plan { $0.queue = "big" }.request.queue == "big")
    }

    @Test(
        "a named queue that does not take the job is refused with its limit, and another one is named",
        arguments: [
            (
                "short", 7200, 1,
                "the queue 'short' of test does not take this job: it has walltimes of at most 1h, and 2h is asked "
                    + "for; "
                    + "ask for what it has, or take 'normal', which fits (--queue normal, or auto)"
            ),
            (
                "short", 7200, 100,
                "the queue 'short' of test does not take this job: it has walltimes of at most 1h, and 2h is asked "
                    + "for, and it has "
                    + "processors on each machine of at most 16, and 100 is asked for; ask for what it has"
            ),
            (
                "shrot", 60, 1,
                "there is no queue 'shrot' at test; did you mean 'short'? It has big, debug, gpu, long, normal, "
                    + "short, theirs"
            ),
            (
                "gpu", 60, 1,
                "the queue 'gpu' of test does not take this job: its jobs must ask for graphics processors; "
                    + "ask for what it has, or take 'short', which fits (--queue short, or auto)"
            ),
        ] as [(String, Int, Int, String)])
    func refused(queue: String, seconds: Int, cpus: Int, expected: String) {
        #expect(
            sentence {
                $0.queue = queue
                $0.wallTime = .seconds(seconds)
                $0.cpus = cpus
            } == expected)
    }

    @Test("where nothing fits, the nearest queue and its limit are named")
    func nearest() {
        #expect(
            sentence { $0.wallTime = .seconds(1_000_000) }
                == "no queue of test takes this job; 'long' is nearest, but it has walltimes of at most 7d, "
                + "and 11d13h46m40s is asked for: ask for what it has, or name one of theirs with --queue")
        #expect(
            sentence { $0.gpus = GPURequest(8) }
                == "no queue of test takes this job; 'gpu' is nearest, but it has at most 4 graphics processors "
                + "on each machine, and 8 are asked for: ask for what it has")
        #expect(
            sentence { $0.gpus = GPURequest(1, type: "h100") }
                == "no queue of test takes this job; 'gpu' is nearest, but its graphics processors are a100, "
                + "and not 'h100': ask for what it has")
        let all = "site: { id: test }\nclusters: { main: { scheduler: slurm, queues: { a: { explicit: true } } } }"
        #expect(sentence(all) { _ in } == "every queue of test must be named; give one with --queue: a")
        let small =
            "site: { id: test }\nclusters: { main: { scheduler: slurm, queues: { a: { maxCpus: 1 }, b: { explicit: "
                + "true } } } }"
        #expect(
            sentence(small) { $0.cpus = 2 }
                == "no queue of test takes this job; 'a' is nearest, but it has processors on each machine of at "
                    + "most 1, "
                + "and 2 is asked for: ask for what it has, or name one of b with --queue")
        let accounts =
            "site: { id: test }\nclusters: { main: { scheduler: slurm, queues: { a: { accounts: [x, y] } } } }"
        #expect(
            sentence(accounts) { $0.account = "z" }
                == "no queue of test takes this job; 'a' is nearest, but it is for the accounts x, y, and not for 'z': "
                + "ask for what it has")
    }

    @Test("where the profile knows no queues, a name is taken as it is")
    func unknownQueues() throws {
        let bare = "site: { id: test }\nclusters: { main: { scheduler: slurm } }"
        #expect(try plan(bare) { $0.queue = "anything" }.request.queue == "anything")
        #expect(try plan(bare) { _ in }.request.queue == nil)
    }

    @Test("several queues are given where the site wants a list, or somebody writes one")
    func lists() throws {
        let list = Self.site.replacing("scheduler: slurm", with: "scheduler: slurm\n    partitionList: true")
        let plan = try plan(list) { $0.wallTime = .seconds(600) }
        #expect(plan.request.queue == "short" && plan.otherQueues == ["normal", "long"])
        let named = try self.plan { $0.queue = "normal,long" }
        #expect(named.request.queue == "normal" && named.otherQueues == ["long"])
        #expect(try self.plan { $0.wallTime = .seconds(600) }.otherQueues == [])
        #expect(sentence { $0.queue = "normal,gpu" }.hasPrefix("the queue 'gpu' of test does not take this job"))
    }

    @Test("a queue without a word about graphics processors has none where another one has")
    func silentQueues() throws {
        let nobody = "site: { id: test }\nclusters: { main: { scheduler: slurm, queues: { a: {} } } }"
        #expect(try plan(nobody) { $0.gpus = GPURequest(1) }.request.queue == "a")
        let other = "site: { id: test }\nclusters: { main: { scheduler: slurm, queues: { a: {}, b: { maxGpus: 2 } } } }"
        #expect(try plan(other) { $0.gpus = GPURequest(1) }.request.queue == "b")
    }

    @Test("several sets of limits may be one queue, and some have no name at all")
    func names() throws {
        let site =
            "site: { id: test }\nclusters:\n  main:\n    scheduler: slurm\n    partitionList: true\n    queues:\n"
            + "      long: { name: std, qos: long, minWalltime: 24h, maxWalltime: 96h, extraDirectives: [--x] }\n"
            + "      usual: { name: std, qos: std, maxWalltime: 24h, priority: 1 }\n"
            + "      any: { name: '', maxWalltime: 200h, priority: -1 }\n"
        let long = try plan(site) { $0.wallTime = .seconds(50 * 3600) }
        #expect(long.request.queue == "std" && long.request.qualityOfService == "long")
        #expect(long.request.extraDirectives == ["--x"] && long.otherQueues == [])
        #expect(try plan(site) { $0.wallTime = .seconds(3600) }.request.qualityOfService == "std")
        #expect(try plan(site) { $0.wallTime = .seconds(150 * 3600) }.request.queue == nil)
        #expect(try plan(site) { $0.queue = "long" }.request.queue == "std")
    }
}
