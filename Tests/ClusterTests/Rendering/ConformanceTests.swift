import Foundation
import HayateCluster
import Testing

/// One request on every scheduler: the scripts as they are, in `Golden/`. After a change that is meant,
/// `HAYATE_WRITE_GOLDEN=1 swift test --filter ConformanceTests` writes them anew.
@Suite("The same request on every scheduler")
struct ConformanceTests {
    static let directory = BuiltInFileTests.root.appendingPathComponent("Tests/ClusterTests/Golden")

    private func check(_ name: String, _ job: RenderedJob) throws {
        let file = Self.directory.appendingPathComponent("\(name).txt")
        let words = job.submission.words.joined(separator: " ")
        let text = job.script + "---\n\(words)\n" + job.notes.map { "note: \($0)\n" }.joined()
        if ProcessInfo.processInfo.environment["HAYATE_WRITE_GOLDEN"] != nil {
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        #expect(text == (try String(contentsOf: file, encoding: .utf8)))
    }

    @Test("a plain job", arguments: SchedulerKind.allCases)
    func plain(kind: SchedulerKind) throws {
        try check("plain-\(kind.rawValue)", render(plainPlan(kind)))
    }

    @Test("an array of daemons with most of what a request can have", arguments: SchedulerKind.allCases)
    func array(kind: SchedulerKind) throws {
        let plan = plainPlan(kind, command: "hayate-daemon --key /scratch/key\nsecond") { plan in
            plan.request.queue = "long"
            plan.request.account = "physics"
            plan.request.tasksPerNode = 2
            plan.request.cpus = 4
            plan.request.memory = .gibibytes(9)
            plan.request.wallTime = .seconds(36 * 3600 + 90)
            plan.request.gpus = kind == .local ? nil : GPURequest(1)
            plan.request.array = ArrayRequest(20, throttle: 5)
            plan.request.output = kind == .local ? nil : "logs/{name}-{job}-{task}.out"
            plan.request.directory = "/scratch/my data"
            plan.request.environment = ["GREETING": "it's $HOME, \"you\"", "OMP_NUM_THREADS": "4"]
            plan.request.modules = ["python/3.12"]
            plan.request.prologue = ["ulimit -c 0"]
            plan.request.epilogue = ["echo $status"]
            plan.request.isRequeued = true
            plan.request.isHeld = kind != .local
            plan.runtime.shell = "/bin/bash"
            plan.runtime.prologue = [". /etc/profile.d/modules.sh"]
            plan.runtime.purgesModules = true
        }
        try check("array-\(kind.rawValue)", render(plan))
    }
}
