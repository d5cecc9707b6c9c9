// A host that was killed goes on where it was: its dispatcher is made anew from what the journal knows. Daemons of the
// old host are restored as away; they come back with what they hold, and `resumed` compares.
//
// Order: `restoreGenerations`, then `restoreDaemon` for each, then `restore` for each task in order of submission, then
// `beginRestored`. No other event comes before.

/// What is known of the old host's tasks until all of them are known.
struct Restoration: Sendable {
    /// Tasks that wait for a daemon, in order of submission.
    var waiting: [UInt32] = []
    /// Those of them that were accepted with needs and have not been started.
    var needs: [UInt32: [TaskID]] = [:]
    /// Tasks at daemons, and the place of each among all assignments.
    var held: [(slot: UInt32, order: UInt64, grant: ResourceGrant?)] = []
    /// Tasks whose daemon is not known any more.
    var lost: [(slot: UInt32, loss: Loss)] = []
}

extension Dispatch {
    /// The old host had given out no name of a task or daemon with a higher generation than this. New ones begin above
    /// it, so that what a daemon says of an old task is never taken for a new one's, and old losses are of no daemon
    /// that is here.
    public mutating func restoreGenerations(from generation: UInt32) {
        firstGeneration = generation &+ 1
        highestGeneration = firstGeneration
    }

    /// A daemon of the old host: it may come back until then. Its terms are what is left of them: wall time and the
    /// number of tasks count from now.
    /// - Returns: its name here; nil if there are too many.
    public mutating func restoreDaemon(_ terms: DaemonTerms, awayUntil: Instant, at now: Instant) -> DaemonID? {
        guard let id = joined(terms, at: now) else { return nil }
        // It joined the old host, and that one had it prepared.
        counts.joined -= 1
        daemons[Int(id.slot)].isPreparing = false
        daemons[Int(id.slot)].phase = .away
        daemons[Int(id.slot)].awayUntil = awayUntil
        update(id.slot, at: now)
        return id
    }

    /// An unfinished task of the old host, under its old name, and not one for a single daemon. Its time limit counts
    /// from now. It is at `progress.daemon`, which is the daemon's name here, until that one says otherwise. What it
    /// needs and is not restored has returned.
    ///
    /// Two tasks under one name are a fault of the caller, and a trap.
    public mutating func restore(_ spec: TaskSpec, _ progress: TaskProgress, at now: Instant) {
        let slot = progress.id.slot
        while tasks.count <= Int(slot) {
            tasks.append(TaskRecord())
            tasks[tasks.count - 1].generation = firstGeneration
        }
        precondition(tasks[Int(slot)].phase == .free, "\(progress.id) is restored twice")
        tasks[Int(slot)].generation = progress.id.generation
        fill(slot, spec, at: now)
        tasks[Int(slot)].attempt = progress.attempt
        tasks[Int(slot)].failures = progress.failures
        if progress.isAlone { tasks[Int(slot)].flags.insert(.alone) }
        if !progress.losses.isEmpty {
            tasks[Int(slot)].losses = UInt8(clamping: progress.losses.count)
            history[slot] = progress.losses
        }
        if limits.scheduling == .dispatched {
            request(spec.timeRequest, for: slot)
            request(spec.resources, for: slot)
            // Those that the old host had may come back as new ones.
            if needsAll(slot) { standApart(slot, always: true) }
        }
        notes.lastOrder = max(notes.lastOrder, progress.order)
        if notesChanges { notes.setOrder(progress.order, of: slot) }
        guard let daemon = progress.daemon else {
            // Not free any more; `beginRestored` puts it into the queue.
            tasks[Int(slot)].phase = .queued
            if !spec.needs.isEmpty, progress.attempt == 0 { restoration.needs[slot] = spec.needs }
            return restoration.waiting.append(slot)
        }
        tasks[Int(slot)].phase = .assigned
        if isKnown(daemon) {
            tasks[Int(slot)].daemon = daemon.slot
            restoration.held.append((slot, progress.order, progress.grant))
        } else {
            let loss = Loss(daemon: daemon, attempt: progress.attempt, reason: .disconnected)
            restoration.lost.append((slot, loss))
        }
    }

    /// Everything is restored: tasks are given out.
    public mutating func beginRestored(at now: Instant, into effects: inout Effects) {
        let all = restoration
        restoration = Restoration()
        for slot in tasks.indices.reversed() where tasks[slot].phase == .free { freeTasks.append(UInt32(slot)) }
        for (slot, _, grant) in all.held.sorted(by: { $0.order < $1.order }) {
            counts.assigned += 1
            holdResources(grant, of: slot, at: tasks[Int(slot)].daemon, at: now)
            link(slot, to: tasks[Int(slot)].daemon, at: now)
        }
        for daemon in daemons.indices where daemons[daemon].phase != .free {
            // Its answer would be measured from now on, whenever it was sent the task.
            daemons[daemon].probe = TaskRecord.none
            update(UInt32(daemon), at: now)
        }
        // By submission, which is the order in which waiting tasks come without a detour.
        var waiting = all.waiting.filter { slot in
            guard let needed = all.needs[slot]?.filter(isUnfinished), !needed.isEmpty else { return true }
            block(slot, on: needed)
            return false
        }
        for (slot, loss) in all.lost {
            if policies[Int(tasks[Int(slot)].policy)].losses == 0 {
                resolve(slot, .daemonLost(loss), into: &effects)
                freeTask(slot)
            } else {
                waiting.append(slot)
            }
        }
        if !all.lost.isEmpty { waiting.sort { tasks[Int($0)].sequence < tasks[Int($1)].sequence } }
        for slot in waiting { enqueue(slot, returned: false) }
        pump(at: now, into: &effects)
    }
}
