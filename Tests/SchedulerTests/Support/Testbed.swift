import Glibc
import HayateCluster
import HayateLaunch
import HayateTestTasks
import Testing

/// One of the scripts of `testbed`, with an instance of this process's own.
struct Testbed: Sendable {
    /// `slurm`, `gridengine` or `network`.
    let name: String
    /// The instance, and what jobs and commands need besides.
    var environment: [String: String] = [
        "HAYATE_TESTBED": "/tmp/hayate-testbed-\(getpid())", "HAYATE_TESTBED_PORT": "17400",
        "HAYATE_NETWORK": "hayate-\(getpid())",
    ]

    static let slurm = Testbed(name: "slurm")
    static let gridEngine = Testbed(name: "gridengine")
    static let network = Testbed(name: "network")

    /// The directory of the package.
    static let package = "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")

    private func answer(_ words: [String], within limit: Duration) async -> CommandAnswer {
        var line = CommandLine(["\(Self.package)/testbed/\(name)"] + words)
        line.environment = environment
        line.timeLimit = limit
        return await CommandRunner.run(line)
    }

    /// A verb of the script.
    @discardableResult
    func run(_ words: String..., within limit: Duration = .seconds(120)) async throws -> String {
        try await run(words, within: limit)
    }

    @discardableResult
    func run(_ words: [String], within limit: Duration = .seconds(120)) async throws -> String {
        let answer = await answer(words, within: limit)
        guard answer.succeeded else {
            throw TestFailure("\(name) \(words.joined(separator: " ")): \(answer.end) \(answer.errors)")
        }
        return answer.output
    }

    /// Whether this machine can have one. Says why not.
    func isPossible(_ words: String...) async -> Bool {
        let answer = await answer(["check"] + words, within: .seconds(300))
        if answer.succeeded { return true }
        say("skipped: \(answer.errors.split(separator: "\n").last ?? "testbed/\(name) check: \(answer.end)")")
        if answer.end != .process(.exited(code: 77)) { Issue.record("\(name) check: \(answer.errors)") }
        return false
    }

    /// The variables that the scheduler's commands need.
    func variables() async throws -> [String: String] {
        var variables: [String: String] = [:]
        for line in try await run("env").split(separator: "\n") where line.hasPrefix("export ") {
            let parts = line.dropFirst("export ".count).split(separator: "=", maxSplits: 1)
            if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
        }
        return variables
    }
}

/// A scheduler that runs, with its own commands.
struct Cluster: Sendable {
    let testbed: Testbed
    let kind: SchedulerKind
    /// What its commands need.
    let variables: [String: String]
    /// On which host of `testbed/network` they run; nil: here.
    var host: String?

    /// The cluster of the suite that runs.
    @TaskLocal static var current: Cluster!

    /// A command of the scheduler; what it prints.
    @discardableResult
    func run(_ words: String..., sourceLocation: SourceLocation = #_sourceLocation) async throws -> String {
        var words = words
        if let host { words = ["\(Testbed.package)/testbed/network", "exec", host] + words }
        var line = CommandLine(words)
        line.environment = testbed.environment.merging(variables) { $1 }
        let answer = await CommandRunner.run(line)
        guard answer.succeeded else {
            let failure = TestFailure("\(words.joined(separator: " ")): \(answer.end) \(answer.errors)")
            Issue.record(failure, sourceLocation: sourceLocation)
            throw failure
        }
        return answer.output
    }

    /// Names of the jobs in the queue: those that wait and those that run.
    func queue() async throws -> [String] {
        switch kind {
        case .slurm:
            return try await run("squeue", "-h", "-r", "-o", "%i|%T|%N|%r").split(separator: "\n").map(String.init)
        case .pbsPro, .torque, .lsf:
            let jobs = (variables["HAYATE_STAND_IN"] ?? "") + "/jobs"
            return TemporaryDirectory.names(in: jobs).flatMap { job in
                TemporaryDirectory.names(in: "\(jobs)/\(job)").filter { $0.hasPrefix("pid.") }
                    .compactMap { Int32(Files.text("\(jobs)/\(job)/\($0)").prefix { $0.isNumber }) }
            }.filter { kill($0, 0) == 0 }.map(String.init)
        case .gridEngine, .local:
            return try await run("qstat").split(separator: "\n").dropFirst(2).map(String.init)
        }
    }

    /// Whether logs of jobs that ended badly are left for people.
    enum Endings { case areGood, areKept }

    /// Nothing is left of a pool: no job, no process, no file but the logs of jobs that ended badly.
    func isClean(
        _ endings: Endings = .areGood, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await eventually("the queue is empty", within: .seconds(60), sourceLocation: sourceLocation) {
            try await queue().isEmpty
        }
        try await eventually("no daemon is left", sourceLocation: sourceLocation) { daemons().isEmpty }
        #expect(Place.state.files("allocations") == [], "the registry", sourceLocation: sourceLocation)
        let left = Place.state.files("jobs")
        // Logs are kept where there are any: a job that is killed at once has printed nothing.
        #expect(left.count <= (endings == .areKept ? 1 : 0), "jobs' directories", sourceLocation: sourceLocation)
        for run in left { TemporaryDirectory.remove(Place.state("jobs/\(run)")) }
    }

    /// Processes of daemons of this process's tests, by their variable.
    func daemons() -> [Int32] {
        TemporaryDirectory.names(in: "/proc").compactMap { Int32($0) }.filter { pid in
            pid != getpid() && Files.text("/proc/\(pid)/environ").contains("HAYATE_TEST_OWNER=\(getpid())\0")
                && !Files.text("/proc/\(pid)/stat").contains(") Z ")
        }
    }
}

/// Keeps a scheduler for the tests of a suite, and takes it down with all that it has started.
struct ClusterTrait: SuiteTrait, TestScoping {
    let testbed: Testbed
    let kind: SchedulerKind
    let options: [String]

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        Place.prepare()
        do {
            let began = ContinuousClock.now
            try await testbed.run(["start"] + options)
            say("\(testbed.name) was up after \(ContinuousClock.now - began)")
            let cluster = Cluster(testbed: testbed, kind: kind, variables: try await testbed.variables())
            try await Cluster.$current.withValue(cluster) { try await function() }
        } catch {
            try await testbed.run("stop")
            throw error
        }
        try await testbed.run("stop")
    }
}

extension Trait where Self == ClusterTrait {
    static func slurm(_ options: String...) -> Self {
        ClusterTrait(testbed: .slurm, kind: .slurm, options: options)
    }

    static func gridEngine(_ options: String...) -> Self {
        ClusterTrait(testbed: .gridEngine, kind: .gridEngine, options: options)
    }
}

extension Cluster {
    /// Of this machine.
    var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
