import HayateCore
import Metrics
import Synchronization

/// The counters, timers and gauges of a pool. There is one only where the process had a metrics factory
/// when the pool was made. Names and meanings are in docs/observability.md.
///
/// Safe to share: swift-metrics' objects are, and the rest is constant or behind a lock.
final class PoolMetrics: @unchecked Sendable {
    private let submitted, completed, cancelled, retried, joined, lost: Counter
    private let failed: [HayateError.Code: Counter]
    private let queueTime, runTime: Timer
    private let waiting, running, queuedBytes, daemons: Gauge
    private let last = Mutex((counts: Dispatch().counts, number: UInt64(0)))

    /// nil if nobody looks.
    init?(profile: String) {
        let factory = MetricsSystem.factory
        guard !(factory is NOOPMetricsHandler) else { return nil }
        let dimensions = [("profile", profile)]
        func counter(_ name: String) -> Counter {
            Counter(label: "hayate." + name, dimensions: dimensions, factory: factory)
        }
        func timer(_ name: String) -> Timer {
            Timer(label: "hayate." + name, dimensions: dimensions, factory: factory)
        }
        func gauge(_ name: String) -> Gauge {
            Gauge(label: "hayate." + name, dimensions: dimensions, factory: factory)
        }
        submitted = counter("tasks.submitted")
        completed = counter("tasks.completed")
        cancelled = counter("tasks.cancelled")
        retried = counter("tasks.retried")
        joined = counter("daemons.joined")
        lost = counter("daemons.lost")
        failed = Dictionary(
            uniqueKeysWithValues: HayateError.Code.allCases.filter { $0 != .cancelled }.map { code in
                (
                    code,
                    Counter(
                        label: "hayate.tasks.failed",
                        dimensions: dimensions + [("code", code.description)], factory: factory)
                )
            })
        queueTime = timer("task.queue.duration")
        runTime = timer("task.run.duration")
        waiting = gauge("tasks.waiting")
        running = gauge("tasks.running")
        queuedBytes = gauge("queue.bytes")
        daemons = gauge("daemons")
    }

    /// A task has its outcome; nil for a value.
    func ended(_ code: HayateError.Code?, waited: Int64?, ran: Int64?) {
        if code == nil {
            completed.increment()
        } else if code == .cancelled {
            cancelled.increment()
        } else if let code {
            failed[code]?.increment()
        }
        if let waited { queueTime.recordNanoseconds(waited) }
        if let ran { runTime.recordNanoseconds(ran) }
    }

    /// What the dispatcher counts, after an event. Snapshots may come out of order, since they are taken
    /// under its lock and told after it: the numbers tell which is newer.
    func counted(_ counts: Dispatch.Counts, number: UInt64) {
        last.withLock { last in
            guard number > last.number else { return }
            add(counts.accepted, since: last.counts.accepted, to: submitted)
            add(counts.retried, since: last.counts.retried, to: retried)
            add(counts.joined, since: last.counts.joined, to: joined)
            add(counts.lost, since: last.counts.lost, to: lost)
            if counts.waiting != last.counts.waiting { waiting.record(counts.waiting) }
            if counts.assigned != last.counts.assigned { running.record(counts.assigned) }
            if counts.waitingBytes != last.counts.waitingBytes {
                queuedBytes.record(counts.waitingBytes)
            }
            if counts.daemons != last.counts.daemons { daemons.record(counts.daemons) }
            last = (counts, number)
        }
    }

    private func add(_ now: UInt64, since then: UInt64, to counter: Counter) {
        if now > then { counter.increment(by: Int64(clamping: now - then)) }
    }
}
