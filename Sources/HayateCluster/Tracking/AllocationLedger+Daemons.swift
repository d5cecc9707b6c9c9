import HayateCore

extension AllocationLedger {
    /// A daemon has dialled in with a new session; one that resumes its session does not count again.
    /// - Parameter place: of its launch: element by element, and within each one after the other.
    public mutating func dialledIn(
        _ number: UInt32, place: UInt32, node: String?, at now: Instant, into effects: inout [Effect]
    ) {
        guard let offset = submissions[number]?.offset(of: place), let before = allocation(number, offset)
        else { return }
        prove(number, at: now)
        if before.end != nil {
            let isAccepted = submissions[number]?.job != nil
            update(number, offset, into: &effects) {
                $0.present += 1
                $0.isStray = isAccepted
            }
            advance(at: now, into: &effects)
            return
        }
        // All that it had are gone and one of them comes again: its job was started again, and nobody saw it.
        if before.arrived.contains(place), before.present == 0 || before.mayBeRequeued {
            update(number, offset, into: &effects) { $0.requeue() }
            effects.append(.requeued(key(number, offset)))
        }
        start(number, offset, at: now, into: &effects)
        update(number, offset, into: &effects) {
            $0.present += 1
            $0.arrived.insert(place)
            $0.heard = now
            $0.node = node ?? $0.node
            $0.absence = nil
            if $0.state == .pending || $0.state == .held { $0.state = .running }
        }
        advance(at: now, into: &effects)
    }

    /// A daemon's connection broke: it may come back, or its job may have ended, which the scheduler knows first.
    public mutating func disconnected(
        _ number: UInt32, place: UInt32, at now: Instant, into effects: inout [Effect]
    ) {
        guard let offset = submissions[number]?.offset(of: place), let before = allocation(number, offset),
            before.present > 0, before.end == nil
        else { return }
        update(number, offset, into: &effects) { $0.lost = now }
        advance(at: now, into: &effects)
    }

    /// A daemon's session is over.
    public mutating func departed(
        _ number: UInt32, place: UInt32, _ departure: Departure, at now: Instant, into effects: inout [Effect]
    ) {
        guard let offset = submissions[number]?.offset(of: place), let before = allocation(number, offset),
            before.present > 0
        else { return }
        update(number, offset, into: &effects) {
            $0.present -= 1
            if $0.end == nil, departure == .lost { $0.lost = now }
        }
        // What is missing from the queue was let live by its daemons' word alone.
        absencesDue = min(absencesDue, now)
        advance(at: now, into: &effects)
    }

    /// Since when an allocation runs, by what is known; nil: it waits, or is not known.
    public func started(_ key: AllocationKey) -> Instant? { allocation(key)?.started }

    /// Whether all its daemons have left as was agreed, so that it should end any moment.
    public func isLeaving(_ key: AllocationKey) -> Bool { allocation(key)?.isLeaving ?? false }

    func allocation(_ key: AllocationKey) -> AllocationRecord? {
        guard let record = submissions[key.submission], let offset = record.offset(of: key) else { return nil }
        return record.allocations[offset]
    }

    /// The allocation of a daemon's launch; nil: there is none of that number.
    public func key(of launch: DaemonLaunch) -> AllocationKey? {
        submissions[launch.submission]?.offset(of: launch.place).map { key(launch.submission, $0) }
    }

    /// A daemon's word proves that the scheduler has its job, whatever became of the submission's answer: it must
    /// not be submitted once more.
    private mutating func prove(_ number: UInt32, at now: Instant) {
        guard let record = submissions[number], record.job == nil, !record.isProven else { return }
        submissions[number]?.isProven = true
        guard record.phase == .waiting else { return }
        waiting.removeAll { $0 == number }
        lookFor(number, at: now)
    }

    /// Runs for too long without all of its daemons.
    mutating func complain(at now: Instant, into effects: inout [Effect]) {
        guard overdueDue <= now else { return }
        overdueDue = .distantFuture
        for number in order where submissions[number]?.counts.urgent != 0 {
            guard let record = submissions[number] else { continue }
            for (offset, allocation) in record.allocations.enumerated() {
                guard let started = allocation.started, allocation.end == nil, !allocation.isOverdue,
                    allocation.arrived.count < record.daemons, allocation.cancellation == .none
                else { continue }
                let wait = rules.polling.dialIn.nanoseconds
                // While it is missing, whether it runs at all is the question.
                let due = allocation.absence == nil ? started.advanced(by: wait) : now.advanced(by: wait)
                guard due <= now else {
                    overdueDue = min(overdueDue, due)
                    continue
                }
                update(number, offset, into: &effects) { $0.isOverdue = true }
                effects.append(.overdue(record.key(offset)))
            }
        }
    }
}
