import HayateCluster
import HayateCore

/// A ledger and the time, in seconds: each step is an event and gives what the ledger wants to have done.
struct LedgerScript {
    typealias Effect = AllocationLedger.Effect

    var ledger: AllocationLedger
    private(set) var now = 0.0

    init(_ kind: SchedulerKind = .slurm, _ adjust: (inout LedgerRules) -> Void = { _ in }) {
        var rules = LedgerRules(ClusterProfile(kind))
        adjust(&rules)
        ledger = AllocationLedger(rules)
    }

    /// - Returns: the effects without `.changed`.
    @discardableResult
    mutating func at(
        _ seconds: Double, _ event: (inout AllocationLedger, Instant, inout [Effect]) -> Void
    ) -> [Effect] {
        now = max(now, seconds)
        var effects: [Effect] = []
        event(&ledger, Instant(nanoseconds: Int64(now * 1e9)), &effects)
        return effects.filter { if case .changed = $0 { false } else { true } }
    }

    @discardableResult
    mutating func tick(_ seconds: Double) -> [Effect] { at(seconds) { $0.tick(at: $1, into: &$2) } }

    @discardableResult
    mutating func submit(_ seconds: Double, _ number: UInt32, _ elements: ClosedRange<Int>?, daemons: Int = 1)
        -> [Effect]
    {
        let submission = HayateCluster.Submission(
            number: number, name: "pool-\(number)", elements: elements, daemonsPerElement: daemons, firstDaemon: 0)
        return at(seconds) { $0.submit(submission, at: $1, into: &$2) }
    }

    @discardableResult
    mutating func answer(_ seconds: Double, _ number: UInt32, _ answer: SubmitAnswer, jitter: Double = 1) -> [Effect] {
        at(seconds) { $0.answered(number, answer, at: $1, jitter: jitter, into: &$2) }
    }

    /// Submits and lets the scheduler take it, as job `J` and its number.
    @discardableResult
    mutating func accept(_ seconds: Double, _ number: UInt32, _ elements: ClosedRange<Int>?, daemons: Int = 1)
        -> JobID
    {
        submit(seconds, number, elements, daemons: daemons)
        answer(seconds, number, .accepted(JobID("J\(number)")))
        return JobID("J\(number)")
    }

    @discardableResult
    mutating func search(_ seconds: Double, _ number: UInt32, _ answer: SearchAnswer) -> [Effect] {
        at(seconds) { $0.searched(number, answer, at: $1, jitter: 1, into: &$2) }
    }

    @discardableResult
    mutating func status(_ seconds: Double, _ answer: StatusAnswer) -> [Effect] {
        at(seconds) { $0.status(answer, at: $1, jitter: 1, into: &$2) }
    }

    /// A status query that is due, and its answer a second later.
    @discardableResult
    mutating func look(_ seconds: Double, _ reports: [JobReport]) -> [Effect] {
        tick(seconds)
        return status(seconds + 1, .jobs(reports))
    }

    @discardableResult
    mutating func accounted(_ seconds: Double, _ answer: StatusAnswer, isLast: Bool = true) -> [Effect] {
        at(seconds) { $0.accounted(answer, isLast: isLast, at: $1, jitter: 1, into: &$2) }
    }

    @discardableResult
    mutating func dialIn(_ seconds: Double, _ number: UInt32, place: UInt32) -> [Effect] {
        at(seconds) { $0.dialledIn(number, place: place, node: "n\(place)", at: $1, into: &$2) }
    }

    @discardableResult
    mutating func depart(
        _ seconds: Double, _ number: UInt32, place: UInt32, _ departure: AllocationLedger.Departure = .lost
    ) -> [Effect] {
        at(seconds) { $0.departed(number, place: place, departure, at: $1, into: &$2) }
    }

    @discardableResult
    mutating func cancel(_ seconds: Double, _ keys: [AllocationKey]) -> [Effect] {
        at(seconds) { $0.cancel(keys, at: $1, into: &$2) }
    }

    @discardableResult
    mutating func cancelAnswered(_ seconds: Double, _ elements: [JobElement], failure: String? = nil) -> [Effect] {
        at(seconds) { $0.cancelAnswered(elements, failure: failure, at: $1, jitter: 1, into: &$2) }
    }

    /// The next deadline, in seconds.
    var next: Double? { ledger.nextDeadline.map { Double($0.nanoseconds) / 1e9 } }
}

func key(_ submission: UInt32, _ element: Int? = nil) -> AllocationKey {
    AllocationKey(submission: submission, element: element)
}

func row(_ job: String, _ state: JobState, _ elements: ClosedRange<Int>..., end: JobEnd? = nil) -> JobReport {
    var report = JobReport(JobID(job), state)
    report.elements = elements
    report.end = end
    return report
}
