import HayateCluster
import HayateCore

/// A sizing and the time, in seconds: requests become submissions at once, numbered from 1.
struct SizingScript {
    typealias Effect = AllocationSizing.Effect

    var sizing: AllocationSizing
    private(set) var now = 0.0
    private(set) var submissions: [HayateCluster.Submission] = []

    init(_ minimum: Int, _ maximum: Int, _ adjust: (inout AllocationSizing.Limits) -> Void = { _ in }) {
        var limits = AllocationSizing.Limits(minimum: minimum, maximum: maximum)
        adjust(&limits)
        sizing = AllocationSizing(limits)
        at(0) { $0.resize(minimum: minimum, maximum: maximum, at: $1, into: &$2) }
    }

    @discardableResult
    mutating func at(
        _ seconds: Double, _ event: (inout AllocationSizing, Instant, inout [Effect]) -> Void
    ) -> [Effect] {
        now = max(now, seconds)
        var effects: [Effect] = []
        event(&sizing, Instant(nanoseconds: Int64(now * 1e9)), &effects)
        for case .request(let count) in effects {
            let submission = HayateCluster.Submission(
                number: UInt32(submissions.count + 1), name: "", elements: 0...count - 1,
                daemonsPerElement: sizing.limits.daemonsPerAllocation, firstDaemon: 0)
            submissions.append(submission)
            effects += at(seconds) { $0.submitted(submission, at: $1, into: &$2) }
        }
        return effects
    }

    @discardableResult
    mutating func tick(_ seconds: Double) -> [Effect] { at(seconds) { $0.tick(at: $1, into: &$2) } }

    @discardableResult
    mutating func demand(_ seconds: Double, waiting: Int, busy: Int) -> [Effect] {
        at(seconds) { $0.demand(waiting: waiting, busy: busy, at: $1, into: &$2) }
    }

    @discardableResult
    mutating func join(_ seconds: Double, _ keys: AllocationKey...) -> [Effect] {
        keys.flatMap { key in at(seconds) { $0.joined(key, at: $1, into: &$2) } }
    }

    @discardableResult
    mutating func depart(_ seconds: Double, _ key: AllocationKey, wasIdle: Bool = false) -> [Effect] {
        at(seconds) { $0.departed(key, wasIdle: wasIdle, at: $1, into: &$2) }
    }

    @discardableResult
    mutating func end(_ seconds: Double, _ key: AllocationKey, _ reason: JobEnd.Reason) -> [Effect] {
        at(seconds) { $0.ended(key, JobEnd(reason), at: $1, jitter: 1, into: &$2) }
    }

    @discardableResult
    mutating func refuse(_ seconds: Double, _ number: Int) -> [Effect] {
        let submission = submissions[number - 1]
        return at(seconds) { $0.refused(submission, "no such account", at: $1, jitter: 1, into: &$2) }
    }

    var next: Double? { sizing.nextDeadline.map { Double($0.nanoseconds) / 1e9 } }
}
