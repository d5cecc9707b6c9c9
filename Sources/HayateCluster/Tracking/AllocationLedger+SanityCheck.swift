import HayateCore

extension AllocationLedger {
    /// Re-derives every count from the records, and says what does not agree. For simulations and tests.
    public func sanityCheck() -> String? {
        if order.count != submissions.count || Set(order) != Set(submissions.keys) {
            return "\(order.count) submissions in order, \(submissions.count) known"
        }
        for number in order {
            guard let record = submissions[number] else { return "submission \(number) is unknown" }
            if record.counts != record.derivedCounts { return "submission \(number) is counted wrongly" }
            if (record.phase == .waiting) != waiting.contains(number) {
                return "submission \(number) is \(record.phase) and the line says otherwise"
            }
            if record.phase == .over, record.counts.live > 0 { return "submission \(number) is over and lives" }
            if let job = record.job, record.counts.live > 0, jobs[job] == nil {
                return "the job of submission \(number) is not found by its id"
            }
            if record.phase == .waiting, record.isProven {
                return "submission \(number) is known to be there and waits to be submitted"
            }
            if record.counts.live == 0, !finished.contains(number) { return "submission \(number) never retired" }
            for (offset, allocation) in record.allocations.enumerated() {
                if let fault = fault(of: allocation, daemons: record.daemons) {
                    return "allocation \(number).\(offset) \(fault)"
                }
            }
        }
        if Set(waiting).count != waiting.count { return "a submission waits twice" }
        for (job, number) in jobs where submissions[number]?.job != job { return "job \(job) is of no submission" }
        return nil
    }

    private func fault(of allocation: AllocationRecord, daemons: Int) -> String? {
        if (allocation.end == nil) != (allocation.ended == nil) { return "has ended at no time, or not ended at one" }
        if allocation.end != nil, allocation.absence != nil { return "has ended and is missing" }
        if allocation.end != nil, !allocation.isStray, allocation.cancellation != .none {
            return "has ended and is being cancelled"
        }
        if allocation.isStray, allocation.end == nil { return "strays without having ended" }
        if allocation.arrived.count > daemons { return "has more daemons than it should" }
        if !allocation.arrived.isEmpty, allocation.started == nil { return "has daemons and does not run" }
        if allocation.present < 0 { return "has \(allocation.present) daemons" }
        return nil
    }
}
