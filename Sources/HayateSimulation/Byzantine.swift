import HayateCore

/// Hostile and confused input straight into the dispatcher: late, doubled, invented messages about
/// tasks and daemons that are there, were there, or never were.
///
/// What is shown is that nothing a peer says hits a precondition or leaves an index wrong, whatever
/// the order. (What real shells keep out, such as frames of replaced connections, comes in here.)
public enum Byzantine {
    /// Feeds so many messages; returns what went wrong.
    public static func run(seed: UInt64, messages: Int) -> Violation? {
        var random = RandomSource(seed: seed)
        var count = 0
        while count < messages {
            var mob = Mob(random: RandomSource(seed: random.next()))
            for _ in 0..<min(20_000, messages - count) {
                mob.act()
                count += 1
                if let text = mob.dispatch.sanityCheck() {
                    return Violation(
                        property: .sanity, text: "\(text), after message \(count): \(mob.last)")
                }
            }
        }
        return nil
    }

    private struct Mob {
        var random: RandomSource
        var dispatch: Dispatch
        var effects = Effects()
        var now: Int64 = 0
        var last = ""

        init(random: RandomSource) {
            self.random = random
            var limits = DispatchLimits()
            limits.queuedTasks = 30
            limits.queuedBytes = 3000
            dispatch = Dispatch(limits: limits)
        }

        mutating func anyDaemon() -> DaemonID {
            let ids = dispatch.daemonIDs
            if !ids.isEmpty, random.chance(0.8) { return ids[random.below(ids.count)] }
            return DaemonID(
                slot: random.chance(0.9) ? UInt32(random.below(10)) : .max,
                generation: UInt32(random.below(4)))
        }

        /// Mostly a task that exists, now or in a former generation.
        mutating func anyTask() -> TaskID {
            let accepted = Int(truncatingIfNeeded: dispatch.counts.accepted)
            return TaskID(
                slot: random.chance(0.95) ? UInt32(random.below(40)) : .max,
                generation: UInt32(random.below(accepted / 20 + 3)))
        }

        /// Mostly what a daemon has in hand.
        mutating func anyAttempt(_ daemon: DaemonID) -> AttemptID {
            var task = anyTask()
            if random.chance(0.7), daemon.slot < 100,
                let current = dispatch.daemonStatus().first(where: { $0.id == daemon })?.current
            {
                task = current
            }
            return AttemptID(
                task: task,
                attempt: random.chance(0.98) ? UInt32(1 + random.below(3)) : .max)
        }

        mutating func anyDuration() -> Duration? {
            switch random.below(5) {
            case 0: .zero
            case 1: .nanoseconds(Int64.max)
            case 2: .seconds(Int64.max)
            case 3: .nanoseconds(random.spread(1, 10 * second))
            default: nil
            }
        }

        mutating func act() {
            effects.removeAll()
            now +=
                random.below(100) == 0 ? random.spread(1, 100 * second) : random.below(millisecond)
            let instant = Instant(nanoseconds: now)
            let daemon = anyDaemon()
            let attempt = anyAttempt(daemon)
            let choice = random.below(100)
            switch choice {
            case 0..<20:
                let spec = TaskSpec(
                    bytes: random.chance(0.98) ? random.below(500) : .max,
                    priority: Int8(truncatingIfNeeded: random.below(3)), timeout: anyDuration(),
                    retry: RetryPolicy(
                        losses: UInt8(random.below(4)),
                        failures: random.chance(0.3)
                            ? .init(attempts: 3, first: anyDuration() ?? .zero) : nil))
                _ = dispatch.submit(
                    spec, to: random.chance(0.2) ? daemon : nil, at: instant, into: &effects)
            case 20..<50:
                let times: [Int64] = [.min, -1, 0, random.below(second), .max]
                _ = dispatch.finished(
                    attempt, by: daemon, failed: random.chance(0.3),
                    taskTime: times[random.below(5)], at: instant, into: &effects)
            case 50..<58: dispatch.returned(attempt, by: daemon, at: instant, into: &effects)
            case 58..<65:
                if dispatch.counts.daemons < 9 {
                    let terms = DaemonTerms(
                        maximumTasks: random.chance(0.2) ? UInt64(random.below(3)) : nil,
                        idleTime: anyDuration(), wallTime: anyDuration(),
                        reconnectWithin: anyDuration(), isReplaceable: random.chance(0.5))
                    _ = dispatch.joined(terms, at: instant)
                }
            case 65..<72: dispatch.ready(daemon, at: instant, into: &effects)
            case 72..<78: dispatch.heard(daemon, at: instant, into: &effects)
            case 78..<82: dispatch.disconnected(daemon, at: instant, into: &effects)
            case 82..<87:
                var holding = [attempt]
                for _ in 0..<random.below(4) { holding.append(anyAttempt(daemon)) }
                _ = dispatch.resumed(daemon, holding: holding, at: instant, into: &effects)
            case 87..<89: dispatch.lost(daemon, .disconnected, at: instant, into: &effects)
            case 89..<90: dispatch.drain(daemon, .requested, at: instant, into: &effects)
            case 90..<94: _ = dispatch.cancel(attempt.task, at: instant, into: &effects)
            case 94..<96: dispatch.tick(at: instant, into: &effects)
            case 96..<98: _ = dispatch.help(attempt.task, by: daemon, at: instant, into: &effects)
            case 98..<99:
                let spec = TaskSpec(bytes: random.below(500), priority: 127)
                _ = dispatch.submitChild(spec, of: daemon, at: instant, into: &effects)
            default: dispatch.abandon(at: instant, into: &effects)
            }
            last = "choice \(choice), \(daemon), \(attempt), at \(now)"
        }
    }
}
