import HayateCluster
import Testing

@Suite("Plans of jobs")
struct JobPlannerTests {
    static func planner(
        _ cluster: String, scheduler: String = "slurm", rest: String = "", profile: String? = nil,
        variables: [String: String] = [:]
    ) throws -> JobPlanner {
        let site = try SiteText.profile(
            "site: { id: test }\nclusters:\n  main:\n    scheduler: \(scheduler)\n\(cluster)\n\(rest)\n")
        return try JobPlanner(site, profile: profile, variables: variables)
    }

    func sentence(_ body: () throws -> AllocationPlan) -> String {
        do {
            _ = try body()
            return "fits"
        } catch {
            return "\(error)"
        }
    }

    @Test("a request is completed from the profile, and that from the cluster's defaults")
    func completion() throws {
        let planner = try Self.planner(
            "    defaults: { cpus: 1, walltime: 1h, modules: [a], environment: { A: '1', B: '1' }, prologue: [one], "
                + "epilogue: [last] }",
            rest:
                "profiles: { big: { cpus: 8, memory: 4GiB, modules: [b, a], environment: { B: '2' }, prologue: "
                    + "[two], epilogue: [first] } }",
            profile: "big")
        var wishes = JobRequest()
        wishes.memory = .gibibytes(8)
        wishes.environment = ["C": "3"]
        let request = try planner.allocation(for: wishes).request
        #expect(request.memory == .gibibytes(8) && request.cpus == 8 && request.wallTime == .seconds(3600))
        #expect(request.environment == ["A": "1", "B": "2", "C": "3"])
        #expect(request.modules == ["a", "b"] && request.prologue == ["one", "two"])
        // The other way round: what was begun last ends first.
        #expect(request.epilogue == ["first", "last"])
    }

    @Test("the profile 'default' is meant where none is named")
    func defaultProfile() throws {
        let rest = "profiles: { default: { cpus: 3 }, other: { cpus: 4 } }"
        #expect(try Self.planner("", rest: rest).allocation(for: JobRequest()).request.cpus == 3)
        #expect(try Self.planner("", rest: rest, profile: "other").allocation(for: JobRequest()).request.cpus == 4)
        #expect(try Self.planner("", profile: "default").allocation(for: JobRequest()).request.cpus == nil)
    }

    @Test("names that the site does not have are refused")
    func names() throws {
        #expect(throws: ClusterError("the site test has no profile 'bg'; did you mean 'big'?")) {
            try Self.planner("", rest: "profiles: { big: {} }", profile: "bg")
        }
        #expect(throws: ClusterError("the site test has no profile 'bg'; it has none")) {
            try Self.planner("", profile: "bg")
        }
        let two = try SiteText.profile(
            "site: { id: test }\nclusters: { a: { scheduler: slurm }, b: { scheduler: sge } }")
        #expect(throws: ClusterError("the site test has several clusters; name one of a, b with --cluster")) {
            try JobPlanner(two)
        }
        #expect(throws: ClusterError("the site test has no cluster 'zzzz'; it has a, b")) {
            try JobPlanner(two, cluster: "zzzz")
        }
        #expect(try JobPlanner(two, cluster: "b").cluster.scheduler == .gridEngine)
    }

    @Test("an account comes from the request, else from the variable, and a required one must come from somewhere")
    func account() throws {
        let cluster = "    requires: [account, walltime]\n    accountFrom: { env: PROJECT }"
        var wishes = JobRequest()
        wishes.wallTime = .seconds(3600)
        let with = try Self.planner(cluster, variables: ["PROJECT": "p1"])
        #expect(try with.allocation(for: wishes).request.account == "p1")
        wishes.account = "p2"
        #expect(try with.allocation(for: wishes).request.account == "p2")
        let without = try Self.planner(cluster, variables: ["PROJECT": ""])
        #expect(
            sentence { try without.allocation(for: JobRequest()) }
                == "jobs at test must have account and walltime; give --account and --walltime, "
                + "or set it in a profile of the site, or set the variable PROJECT")
    }

    @Test("requests that nothing can be made of are refused")
    func refused() throws {
        let planner = try Self.planner(
            "    gpu: { types: { a100: A100 } }", scheduler: "lsf", rest: "runtime: { walltimeMargin: 10m }")
        func with(_ change: (inout JobRequest) -> Void) -> String {
            var request = JobRequest()
            change(&request)
            return sentence { try planner.allocation(for: request) }
        }
        #expect(with { $0.cpus = 0 } == "cpus is 0; give a number from 1 to 1000000")
        #expect(with { $0.nodes = -1 } == "nodes is -1; give a number from 1 to 1000000")
        #expect(with { $0.wallTime = .zero } == "the walltime is not more than nothing; give one such as 12h")
        #expect(
            with { $0.wallTime = .seconds(90) } == "the walltime is 1m30s, but LSF counts in whole minutes; give 2m")
        #expect(
            with { $0.gpus = GPURequest(1, type: "a10") }
                == "test has no graphics processors 'a10'; did you mean 'a100'? It has a100")
        #expect(
            with { $0.wallTime = .seconds(600) }
                == "a walltime of 10m leaves daemons no time, as they take no tasks in its last 10m; "
                + "ask for more, or make runtime.walltimeMargin smaller")
    }

    @Test("daemons stop taking tasks before the job's limit, by the site's margin")
    func margin() throws {
        let planner = try Self.planner("", rest: "runtime: { walltimeMargin: 10m }")
        var wishes = JobRequest()
        #expect(try planner.allocation(for: wishes).daemonWallTime == nil)
        wishes.wallTime = .seconds(3600)
        #expect(try planner.allocation(for: wishes).daemonWallTime == .seconds(3000))
    }

    @Test("memory below the site's minimum is raised to it")
    func minimum() throws {
        let planner = try Self.planner("    memory: { minimum: 6GiB }")
        var wishes = JobRequest()
        #expect(try planner.allocation(for: wishes).request.memory == nil)
        wishes.memory = .gibibytes(1)
        #expect(try planner.allocation(for: wishes).request.memory == .gibibytes(6))
        wishes.memory = .gibibytes(7)
        #expect(try planner.allocation(for: wishes).request.memory == .gibibytes(7))
    }

    @Test("a machine that is given whole is filled with daemons")
    func wholeNodes() throws {
        let cluster =
            "    queues: { standard: { wholeNodes: true, nodeCpus: 128, nodeMemory: 256GiB, maxNodes: 4, qos: std, "
                + "reservation: r } }"
        var wishes = JobRequest()
        var plan = try Self.planner(cluster).allocation(for: wishes)
        #expect(plan.request.tasksPerNode == 128 && plan.request.nodes == 1 && plan.daemonsPerJob == 128)
        #expect(plan.request.qualityOfService == "std" && plan.request.reservation == "r")
        wishes.cpus = 16
        wishes.nodes = 2
        plan = try Self.planner(cluster).allocation(for: wishes)
        #expect(plan.request.tasksPerNode == 8 && plan.daemonsPerJob == 16)
        wishes.cpus = 200
        #expect(
            sentence { try Self.planner(cluster).allocation(for: wishes) }
                == "no queue of test takes this job; 'standard' is nearest, but it has processors on each machine "
                    + "of at most 128, "
                + "and 200 is asked for: ask for what it has")
        // So many daemons that share the machine: one process with all its processors.
        plan = try Self.planner(cluster, rest: "profiles: { default: { daemonsPerJob: 4 } }").allocation(
            for: JobRequest())
        #expect(plan.request.cpus == 128 && plan.request.tasksPerNode == nil && plan.daemonsPerJob == 4)
    }
}
