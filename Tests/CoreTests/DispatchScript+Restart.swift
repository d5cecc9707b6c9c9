@testable import HayateCore

/// What a journal would know of a script's tasks.
struct ScriptJournal {
    var specs: [TaskID: TaskSpec] = [:]
    var progress: [TaskID: TaskProgress] = [:]

    mutating func write(_ changes: [TaskProgress]) {
        for change in changes { progress[change.id] = change }
    }
}

extension DispatchScript {
    /// The host is killed and goes on with what was written; its daemons are away and keep their letters.
    @discardableResult
    mutating func restart(
        terms: DaemonTerms = DaemonTerms(), back within: Duration = .seconds(60)
    ) -> [String] {
        let unfinished = tasks.filter(dispatch.isUnfinished)
        let old = dispatch
        dispatch = Dispatch(limits: old.limits)
        dispatch.notesChanges = true
        dispatch.restoreGenerations(from: old.highestGeneration)
        var names: [DaemonID: DaemonID] = [:]
        for (index, daemon) in daemons.enumerated() where old.isKnown(daemon) {
            let until = now.advanced(by: within.nanoseconds)
            names[daemon] = dispatch.restoreDaemon(terms, awayUntil: until, at: now)
            daemons[index] = names[daemon] ?? daemon
        }
        for task in unfinished {
            var progress = journal.progress[task] ?? TaskProgress(id: task)
            progress.daemon = progress.daemon.map { names[$0] ?? $0 }
            dispatch.restore(journal.specs[task] ?? TaskSpec(bytes: 1), progress, at: now)
        }
        return begin()
    }
}
