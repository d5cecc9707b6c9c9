import HayateView

/// A session in the middle of its work.
enum Fixture {
    static let now = 1_800_000_000.0

    static var snapshot: SessionSnapshot {
        var facts = SessionFacts(
            name: "fits", host: "login1", process: 4711, started: now - 11_520, created: now - 172_800, epoch: 2,
            now: now, journalBytes: 13_002_342)
        facts.memoryBytes = 32_500_000
        facts.processorSeconds = 34.5
        var snapshot = SessionSnapshot(session: facts)
        snapshot.pools = [
            PoolView(
                profile: "default", url: "tls+tcp://10.1.0.7:41873", wanted: 16, connected: 14, busy: 13, starting: 2,
                lost: 1, waiting: 3_120, running: 13, ended: 6_902,
                rates: (0..<60).map { [0, 2, 3, 3, 1, 4, 2, 5, 8, 3][$0 % 10] })
        ]
        snapshot.submissions = [
            SubmissionView(
                name: "first", created: now - 7_200, label: "fit --seed {}", total: 10_000, waiting: 3_000,
                running: 11, returned: 6_954, failed: 32, cancelled: 3, remaining: 1_260),
            SubmissionView(
                name: "summary", created: now - 7_100, label: "python3 summary.py", total: 1, blocked: 1),
            SubmissionView(
                name: "warm-up", created: now - 90_000, label: "true", total: 200, returned: 200, ended: now - 89_000),
            SubmissionView(
                name: "growing", created: now - 60, label: "render 'a b'", total: 122, isComplete: false,
                waiting: 120, running: 2),
        ]
        snapshot.daemons = (1...14).map(daemon)
        snapshot.allocations = [
            AllocationView(job: "81234_0", cluster: "narval", state: "RUNNING", node: "node1", daemons: 4),
            AllocationView(job: "81234_1", cluster: "narval", state: "RUNNING", node: "node2", daemons: 5),
            AllocationView(
                job: "81234_2", cluster: "narval", state: "PENDING", reason: "waits for resources (Resources)"),
        ]
        snapshot.failures = [
            FailureView(
                task: "first/6911", label: "fit --seed 6911", time: now - 42, code: "commandFailed",
                message: "the command ended with exit code 3", lastWords: "step 40\nLinAlgError: singular matrix\n",
                daemon: "node2:20222", attempt: 2),
            FailureView(
                task: "first/120", label: "fit --seed 120", time: now - 5_000, code: "daemonLost",
                message: "its daemon was lost: killed by signal 9 (out of memory)", daemon: "node1:20074"),
        ]
        snapshot.tasks = [
            TaskView(
                task: "first/6961", state: "running", attempt: 1, age: 7_190, daemon: "node1:20037",
                label: "fit --seed 6961"),
            TaskView(task: "first/6975", state: "queued", age: 7_190, label: "fit --seed 6975"),
            TaskView(task: "summary/0", state: "blocked", age: 7_100, priority: 5, label: "python3 summary.py"),
        ]
        return snapshot
    }

    private static func daemon(_ number: Int) -> DaemonView {
        let isIdle = number == 14
        var daemon = DaemonView(name: "node\(number / 5 + 1):\(20_000 + number * 37)", state: isIdle ? "idle" : "busy")
        if number == 3 { daemon.state = "away" }
        daemon.done = 480 + number
        daemon.held = isIdle ? 0 : 2
        daemon.tasks = isIdle ? [] : ["first/\(6_960 + number)"]
        daemon.age = 9_000 - Double(number)
        daemon.silence = number == 3 ? 41 : 0.4
        daemon.timeLeft = 5_400
        daemon.resources = isIdle ? "0 of 4 cpus" : nil
        return daemon
    }

    /// Attempts of 14 daemons, one after the other, with all ends that there are.
    static func spans(from began: Double, to now: Double) -> [SpanView] {
        var spans: [SpanView] = []
        for (index, daemon) in snapshot.daemons.enumerated() {
            var element = 5_000 + index * 100
            var moment = began
            while moment < now {
                // Repeatable lengths without order.
                let length = 4 + Double(element * 7_919 % 23)
                let end = moment + length
                let kind = element * 31 % 37
                let status = kind == 5 ? "failure" : kind == 9 ? "lost" : kind == 14 ? "stopped" : "value"
                spans.append(SpanView(
                    task: "first/\(element)", label: "fit --seed \(element)", daemon: daemon.name, began: moment,
                    ended: end < now ? end : nil, status: end < now ? status : "running", attempt: kind == 5 ? 2 : 1))
                moment = end + Double(element % 3) * 0.8
                element += 1
            }
        }
        return spans
    }

    static func model(_ columns: Int, _ rows: Int, _ snapshot: SessionSnapshot = Fixture.snapshot) -> TopModel {
        var model = TopModel(size: Screen.Size(columns: columns, rows: rows))
        _ = model.handle(.snapshot(snapshot))
        return model
    }
}
