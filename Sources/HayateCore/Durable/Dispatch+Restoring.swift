// A host that was killed goes on where it was: its dispatcher is made anew from what the journal knows. Daemons of the
// old host are restored as away; they come back with what they hold, and `resumed` compares.
//
// Order: `restoreGenerations`, then `restoreDaemon` for each, then `restore` for each task in order of submission, then
// `beginRestored`. No other event comes before.
extension Dispatch {
    /// Names of tasks below this generation were given out by the old host, and mean none of this one's but those that
    /// are restored.
    public mutating func restoreGenerations(from generation: UInt32) { fatalError("comes next") }

    /// The highest generation that any slot has had, for the journal.
    public var highestGeneration: UInt32 { fatalError("comes next") }

    /// A daemon of the old host: it may come back until then.
    public mutating func restoreDaemon(_ terms: DaemonTerms, awayUntil: Instant, at now: Instant) -> DaemonID? {
        fatalError("comes next")
    }

    /// An unfinished task of the old host.
    public mutating func restore(_ spec: TaskSpec, _ progress: TaskProgress, at now: Instant) { fatalError("comes next") }

    /// Everything is restored: tasks are given out.
    public mutating func beginRestored(at now: Instant, into effects: inout Effects) { fatalError("comes next") }

    /// Tasks whose progress has changed since the last call, each once, in no order; ended ones are not among them.
    /// Empty unless `notesChanges`.
    public mutating func takeChanges() -> [TaskProgress] { fatalError("comes next") }
}
