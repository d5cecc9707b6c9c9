import Hayate
import HayateView

/// A session as tables for a pipe or a terminal.
enum SessionText {
    static func lines(_ snapshot: SessionSnapshot) -> [String] {
        let facts = snapshot.session
        var lines = [
            "session \(facts.name): process \(facts.process) on \(facts.host) since "
                + "\(HumanText.time(seconds: facts.now - facts.started)), start \(facts.epoch)"
                + (facts.isDraining ? ", draining" : ""),
            "journal: \(facts.journal), \(SessionRemoveCommand.size(facts.journalBytes))",
        ]
        if let stalled = facts.stalled { lines.append("nothing moves: \(stalled)") }
        lines += table(
            ["POOL", "DAEMONS", "BUSY", "STARTING", "WAITING", "RUNNING", "ENDED"],
            snapshot.pools.map { pool in
                [pool.profile, "\(pool.connected) of \(pool.wanted)"]
                    + [pool.busy, pool.starting, pool.waiting, pool.running, pool.ended].map(HumanText.number)
            })
        lines += table(
            ["SUBMISSION", "TOTAL", "WAITING", "RUNNING", "RETURNED", "FAILED", "CANCELLED", "LEFT", "RUNS"],
            snapshot.submissions.map { view in
                [view.name]
                    + [
                        view.total, view.waiting + view.blocked, view.running, view.returned, view.failed,
                        view.cancelled,
                    ].map(HumanText.number)
                    + [view.isOver ? "over" : view.remaining.map { HumanText.time(seconds: $0) } ?? "-", view.label]
            })
        lines += table(
            ["DAEMON", "STATE", "DONE", "AGE", "RUNS"],
            snapshot.daemons.map { daemon in
                [
                    daemon.name, daemon.state, HumanText.number(daemon.done), HumanText.time(seconds: daemon.age),
                    daemon.tasks.joined(separator: " "),
                ]
            })
        lines += table(
            ["JOB", "CLUSTER", "STATE", "NODE", "DAEMONS", "REASON"],
            snapshot.allocations.map {
                [$0.job, $0.cluster, $0.state, $0.node ?? "-", HumanText.number($0.daemons), $0.reason]
            })
        lines += table(
            ["FAILED", "AGE", "WHY"],
            snapshot.failures.map { [$0.task, HumanText.time(seconds: facts.now - $0.time), $0.message] })
        lines += table(
            ["TASK", "STATE", "ATTEMPT", "PRIORITY", "DAEMON", "RUNS"],
            snapshot.tasks.map {
                [$0.task, $0.state, "\($0.attempt)", "\($0.priority)", $0.daemon ?? "-", $0.label]
            })
        return lines.map(HumanText.oneLine)
    }

    private static func table(_ heading: [String], _ rows: [[String]]) -> [String] {
        rows.isEmpty ? [] : [""] + TextTable.lines([heading] + rows)
    }
}
