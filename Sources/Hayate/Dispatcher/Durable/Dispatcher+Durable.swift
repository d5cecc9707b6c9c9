import HayateCore
import HayateJournal
import HayateTransport
import HayateWire

extension Dispatcher {
    // MARK: Accepting

    /// Accepts tasks of a submission, and has them and `records` written in one go. Tasks that are refused are not
    /// written; when nothing was accepted, nothing is. A task that needs one which is unfinished no more ends the call
    /// as if the queue were full behind the one before it, also with 0 accepted: the caller looks what became of it.
    /// - Parameter then: called once all is on disk, with how many were accepted, the first ones of `requests`; or with
    ///   why none was (`journalFull`, `journalFailed`, `queueFull`, `closed`).
    func submitDurably(
        _ requests: [DurableRequest], to receiver: DurableReceiver, with records: [JournalRecord] = [],
        then: @escaping @Sendable (Result<Int, HayateError>) -> Void
    ) {
        let (refusal, afterwards) = state.withLock { state -> (HayateError?, Afterwards) in
            if let refusal = refusalByJournal(state) { return (refusal, Afterwards()) }
            var accepted = 0
            var refusal: HayateError?
            for request in requests {
                guard let needs = places(of: request.needs, state) else { break }
                var request = request
                request.spec.needs = needs
                if let error = acceptDurably(request, of: receiver, &state) {
                    refusal = error
                    break
                }
                perform(&state)
                accepted += 1
            }
            if accepted == 0, let refusal { return (refusal, finish(&state)) }
            guard accepted > 0 || requests.isEmpty else {
                state.afterwards.written.append(({ _ in then(.success(0)) }, nil))
                return (nil, finish(&state))
            }
            state.durable?.records.insert(contentsOf: records, at: 0)
            state.durable?.callbacks.append { [accepted] failure in
                then(failure.map { .failure(HayateError($0)) } ?? .success(accepted))
            }
            return (nil, finish(&state))
        }
        run(afterwards)
        if let refusal { then(.failure(refusal)) }
    }

    /// nil if one of them is not unfinished.
    private func places(of keys: [TaskKey], _ state: borrowing State) -> [TaskID]? {
        var places: [TaskID] = []
        for key in keys {
            guard let place = state.durable?.tasks[key] else { return nil }
            places.append(place)
        }
        return places
    }

    /// Under the lock.
    /// - Returns: why it was not accepted.
    private func acceptDurably(
        _ request: DurableRequest, of receiver: DurableReceiver, _ state: inout State
    ) -> HayateError? {
        guard let type = durableType(request.type, &state) else {
            return HayateError(.queueFull, "the tasks of this session are of more types than there may be")
        }
        switch state.core.submit(request.spec, at: .now, into: &state.effects) {
        case .refused(let refusal): return HayateError(refusal)
        case .accepted(let task):
            let key = TaskKey(submission: receiver.submission, element: request.element)
            enter(
                Entry(receiver: receiver, index: request.element, type: type, body: request.body), request.details,
                key, task, &state)
            state.durable?.records.append(
                request.isAgain
                    ? .again(key, place: task.rawValue)
                    : .accepted(
                        JournalTask(
                            key: key, place: task.rawValue, type: request.type, terms: request.terms,
                            body: request.body)))
            return nil
        }
    }

    /// Under the lock: the task's row in the table beside the core.
    func enter(_ entry: Entry, _ details: TaskDetails, _ key: TaskKey, _ task: TaskID, _ state: inout State) {
        let slot = Int(task.slot)
        while state.entries.count <= slot { state.entries.append(Entry()) }
        state.entries[slot] = entry
        if !details.isEmpty { state.details[task.slot] = details }
        state.durable?.tasks[key] = task
    }

