import HayateCluster
import HayateCore

/// The pool's side: carries out effects as a host does, and notes what must never happen.
extension ClusterWorld {
    func feed(_ event: (inout AllocationLedger, inout [AllocationLedger.Effect]) -> Void) {
        var effects: [AllocationLedger.Effect] = []
        event(&ledger, &effects)
        for effect in effects { perform(effect) }
    }

    func size(_ event: (inout AllocationSizing, inout [AllocationSizing.Effect]) -> Void) {
        var effects: [AllocationSizing.Effect] = []
        event(&sizing, &effects)
        for effect in effects { perform(effect) }
    }

    func tellDemand() {
        let present = connected
        size { $0.demand(waiting: max(0, tasks - present), busy: min(present, tasks), at: now, into: &$1) }
    }

    private func perform(_ effect: AllocationSizing.Effect) {
        switch effect {
        case .request(let count):
            if sizing.isPaused || sizing.isClosed { fault("allocations are asked for in a pause") }
            if count < 1 || count > sizing.limits.mostElements { fault("\(count) allocations are asked for") }
            let number = nextSubmission
            nextSubmission += 1
            let submission = HayateCluster.Submission(
                number: number, name: "pool-\(number)", elements: count == 1 && noise.chance(0.5) ? nil : 1...count,
                daemonsPerElement: daemonsPerAllocation, firstDaemon: 0)
            for element in 1...count {
                let index = submission.elements == nil ? nil : element
                allKeys.insert(AllocationKey(submission: number, element: index))
            }
            size { $0.submitted(submission, at: now, into: &$1) }
            feed { $0.submit(submission, at: now, into: &$1) }
        case .cancel(let keys):
            if sizing.isPaused || sizing.isClosed { fault("allocations are cancelled in a pause") }
            cancelled.formUnion(keys)
            feed { $0.cancel(keys, at: now, into: &$1) }
        case .pause:
            pauses += 1
            ledger.hold()
            after(1800) { [unowned self] in resume() }
        case .resumed: feed { $0.release(at: now, into: &$1) }
        }
    }

    func resume() { size { $0.resume(at: now, into: &$1) } }

    private func perform(_ effect: AllocationLedger.Effect) {
        switch effect {
        case .submit(let number): submit(number)
        case .search(let number): search(number)
        case .queryStatus(let ids): queryStatus(ids)
        case .queryAccounting(let ids): queryAccounting(ids)
        case .cancel(let elements):
            if elements.count > rules.submission.cancelBatch { fault("\(elements.count) are cancelled at once") }
            cancel(elements)
        case .accepted: size { $0.accepted(at: now, into: &$1) }
        case .refused(let number, let text):
            guard let submission = ledger.submission(number) else { return fault("\(number) is refused and unknown") }
            for key in allKeys where key.submission == number {
                if ends[key] != nil { fault("\(key) is refused after its end") }
                refusedKeys.insert(key)
            }
            let jitter = noise.fraction()
            size { $0.refused(submission, text, at: now, jitter: jitter, into: &$1) }
        case .postponed(_, let text):
            let jitter = noise.fraction()
            size { $0.postponed(text, at: now, jitter: jitter, into: &$1) }
        case .started(let key): size { effects, _ in effects.started(key) }
        case .requeued(let key):
            requeues += 1
            size { $0.requeued(key, at: now, into: &$1) }
        case .overdue: overdue += 1
        case .changed(let key): if ledger.row(key) == nil { fault("\(key) changed and has no row") }
        case .ended(let key, let end): ended(key, end)
        }
    }

    private func ended(_ key: AllocationKey, _ end: JobEnd) {
        if ends[key] != nil { fault("\(key) ends twice") }
        if refusedKeys.contains(key) { fault("\(key) ends after it was refused") }
        ends[key] = end
        let elements = jobs.filter { $0.submission.number == key.submission }.map { $0.element(key) }
        if elements.contains(where: { $0.isAlive }) { fault("\(key) lives and is said to have ended: \(end)") }
        let isOurs = end.reason == .cancelled(by: AllocationLedger.canceller)
        if isOurs, !cancelled.contains(key) { fault("\(key) was not cancelled by us") }
        if let truth = elements.last?.end, !isOurs, end.reason != truth.reason {
            // An accounting that fails too often is done without; one asked because of an empty list was asked early.
            let isReliable = rules.hasAccounting && hadTrouble.queryFailed == 0 && hadTrouble.emptyAnswer == 0
            let mayBeUnknown = !isReliable || elements.contains { !$0.hasRecord }
            if end.reason != .unknown || !mayBeUnknown { fault("\(key) ended \(truth.reason), not \(end)") }
        }
        let jitter = noise.fraction()
        size { $0.ended(key, end, at: now, jitter: jitter, into: &$1) }
        tellDemand()
    }

    // MARK: Daemons

    func dialIn(_ key: AllocationKey, place: UInt32, node: String) {
        feed { $0.dialledIn(key.submission, place: place, node: node, at: now, into: &$1) }
        size { $0.joined(key, at: now, into: &$1) }
        tellDemand()
    }

    func depart(_ key: AllocationKey, place: UInt32, _ departure: AllocationLedger.Departure) {
        feed { $0.departed(key.submission, place: place, departure, at: now, into: &$1) }
        size { $0.departed(key, wasIdle: departure == .agreed, at: now, into: &$1) }
        tellDemand()
    }
}
