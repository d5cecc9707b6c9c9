import HayateCluster

/// A job that is to be submitted, or was.
struct PlannedJob: Sendable {
    var submission: HayateCluster.Submission
    /// nil: an earlier host has submitted it.
    var rendered: RenderedJob?
    /// Seconds since 1970.
    var planned: Int64

    /// How many daemons it holds.
    var daemons: Int { (submission.elements?.count ?? 1) * submission.daemonsPerElement }

    /// The launch numbers of an allocation's daemons.
    func launches(of key: AllocationKey) -> [UInt64] {
        let offset = key.element.map { $0 - (submission.elements?.lowerBound ?? $0) } ?? 0
        let first = offset * submission.daemonsPerElement
        return (first..<first + submission.daemonsPerElement).map {
            DaemonLaunch(submission: submission.number, place: UInt32($0)).number
        }
    }
}
