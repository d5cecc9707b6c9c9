import Glibc
import HayateCluster
import HayateCore
import HayateLaunch
import HayateTransport

extension ClusterLauncher {
    /// Feeds an event and carries out what is decided.
    func step(_ event: (inout State) -> Void) {
        let actions = state.withLock { state -> [Action] in
            guard !state.isOver else { return [] }
            event(&state)
            // Until then what is decided waits, and so it is with what has been restored.
            guard state.hasBegun || state.isClosing else { return [] }
            settle(&state)
            setTimer(&state)
            if !state.woundUp.isEmpty, state.ledger.isWoundUp {
                state.actions.append(.open(state.woundUp))
                state.woundUp.removeAll()
            }
            defer { state.actions.removeAll() }
            return state.actions
        }
        for action in actions { perform(action) }
    }

    /// Under the lock: what one of the two decides is an event for the other, until there is nothing more.
    func settle(_ state: inout State) {
        while !state.ledgerEffects.isEmpty || !state.sizingEffects.isEmpty {
            let decided = state.ledgerEffects
            state.ledgerEffects.removeAll()
            for effect in decided { take(effect, &state) }
            let wanted = state.sizingEffects
            state.sizingEffects.removeAll()
            for effect in wanted { take(effect, &state) }
        }
    }

    private func setTimer(_ state: inout State) {
        if let timer = state.timer { TimerQueue.shared.cancel(timer) }
        let next = min(state.ledger.nextDeadline ?? .distantFuture, state.sizing.nextDeadline ?? .distantFuture)
        guard next < .distantFuture else {
            state.timer = nil
            return
        }
        // A moment more, so that it is due.
        let delay = max(1_000_000, next.since(.now))
        state.timer = TimerQueue.shared.schedule(after: .nanoseconds(delay)) { [weak self] in
            self?.step { state in
                state.ledger.tick(at: .now, into: &state.ledgerEffects)
                state.sizing.tick(at: .now, into: &state.sizingEffects)
            }
        }
    }

    private func take(_ effect: AllocationLedger.Effect, _ state: inout State) {
        switch effect {
        case .submit(let number):
            if let job = state.jobs[number] { state.actions.append(.submit(job)) }
        case .search(let number):
            if let job = state.jobs[number] { state.actions.append(.search(number, name: job.submission.name)) }
        case .queryStatus(let jobs):
            state.statusQueries += 1
            state.actions.append(.status(jobs))
        case .queryAccounting(let jobs):
            let since = state.jobs.values.map(\.planned).min() ?? 0
            state.actions.append(.accounting(jobs, since: since))
        case .cancel(let elements): state.actions.append(.cancel(elements))
        case .accepted(let number, let job):
            state.sizing.accepted(at: .now, into: &state.sizingEffects)
            state.actions.append(.record(.accepted(number, job)))
        case .refused(let number, let text):
            state.failure = "\(target.cluster.facts.title) refused a job: \(text)"
            guard let job = state.jobs.removeValue(forKey: number) else { return }
            state.actions.append(.record(.refused(number, text)))
            state.sizing.refused(job.submission, text, at: .now, jitter: jitter, into: &state.sizingEffects)
        case .postponed(_, let text):
            state.failure = "\(target.cluster.facts.title) takes no jobs now: \(text)"
            state.sizing.postponed(text, at: .now, jitter: jitter, into: &state.sizingEffects)
        case .started(let key): state.sizing.started(key)
        case .requeued(let key): state.sizing.requeued(key, at: .now, into: &state.sizingEffects)
        case .overdue(let key):
            state.actions.append(.complain(key))
            state.sizing.overdue(key, at: .now, into: &state.sizingEffects)
        case .changed(let key):
            if let row = state.ledger.row(key), row.isInQueue { state.sizing.waits(key) }
        case .ended(let key, let end):
            state.actions.append(.record(.ended(key, end)))
            state.actions.append(.tellEnd(key, end))
            if let job = state.jobs[key.submission] { state.actions.append(.jobEnded(job.launches(of: key), end)) }
            state.sizing.ended(key, end, at: .now, jitter: jitter, into: &state.sizingEffects)
        }
    }

    private func take(_ effect: AllocationSizing.Effect, _ state: inout State) {
        switch effect {
        case .request(let count): plan(count, &state)
        case .cancel(let keys): state.ledger.cancel(keys, at: .now, into: &state.ledgerEffects)
        case .pause(let reason):
            state.failure = reason
            state.ledger.hold()
            state.actions.append(.abandon(reason))
        case .resumed:
            state.ledger.release(at: .now, into: &state.ledgerEffects)
            state.actions.append(.expect)
        }
    }

    /// Makes submissions of so many allocations.
    private func plan(_ allocations: Int, _ state: inout State) {
        guard let planner = state.planner else { return }
        do throws(ClusterError) {
            for job in try planner.jobs(
                allocations, firstSubmission: state.nextSubmission, firstDaemon: state.nextDaemon)
            {
                state.nextSubmission = job.submission.number + 1
                state.nextDaemon = job.submission.firstDaemon + job.daemons
                state.jobs[job.submission.number] = job
                state.ledger.submit(job.submission, at: .now, into: &state.ledgerEffects)
                state.sizing.submitted(job.submission, at: .now, into: &state.sizingEffects)
            }
        } catch {
            state.failure = error.description
            state.sizing.unsubmitted(
                allocations: allocations, error.description, at: .now, jitter: jitter, into: &state.sizingEffects)
        }
    }

