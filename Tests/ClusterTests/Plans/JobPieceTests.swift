import HayateCluster
import Testing

@Suite("Pieces of a plan")
struct JobPieceTests {
    func pieces(
        _ daemons: Int, scheduler: String = "slurm", cluster: String = "", perJob: Int? = nil, throttle: Int? = nil,
        name: String? = nil, run: String = "ab12cd", first: UInt32 = 1, firstDaemon: Int = 0
    ) throws -> [JobPiece] {
        let rest = perJob.map { "profiles: { default: { daemonsPerJob: \($0) } }" } ?? ""
        var request = JobRequest()
        request.name = name
        if let throttle { request.array = ArrayRequest(1, throttle: throttle) }
        return try JobPlannerTests.planner(cluster, scheduler: scheduler, rest: rest).allocation(for: request)
            .pieces(daemons: daemons, run: run, firstSubmission: first, firstDaemon: firstDaemon) {
                "start \($0.firstDaemon)"
            }
    }

    @Test(
        "daemons are one array, counted from the scheduler's lowest index",
        arguments: [
            ("slurm", 0...9), ("sge", 1...10), ("pbspro", 0...9), ("torque", 0...9), ("lsf", 1...10), ("local", 0...9),
        ])
    func indices(scheduler: String, elements: ClosedRange<Int>) throws {
        let pieces = try pieces(10, scheduler: scheduler)
        #expect(pieces.count == 1)
        #expect(pieces[0].submission.elements == elements)
        #expect(pieces[0].plan.request.array == ArrayRequest(10))
        #expect(pieces[0].plan.command == "start 0")
    }

    @Test("one daemon is a job without an array")
    func single() throws {
        let piece = try #require(try pieces(1).first)
        #expect(piece.submission.elements == nil && piece.plan.request.array == nil)
        #expect(piece.plan.name == "hayate-ab12cd-1" && piece.submission.name == piece.plan.name)
    }

    @Test("more than the site's arrays hold become several, and the index of daemons goes on through them")
    func split() throws {
        let pieces = try pieces(250, cluster: "    submission: { maxArraySize: 100 }", first: 7, firstDaemon: 50)
        #expect(pieces.map(\.submission.elements) == [0...83, 0...82, 0...82])
        #expect(pieces.map(\.submission.firstDaemon) == [50, 134, 217])
        #expect(pieces.map(\.submission.number) == [7, 8, 9])
        #expect(pieces.map(\.plan.name) == ["hayate-ab12cd-7", "hayate-ab12cd-8", "hayate-ab12cd-9"])
        #expect(pieces.map(\.plan.command) == ["start 50", "start 134", "start 217"])
    }

    @Test("the scheduler's own limit holds where the site says nothing")
    func schedulerLimit() throws {
        #expect(try pieces(1001).count == 1)
        #expect(try pieces(1002).map(\.submission.elements) == [0...500, 0...500])
        #expect(try pieces(1001, scheduler: "lsf").map(\.submission.elements) == [1...501, 1...500])
    }

    @Test("PBS Pro never gets an array of one", arguments: 1...60, 2...7)
    func neverOne(daemons: Int, most: Int) throws {
        let pieces = try pieces(daemons, scheduler: "pbspro", cluster: "    submission: { maxArraySize: \(most) }")
        var next = 0
        for piece in pieces {
            #expect(piece.submission.firstDaemon == next)
            let count = piece.submission.elements?.count ?? 1
            #expect(count <= most)
            #expect(piece.submission.elements.map { $0.count >= 2 } ?? true)
            #expect(piece.plan.request.array?.count == piece.submission.elements?.count)
            next += count
        }
        #expect(next == daemons)
    }

    @Test("several daemons share a job, and those left over have one of their own")
    func shared() throws {
        let pieces = try pieces(22, perJob: 4)
        #expect(pieces.map(\.submission.elements) == [0...4, nil])
        #expect(pieces.map(\.submission.daemonsPerElement) == [4, 2])
        #expect(pieces.map(\.submission.firstDaemon) == [0, 20])
        #expect(try self.pieces(3, perJob: 4).map(\.submission.daemonsPerElement) == [3])
    }

    @Test("a throttle is spread over the arrays, and the site's holds as well")
    func throttle() throws {
        let cluster = "    submission: { maxArraySize: 100, arrayThrottle: 50 }"
        #expect(try pieces(250, cluster: cluster).map(\.plan.request.array?.throttle) == [17, 17, 16])
        #expect(try pieces(250, cluster: cluster, throttle: 7).map(\.plan.request.array?.throttle) == [3, 2, 2])
        #expect(try pieces(250, cluster: cluster, throttle: 99).map(\.plan.request.array?.throttle) == [17, 17, 16])
        #expect(try pieces(10, throttle: 10).map(\.plan.request.array?.throttle) == [nil])
        #expect(try pieces(22, perJob: 4, throttle: 3).map(\.plan.request.array?.throttle) == [2, nil])
        #expect(
            throws: ClusterError(
                "250 elements are 3 arrays, as one holds at most 100; of each at least one runs, which is more than "
                    + "the 2 that may run at once: raise the throttle to 3, or ask for fewer elements")
        ) { try pieces(250, cluster: cluster, throttle: 2) }
        #expect(
            throws: ClusterError(
                "only one job may run at once, and 22 daemons are jobs of 4 and one of 2; ask for a multiple of 4")
        ) { try pieces(22, perJob: 4, throttle: 1) }
        #expect(throws: ClusterError("0 daemons are none; ask for 1 or more")) { try pieces(0) }
    }

    @Test(
        "names have what the scheduler takes, and keep what makes them unique",
        arguments: [
            ("slurm", "", "my job/1:ä", "my_job_1__-ab12cd-1"), ("slurm", "", "9lives", "h9lives-ab12cd-1"),
            ("torque", "", "a-very-long-name", "a-very-ab12cd-1"),
            ("slurm", "    naming: { max: 12, allow: 'A-Za-z0-9' }", "fold", "folxab12cdx1"),
            ("slurm", "    naming: { max: 20 }", "ünique", "h_nique-ab12cd-1"),
        ])
    func names(scheduler: String, cluster: String, wished: String, expected: String) throws {
        #expect(try pieces(1, scheduler: scheduler, cluster: cluster, name: wished)[0].plan.name == expected)
    }

    @Test("a name that has no room for what makes it unique is refused")
    func noRoom() {
        #expect(
            throws: ClusterError(
                "names of jobs have at most 8 characters here, which '-ab12cd-1' does not fit into; raise naming.max")
        ) { try pieces(1, cluster: "    naming: { max: 8 }") }
    }

    @Test("a request of its own is as many jobs as its elements need")
    func ownRequest() throws {
        let planner = try JobPlannerTests.planner("    submission: { maxArraySize: 4 }")
        var request = JobRequest()
        #expect(
            try planner.allocation(for: request).jobs(run: "r", command: "true").map(\.submission.elements) == [nil])
        request.array = ArrayRequest(6, throttle: 2)
        let jobs = try planner.allocation(for: request).jobs(run: "r", command: "true")
        #expect(jobs.map(\.submission.elements) == [0...2, 0...2])
        #expect(jobs.map(\.plan.request.array?.throttle) == [1, 1])
    }
}
