import Glibc
import HayateSimulation
import Synchronization

func fail(_ error: any Error) -> Never {
    print("hayate-simulate: \(error)")
    exit(2)
}

/// Runs what the options ask for; ends the process with code 1 if a property is violated.
func simulate(_ options: Options) async {
    print("seed \(options.seed)")
    // At once: a trap would take it along.
    fflush(nil)
    let clock = ContinuousClock()
    let start = clock.now
    if options.isExhaustive {
        let result = SmallWorld.explore(depth: options.depth)
        print("\(result.schedules) schedules, \(result.events) events, \(clock.now - start)")
        if let violation = result.violation { stop("\(violation)") }
        return
    }
    if options.byzantine > 0 {
        if let violation = Byzantine.run(seed: options.seed, messages: options.byzantine) {
            print(violation)
            stop("hayate-simulate --byzantine \(options.byzantine) --seed \(options.seed)")
        }
        let rate = Int(Double(options.byzantine) / ((clock.now - start) / .seconds(1)))
        print("\(options.byzantine) hostile messages, \(rate) a second")
        return
    }
    let total = await runWorlds(options)
    let seconds = (clock.now - start) / .seconds(1)
    print("\(total.events) events in \(total.worlds) worlds, \(total.tasks) tasks")
    print("\(Int(seconds)) s, \(Int(Double(total.events) / seconds)) events a second")
    print("faults: \(total.faults)")
    if let failure = total.failure { explain(failure, options) }
}

/// What the threads share.
private final class Progress: Sendable {
    let total = Mutex(Simulation.Total())
    let next = Atomic<Int>(0)

    /// Runs worlds until enough has happened or one of them failed.
    func work(_ options: Options) {
        while true {
            let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
            let isDone = total.withLock { $0.failure != nil || $0.events >= options.events }
            guard !isDone, index < options.worlds else { return }
            let first = options.firstSeeds.count
            let seed =
                index < first ? options.firstSeeds[index] : options.seed &+ UInt64(index - first)
            let report = World(seed: seed, bug: options.bug, isProtected: options.isProtected).run()
            total.withLock { $0.add(report) }
            if options.isVerbose { print("seed \(seed): \(report.events) events") }
        }
    }
}

/// Shares the worlds among threads.
private func runWorlds(_ options: Options) async -> Simulation.Total {
    let progress = Progress()
    await withTaskGroup { group in
        for _ in 0..<options.threads {
            group.addTask { progress.work(options) }
        }
    }
    return progress.total.withLock { $0 }
}

/// Runs the failed world again, watching closely.
private func explain(_ failure: Report, _ options: Options) -> Never {
    let again = World(
        seed: failure.seed, bug: options.bug, isProtected: options.isProtected
    ).run(tracing: true)
    for line in again.trace.suffix(options.isVerbose ? 120 : 50) { print(line) }
    print("seed \(failure.seed) failed after \(failure.events) events")
    if let violation = failure.violation { print("violated: \(violation)") }
    let bug = options.bug.map { " --bug \($0.rawValue)" } ?? ""
    stop("hayate-simulate --seed \(failure.seed) --worlds 1\(bug)\(options.isProtected ? " --tls" : "")")
}

private func stop(_ command: String) -> Never {
    print("repeat with: \(command)")
    exit(1)
}
