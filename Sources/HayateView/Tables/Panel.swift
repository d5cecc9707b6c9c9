import HayateCore

/// The parts of the overview, by their numbers.
public enum Panel: Int, Hashable, Sendable, CaseIterable {
    case pools = 1
    case submissions, daemons, allocations, failures, tasks
}

extension Table {
    static func pools(_ pools: [PoolView]) -> Table {
        Table(
            columns: [
                Column(title: "POOL", least: 7, importance: 10),
                Column(title: "DAEMONS", isNumber: true, importance: 9),
                Column(title: "BUSY", isNumber: true, importance: 7),
                Column(title: "STARTING", isNumber: true, importance: 3),
                Column(title: "LOST", isNumber: true, importance: 4),
                Column(title: "WAITING", isNumber: true, importance: 8),
                Column(title: "RUNNING", isNumber: true, importance: 8),
                Column(title: "ENDED", isNumber: true, importance: 5),
                Column(title: "RATE", isNumber: true, importance: 6),
                Column(title: "LAST MINUTE", least: 12, importance: 2),
                Column(title: "URL", least: 12, importance: 1),
            ],
            rows: pools.map { pool in
                let rate = pool.rate
                return Row(key: pool.profile, fields: [
                    Field(pool.profile),
                    Field("\(pool.connected) of \(pool.wanted)", pool.connected < pool.wanted ? .warning : .plain,
                        order: Double(pool.connected)),
                    Field(count: pool.busy, .active), Field(count: pool.starting), Field(count: pool.lost, .bad),
                    Field(count: pool.waiting), Field(count: pool.running, .active), Field(count: pool.ended, .good),
                    Field(HumanText.rate(perSecond: rate), rate > 0 ? .plain : .dim, order: rate),
                    Field(.sparkline(pool.rates), order: rate), Field(pool.url, .dim),
                ])
            })
    }

    static func submissions(_ submissions: [SubmissionView], now: Double) -> Table {
        Table(
            columns: [
                Column(title: "SUBMISSION", least: 12, importance: 10),
                Column(title: "STATE", importance: 7),
                Column(title: "PROGRESS", least: 10, importance: 5),
                Column(title: "ENDED", isNumber: true, importance: 9),
                Column(title: "FAILED", isNumber: true, importance: 8),
                Column(title: "RUNNING", isNumber: true, importance: 3),
                Column(title: "WAITING", isNumber: true, importance: 2),
                Column(title: "LEFT", isNumber: true, importance: 6),
                Column(title: "AGE", isNumber: true, importance: 1),
                Column(title: "RUNS", least: 10, importance: 4),
            ],
            rows: submissions.map { submission in
                let (state, style) = submission.stateText
                let all = HumanText.number(max(submission.total, submission.known))
                return Row(key: submission.name, fields: [
                    Field(submission.name), Field(state, style),
                    Field(.bar(ProgressBar(submission)), order: submission.share),
                    Field(
                        "\(HumanText.number(submission.over)) of \(all)\(submission.isComplete ? "" : "+")",
                        order: Double(submission.over)),
                    Field(count: submission.failed, .bad), Field(count: submission.running, .active),
                    Field(count: submission.waiting + submission.blocked),
                    Field(time: submission.isOver ? nil : submission.remaining),
                    Field(time: max(0, now - submission.created), .dim), Field(submission.label, .dim),
                ])
            })
    }

    static func daemons(_ daemons: [DaemonView]) -> Table {
        Table(
            columns: [
                Column(title: "DAEMON", least: 12, importance: 10),
                Column(title: "STATE", importance: 9),
                Column(title: "DONE", isNumber: true, importance: 6),
                Column(title: "HELD", isNumber: true, importance: 4),
                Column(title: "RUNS", least: 10, importance: 8),
                Column(title: "SILENT", isNumber: true, importance: 3),
                Column(title: "LEFT", isNumber: true, importance: 5),
                Column(title: "AGE", isNumber: true, importance: 1),
                Column(title: "RESOURCES", least: 12, importance: 2),
            ],
            rows: daemons.map { daemon in
                Row(key: daemon.name, fields: [
                    Field(daemon.name), Field(daemon.state, daemon.style), Field(count: daemon.done),
                    Field(count: daemon.held),
                    Field(daemon.tasks.isEmpty ? "-" : daemon.tasks.joined(separator: " "),
                        daemon.tasks.isEmpty ? .dim : .plain),
                    Field(time: daemon.silence, daemon.silence > 10 ? .warning : .dim), Field(time: daemon.timeLeft),
                    Field(time: daemon.age, .dim), Field(daemon.resources ?? "-", .dim),
                ])
            })
    }

    static func allocations(_ allocations: [AllocationView]) -> Table {
        Table(
            columns: [
                Column(title: "ALLOCATION", least: 8, importance: 10),
                Column(title: "CLUSTER", least: 6, importance: 5),
                Column(title: "STATE", importance: 9),
                Column(title: "NODE", least: 8, importance: 7),
                Column(title: "DAEMONS", isNumber: true, importance: 6),
                Column(title: "WHY", least: 10, importance: 8),
            ],
            rows: allocations.map { allocation in
                Row(key: allocation.key, fields: [
                    Field(allocation.job), Field(allocation.cluster, .dim), Field(allocation.state),
                    Field(allocation.node ?? "-", allocation.node == nil ? .dim : .plain),
                    Field(count: allocation.daemons, .active), Field(allocation.reason, .warning),
                ])
            })
    }

    static func failures(_ failures: [FailureView], now: Double) -> Table {
        Table(
            columns: [
                Column(title: "FAILURE", least: 10, importance: 10),
                Column(title: "AGO", isNumber: true, importance: 7),
                Column(title: "CODE", importance: 6),
                Column(title: "START", isNumber: true, importance: 3),
                Column(title: "LAST WORDS", least: 16, importance: 9),
                Column(title: "DAEMON", least: 10, importance: 4),
                Column(title: "RUNS", least: 10, importance: 2),
            ],
            rows: failures.map { failure in
                Row(key: failure.task, fields: [
                    Field(failure.task, .bad), Field(time: max(0, now - failure.time)), Field(failure.code),
                    Field(count: failure.attempt), Field(failure.shortReason),
                    Field(failure.daemon, .dim), Field(failure.label, .dim),
                ])
            })
    }

    static func tasks(_ tasks: [TaskView]) -> Table {
        Table(
            columns: [
                Column(title: "TASK", least: 10, importance: 10),
                Column(title: "STATE", importance: 9),
                Column(title: "AGE", isNumber: true, importance: 6),
                Column(title: "START", isNumber: true, importance: 3),
                Column(title: "PRIORITY", isNumber: true, importance: 2),
                Column(title: "DAEMON", least: 10, importance: 5),
                Column(title: "RUNS", least: 10, importance: 7),
            ],
            rows: tasks.map { task in
                Row(key: task.task, fields: [
                    Field(task.task), Field(task.state, task.style), Field(time: task.age),
                    Field(count: task.attempt), Field(String(task.priority), order: Double(task.priority)),
                    Field(task.daemon ?? "-", task.daemon == nil ? .dim : .plain), Field(task.label, .dim),
                ])
            })
    }
}
