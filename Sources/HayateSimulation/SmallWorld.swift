import HayateCore

/// Every order in which a few events can happen to two daemons and two tasks.
///
/// Random worlds rarely meet three coincidences at once; here all of them are met. The dispatcher
/// is a value, so that a schedule branches by copying it.
public enum SmallWorld {
    public struct Result: Sendable {
        /// Complete schedules: of the full depth, or with nothing left that can happen.
        public var schedules = 0
        public var events = 0
        public var violation: Violation?
    }

    /// Explores all schedules of at most `depth` events, each event at most once.
    public static func explore(depth: Int) -> Result {
        var search = Search()
        search.descend(State(), events: Step.allCases, left: depth)
        return search.result
    }

    /// What can happen, each once in a schedule. Daemons are 0 and 1, tasks too.
    enum Step: Int, CaseIterable, Sendable {
        case submitFirst, submitSecond, join, joinOther
        case finish, finishOther, fail, giveBack, lose, loseOther
        case disconnect, resumeWithAll, resumeWithNothing, cancelFirst, tick
    }

    private struct Search {
        var result = Result()
        var path: [Step] = []

        mutating func descend(_ state: State, events: [Step], left: Int) {
            guard result.violation == nil else { return }
            var isEnd = true
            if left > 0 {
                for (index, step) in events.enumerated() {
                    var next = state
                    guard next.take(step) else { continue }
                    isEnd = false
                    result.events += 1
                    path.append(step)
                    if let text = next.dispatch.sanityCheck() {
                        next.ledger.fail(.sanity, text)
                    }
                    for number in next.ledger.live {
                        next.ledger.checkReason(of: number, next.dispatch, at: next.now)
                    }
                    if let violation = next.ledger.violation {
                        result.violation = Violation(
                            property: violation.property, text: "\(violation.text), by \(path)")
                        return
                    }
                    var rest = events
                    rest.remove(at: index)
                    descend(next, events: rest, left: left - 1)
                    path.removeLast()
                }
            }
            if isEnd { result.schedules += 1 }
        }
    }

    private struct State {
        var dispatch = Dispatch()
        var ledger = Ledger()
        var effects = Effects()
        var now: Int64 = 0
        var daemons: [DaemonID?] = [nil, nil]
        /// Assigned and neither answered nor lost, per daemon, oldest first.
        var held: [[AttemptID]] = [[], []]
        var tasks: [TaskID?] = [nil, nil]
        var isAway = false

        var instant: Instant { Instant(nanoseconds: now) }

        /// False if the event cannot happen here.
        mutating func take(_ step: Step) -> Bool {
            now += millisecond
            switch step {
            case .submitFirst: return submit(0, .lostDaemons)
            case .submitSecond: return submit(1, .never)
            case .join: return join(0)
            case .joinOther: return join(1)
            case .finish: return finish(0, failed: false)
            case .fail: return finish(0, failed: true)
            case .finishOther: return finish(1, failed: false)
            case .giveBack: return giveBack()
            case .lose: return lose(0)
            case .loseOther: return lose(1)
            case .disconnect:
                guard let daemon = daemons[0], !isAway else { return false }
                isAway = true
                dispatch.disconnected(daemon, at: instant, into: &effects)
            case .resumeWithAll: return resume(holding: held[0])
            case .resumeWithNothing: return resume(holding: [])
            case .cancelFirst:
                guard let task = tasks[0] else { return false }
                guard let number = ledger.number(task) else { return false }
                ledger.tasks[number].isCancelled = true
                _ = dispatch.cancel(task, at: instant, into: &effects)
            case .tick:
                now += 100 * second
                dispatch.tick(at: instant, into: &effects)
            }
            perform()
            return true
        }

        private mutating func submit(_ number: Int, _ retry: RetryPolicy) -> Bool {
            guard tasks[number] == nil else { return false }
            var task = TaskModel(id: TaskID(slot: 0, generation: 0))
            task.retry = retry
            let spec = TaskSpec(bytes: 1, retry: retry)
            guard case .accepted(let id) = dispatch.submit(spec, at: instant, into: &effects)
            else { return false }
            task.id = id
            tasks[number] = id
            _ = ledger.accepted(task)
            perform()
            return true
        }

        private mutating func join(_ index: Int) -> Bool {
            guard daemons[index] == nil, let id = dispatch.joined(DaemonTerms(), at: instant) else {
                return false
            }
            daemons[index] = id
            dispatch.ready(id, at: instant, into: &effects)
            perform()
            return true
        }

        private mutating func finish(_ index: Int, failed: Bool) -> Bool {
            guard let daemon = daemons[index], let attempt = held[index].first else { return false }
            held[index].removeFirst()
            let current = ledger.current(attempt, at: daemon)
            let verdict = dispatch.finished(
                attempt, by: daemon, failed: failed, taskTime: 1, at: instant, into: &effects)
            switch verdict {
            case .recorded:
                if let current {
                    ledger.end(current)
                } else {
                    ledger.fail(.oneOutcome, "\(attempt) was recorded and is not current")
                }
            case .retrying: ledger.retrying(attempt, by: daemon, failed: failed)
            case .stale: ledger.dropped(attempt, by: daemon)
            }
            perform()
            return true
        }

        private mutating func giveBack() -> Bool {
            guard let daemon = daemons[0], let attempt = held[0].last else { return false }
            held[0].removeLast()
            ledger.returned(attempt, by: daemon)
            dispatch.returned(attempt, by: daemon, at: instant, into: &effects)
            perform()
            return true
        }

        private mutating func lose(_ index: Int) -> Bool {
            guard let daemon = daemons[index] else { return false }
            forget(daemon)
            dispatch.lost(daemon, .disconnected, at: instant, into: &effects)
            perform()
            return true
        }

        private mutating func resume(holding: [AttemptID]) -> Bool {
            guard let daemon = daemons[0], isAway else { return false }
            isAway = false
            held[0] = holding
            ledger.resumed(daemon, holding: holding)
            if !dispatch.resumed(daemon, holding: holding, at: instant, into: &effects) {
                ledger.fail(.protocolKept, "\(daemon) could not resume")
            }
            perform()
            return true
        }

        private mutating func forget(_ daemon: DaemonID) {
            ledger.lost(daemon, .disconnected)
            guard let index = daemons.firstIndex(of: daemon) else { return }
            daemons[index] = nil
            held[index] = []
            if index == 0 { isAway = false }
        }

        private mutating func perform() {
            for effect in effects.list {
                switch effect {
                case .assign(let attempt, let daemon), .assignChild(let attempt, let daemon),
                    .assignBeside(let attempt, _, let daemon):
                    ledger.assigned(attempt, to: daemon)
                    if let index = daemons.firstIndex(of: daemon) { held[index].append(attempt) }
                case .resolve(let task, let ending):
                    ledger.resolved(task, ending, at: now, isClosed: false)
                case .stop, .revoke, .dismiss, .room:
                    break
                case .expel(let daemon, _):
                    forget(daemon)
                }
            }
            effects.removeAll()
        }
    }
}