    private func refusalByJournal(_ state: borrowing State) -> HayateError? {
        guard let durable = state.durable else { return HayateError(.closed, "the pool has no journal") }
        if let failure = durable.failure { return HayateError(failure) }
        guard !durable.isSealed else { return HayateError(.closed, "the session is ending") }
        switch durable.journal.condition {
        case .well: return nil
        case .full(let sentence): return HayateError(.journalFull, sentence)
        case .failed(let sentence): return HayateError(.journalFailed, sentence)
        }
    }

    /// Writes what is no event of the queue, in order with what is.
    func write(_ records: [JournalRecord], then: @escaping @Sendable (Result<Void, HayateError>) -> Void) {
        let (failure, afterwards) = state.withLock { state -> (HayateError?, Afterwards) in
            guard let durable = state.durable else {
                return (HayateError(.closed, "the pool has no journal"), Afterwards())
            }
            if let failure = durable.failure { return (HayateError(failure), Afterwards()) }
            state.durable?.records += records
            state.durable?.callbacks.append { failure in
                then(failure.map { .failure(HayateError($0)) } ?? .success(()))
            }
            return (nil, finish(&state))
        }
        run(afterwards)
        if let failure { then(.failure(failure)) }
    }

    /// Where an unfinished task of a submission is in the queue; nil: it has ended, or is unknown.
    func durableTask(_ key: TaskKey) -> TaskID? { state.withLock { $0.durable?.tasks[key] } }

    // MARK: Noting. All under the lock.

    /// A daemon has joined.
    func noteJoined(_ link: DaemonLink, _ terms: DaemonTerms, _ state: inout State) {
        guard state.durable != nil else { return }
        let description = DurableTerms(terms, wallClock: WallClock.seconds).written()
        state.durable?.records.append(
            .daemon(
                JournalDaemon(
                    session: SessionKey(link.session), launch: link.launch, name: link.name, process: link.process,
                    description: description)))
    }

    /// A daemon is gone for good.
    func noteGone(_ link: DaemonLink, _ state: inout State) {
        guard state.durable?.isSealed == false else { return }
        state.durable?.received[link.session] = nil
        state.durable?.records.append(.daemonGone(SessionKey(link.session)))
    }

    /// A result of this daemon is here.
    func noteReceived(_ link: DaemonLink, _ state: inout State) {
        guard state.durable?.isSealed == false else { return }
        state.durable?.received[link.session] = link.received
    }

    /// What the core has changed, and outcomes, become records.
    private func collect(_ state: inout State) {
        guard var durable = state.durable else { return }
        state.durable = nil
        defer { state.durable = durable }
        let changes = state.core.takeChanges()
        guard !durable.isSealed else { return }
        for resolved in state.afterwards.resolutions {
            guard let submission = resolved.receiver.durable else { continue }
            let key = TaskKey(submission: submission, element: resolved.index)
            durable.tasks[key] = nil
            durable.records.append(.outcome(outcome(of: resolved, key)))
        }
        for progress in changes {
            let entry = state.entries[Int(progress.id.slot)]
            guard let submission = entry.receiver?.durable else { continue }
            let key = TaskKey(submission: submission, element: entry.index)
            let history = DurableHistory(progress) { state.obituaries[$0]?.name ?? "\($0)" }
            let daemon = progress.daemon.flatMap { state.links[$0.slot]?.session }
            durable.records.append(
                .progress(
                    JournalProgress(
                        key: key, attempt: progress.attempt, daemon: daemon.map { SessionKey($0) },
                        order: progress.order, history: history.written())))
        }
        for (session, count) in durable.received { durable.records.append(.received(SessionKey(session), count)) }
        durable.received.removeAll(keepingCapacity: true)
        // Also for tasks that are not written down themselves, such as tasks of tasks: daemons hear their names.
        if state.core.highestGeneration >= durable.generations {
            durable.generations = state.core.highestGeneration &+ DurableState.generationsAhead
            durable.records.append(
                .note(DurableState.generationsNote, withUnsafeBytes(of: durable.generations.littleEndian) { Array($0) }))
        }
    }