    /// Whose jobs they are; nothing is asked before there is a planner.
    private var user: String { state.withLock { $0.planner?.user } ?? "" }

    private var jitter: Double { .random(in: 0..<1) }

    // MARK: Outside the lock

    private func perform(_ action: Action) {
        switch action {
        case .submit(let job): submit(job)
        case .search(let number, let name):
            ask(reader.search(for: name, user: user)) { [reader] answer, state, jitter in
                state.ledger.searched(
                    number, reader.readSearch(answer, for: name), at: .now, jitter: jitter, into: &state.ledgerEffects)
            }
        case .status(let jobs):
            noteStatusQuery()
            ask(reader.statusQuery(of: jobs, user: user)) { [reader] answer, state, jitter in
                state.ledger.status(
                    reader.readStatus(answer), at: .now, jitter: jitter, into: &state.ledgerEffects)
            }
        case .accounting(let jobs, let since): askAccounting(jobs, since: since)
        case .cancel(let elements): cancel(elements)
        case .record(let event): writeDown([event])
        case .complain(let key): complain(key)
        case .tellEnd(let key, let end): tell(key, end)
        case .jobEnded(let launches, let end):
            for launch in launches { dispatcher.jobEnded(of: launch, Self.lossReason(end)) }
        case .abandon(let reason): dispatcher.abandon(reason)
        case .expect: dispatcher.expectDaemons()
        case .open(let gates): for gate in gates { gate.open() }
        }
    }

    private func writeDown(_ events: [AllocationEvent]) {
        writing.async { [journal] in
            do throws(RegistryError) { try journal.write(events) } catch { Self.log.warning("\(error.message)") }
        }
    }

    /// It is on disk before the scheduler hears of it.
    private func submit(_ job: PlannedJob) {
        writing.async { [self] in
            do {
                guard let rendered = job.rendered else {
                    throw HayateError(.launchFailed, "its script was an earlier host's")
                }
                let file = try directory.keep(script: rendered.script, of: job.submission.name)
                try journal.planned(job.submission)
                send(job, rendered, file)
            } catch {
                answered(job, .refused((error as? HayateError)?.message ?? "\(error)"))
            }
        }
    }

    /// - Parameter file: the script on this machine.
    private func send(_ job: PlannedJob, _ rendered: RenderedJob, _ file: String) {
        let line = rendered.submission
        guard target.cluster.submission.way == .file else { return ask(line, for: job) }
        guard let far else { return ask(line, file, for: job) }
        Task {
            do throws(RemoteError) {
                ask(line, try await far.upload(script: rendered.script, of: job.submission.name), for: job)
            } catch {
                answered(job, error.isTransient ? .tryLater(error.description) : .refused(error.description))
            }
        }
    }

    private func ask(_ line: CommandLine, _ file: String? = nil, for job: PlannedJob) {
        var line = line
        if let file { line.words.append(file) }
        ask(line) { [reader] answer, state, jitter in
            state.ledger.answered(
                job.submission.number, reader.readSubmission(answer), at: .now, jitter: jitter,
                into: &state.ledgerEffects)
        }
    }

    private func answered(_ job: PlannedJob, _ answer: SubmitAnswer) {
        step { state in
            state.ledger.answered(
                job.submission.number, answer, at: .now, jitter: .random(in: 0..<1), into: &state.ledgerEffects)
        }
    }

    private func ask(
        _ line: CommandLine, _ body: @escaping @Sendable (CommandAnswer, inout State, Double) -> Void
    ) {
        Task {
            let answer = await commands.run(line)
            step { body(answer, &$0, .random(in: 0..<1)) }
        }
    }

    private func askAccounting(_ jobs: [JobID], since: Int64) {
        let lines = reader.accountingQueries(of: jobs, since: since)
        Task {
            guard !lines.isEmpty else {
                return step { state in
                    state.ledger.accounted(
                        .jobs([]), isLast: true, at: .now, jitter: 0, into: &state.ledgerEffects)
                }
            }
            var answers: [StatusAnswer] = []
            for line in lines { answers.append(reader.readAccounting(await commands.run(line))) }
            // Many sites keep no accounting, or keep it from their users.
            if answers.contains(where: { if case .failed = $0 { true } else { false } }) {
                let others = reader.accountingFallback(of: jobs)
                if !others.isEmpty { answers.removeAll() }
                for line in others { answers.append(reader.readAccounting(await commands.run(line))) }
            }
            let all = answers
            step { state in
                for (index, answer) in all.enumerated() {
                    state.ledger.accounted(
                        answer, isLast: index == all.count - 1, at: .now, jitter: .random(in: 0..<1),
                        into: &state.ledgerEffects)
                }
            }
        }
    }

    private func cancel(_ elements: [JobElement]) {
        let lines = reader.cancellations(of: elements)
        Task {
            var failure: String?
            for line in lines {
                let answer = await commands.run(line)
                failure = failure ?? reader.readCancellation(answer)
            }
            let words = failure
            if let words { Self.log.warning("\(elements.count) jobs could not be cancelled: \(words)") }
            step { state in
                state.ledger.cancelAnswered(
                    elements, failure: words, at: .now, jitter: .random(in: 0..<1), into: &state.ledgerEffects)
            }
        }
    }
}
