import Glibc
import Hayate
import HayateCluster
import HayateTestTasks
import Testing

extension Cluster {
    /// The least time between two status queries in sites of these tests.
    static let interval = Duration.seconds(5)

    /// Writes the file of a site, which pools then find by its name.
    /// - Parameters:
    ///   - main: further lines about its cluster.
    ///   - commands: further lines about the cluster's commands.
    ///   - profile: what its default profile has.
    ///   - dialIn: seconds after which a job without a word from its daemons is a complaint.
    ///   - runtime: further lines about how daemons run.
    ///   - others: further lines about the site.
    func site(
        _ name: String, main: [String] = [], commands: [String] = [], profile: String = "walltime: 1h",
        runtime: [String] = [], others: [String] = [], dialIn: Int = 60
    ) throws {
        let variables = variables.filter { !$0.key.hasPrefix("HAYATE_TESTBED") && $0.key != "HAYATE_NETWORK" }
            .map { "\($0.key): \"\($0.value)\"" }.sorted().joined(separator: ", ")
        let lines =
            [
                "schema: 1", "site: { id: \(name), title: Testbed }", "clusters:", "  main:",
                "    scheduler: \(kind.rawValue)",
                "    polling: { interval: 5s, accounting: 5s, grace: 20s, dialIn: \(dialIn)s }",
                "    commands:", "      environment: { \(variables) }",
            ] + commands.map { "      " + $0 } + main.map { "    " + $0 }
            + ["profiles: { default: { \(profile) } }", "runtime:"]
            // `swift test` asks for Swift's backtraces, which take longer than most tests.
            + ["environment: { HAYATE_TEST_OWNER: \"\(getpid())\", SWIFT_BACKTRACE: enable=no }"].map { "  " + $0 }
            + runtime.map { "  " + $0 } + others
        try SignalFile.write(Place.state("sites/\(name).yaml"), lines.joined(separator: "\n") + "\n")
    }

    /// Daemons of the program that links the tests' tasks.
    func daemons(_ name: String, _ count: ClosedRange<Int>, request: JobRequest = JobRequest()) -> Daemons {
        .site(name, count, request: request).with { $0.executable = Program.testDaemon }
    }

    func daemons(_ name: String, _ count: Int, request: JobRequest = JobRequest()) -> Daemons {
        daemons(name, count...count, request: request)
    }

    /// Runs with a pool, and checks that nothing of it is left and that the scheduler was not asked more often than
    /// the site allows.
    func withPool<Value>(
        _ daemons: Daemons, endings: Endings = .areGood, sourceLocation: SourceLocation = #_sourceLocation,
        _ body: (Pool) async throws -> Value
    ) async throws -> Value {
        let began = ContinuousClock.now
        let value = try await withDaemons(daemons) { pool in
            do {
                let value = try await body(pool)
                let queries = pool.allocations?.statusQueries ?? 0
                let most = Int((ContinuousClock.now - began) / Self.interval) + 1
                say("\(queries) status queries in \(ContinuousClock.now - began)")
                #expect(queries <= most, "status queries", sourceLocation: sourceLocation)
                return value
            } catch {
                say("the pool's jobs: \(pool.allocations?.sentences ?? [])")
                say("their ends: \(pool.allocations?.endings.map(\.text) ?? [])")
                say("its state: \(pool.status)")
                // The next test wants one.
                _ = try? await testbed.run("start-controller")
                throw error
            }
        }
        try await isClean(endings, sourceLocation: sourceLocation)
        return value
    }
}

extension Pool {
    /// Daemons that can take tasks.
    var able: Int { status.daemons.count { $0.state == .idle || $0.state == .busy } }

    /// Waits until so many daemons have joined.
    func hasDaemons(
        _ count: Int, within limit: Duration = .seconds(90), sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let began = ContinuousClock.now
        try await eventually("\(count) daemons", within: limit, sourceLocation: sourceLocation) { able == count }
        say("\(count) daemons after \(ContinuousClock.now - began)")
    }

    /// Waits for ends of jobs of this kind.
    @discardableResult
    func ends(
        _ what: String, _ count: Int = 1, within limit: Duration = .seconds(90),
        sourceLocation: SourceLocation = #_sourceLocation, _ isMeant: (AllocationEnding) -> Bool
    ) async throws -> [AllocationEnding] {
        let began = ContinuousClock.now
        try await eventually(
            "\(count) ends: \(what)", within: limit, sourceLocation: sourceLocation
        ) { (allocations?.endings ?? []).count(where: isMeant) >= count }
        say("\(what): known after \(ContinuousClock.now - began)")
        return (allocations?.endings ?? []).filter(isMeant)
    }
}

/// 2,000 tasks of a map, in the background.
struct LongMap: Sendable {
    static let count = 2000
    let task: Task<[String], any Error>
    let files: TemporaryDirectory

    init(on pool: Pool, pause: Int = 300) throws {
        let files = try TemporaryDirectory()
        self.files = files
        task = Task {
            try await pool.map(
                (0..<Self.count).map { AppendLine(files("runs"), "\($0)", pauseMilliseconds: pause) }
            ).collect()
        }
    }

    /// How many tasks have come to their end, those that did twice counted twice.
    var runs: Int { SignalFile.lines(files("runs")).count }

    /// Each result has come once, in its place; each task has run.
    func isComplete(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let results = try await task.value
        #expect(results == (0..<Self.count).map(String.init), sourceLocation: sourceLocation)
        let lines = SignalFile.lines(files("runs"))
        #expect(Set(lines).count == Self.count, sourceLocation: sourceLocation)
        say("\(results.count) results of \(lines.count) runs")
    }
}