    private func outcome(of resolved: Resolved, _ key: TaskKey) -> JournalOutcome {
        let (status, body) = DurableOutcome.write(resolution(of: resolved))
        var outcome = JournalOutcome(
            key: key, status: status, body: body, ended: Int64(WallClock.seconds * 1_000))
        switch resolved.end {
        case .finished(let attempt, _, _, _, let daemon, let taskTime):
            outcome.attempt = attempt.attempt
            outcome.daemon = daemon
            outcome.taskTime = taskTime
        case .ended(let error):
            outcome.attempt = UInt32(clamping: error.attempt ?? 0)
            outcome.daemon = error.daemon ?? ""
        }
        return outcome
    }

    // MARK: Leaving

    /// Under the lock, last: what follows from events that are not on disk yet stays here.
    func holdBack(_ state: inout State) {
        guard state.durable != nil else { return }
        collect(&state)
        guard var durable = state.durable else { return }
        state.durable = nil
        defer { state.durable = durable }
        let flushes = state.afterwards.flushes
        state.afterwards.flushes = []
        let resolutions = state.afterwards.resolutions
        state.afterwards.resolutions = []
        if durable.failure != nil {
            // Nothing leaves any more but signs of life; daemons keep what they have for the next host.
            for wire in flushes { wire.forgetHeld() }
            state.afterwards.flushes = flushes
            durable.records = []
            state.afterwards.written += durable.callbacks.map { ($0, durable.failure) }
            durable.callbacks = []
            return
        }
        let records = durable.records
        durable.records = []
        if !records.isEmpty { durable.made += 1 }
        guard durable.written < durable.made else {
            for wire in flushes { wire.letGo(.max) }
            state.afterwards.flushes = flushes
            state.afterwards.resolutions = resolutions
            state.afterwards.written += durable.callbacks.map { ($0, nil) }
            durable.callbacks = []
            return
        }
        var batch = HeldBatch(number: durable.made)
        batch.frames = flushes.map { ($0, $0.takeHeldCount()) }
        batch.resolutions = resolutions
        batch.callbacks = durable.callbacks
        durable.callbacks = []
        durable.held.append(batch)
        // Signs of life do not wait for the disk.
        state.afterwards.flushes = flushes
        guard !records.isEmpty else { return }
        let number = durable.made
        durable.journal.append(records) { [weak self] result in self?.journalWrote(number, result) }
    }

    private func journalWrote(_ number: UInt64, _ result: Result<Void, JournalError>) {
        let afterwards = state.withLock { state -> Afterwards in
            var left = Afterwards()
            guard state.durable != nil else { return left }
            switch result {
            case .success:
                state.durable?.written = number
                while let first = state.durable?.held.first, first.number <= number {
                    state.durable?.held.removeFirst()
                    for (wire, count) in first.frames {
                        wire.letGo(count)
                        wire.handOver()
                        left.flushes.append(wire)
                    }
                    left.resolutions += first.resolutions
                    left.written += first.callbacks.map { ($0, nil) }
                }
            case .failure(let error):
                if state.durable?.failure == nil {
                    state.durable?.failure = error
                    if let failed = state.durable?.failed {
                        left.written.append(({ failed(HayateError($0 ?? error)) }, error))
                    }
                }
                for batch in state.durable?.held ?? [] {
                    for (wire, _) in batch.frames { wire.forgetHeld() }
                    left.written += batch.callbacks.map { ($0, error) }
                }
                state.durable?.held = []
            }
            return left
        }
        run(afterwards)
    }

    /// Why nothing leaves any more; nil: it does.
    var journalFailure: HayateError? { state.withLock { $0.durable?.failure }.map { HayateError($0) } }
}

extension HayateError {
    init(_ error: JournalError) {
        self.init(error.code == .full ? .journalFull : .journalFailed, error.message)
    }
}

extension SessionKey {
    init(_ session: SessionID) { self.init(high: session.high, low: session.low) }
}

extension SessionID {
    init(_ key: SessionKey) { self.init(high: key.high, low: key.low) }
}
