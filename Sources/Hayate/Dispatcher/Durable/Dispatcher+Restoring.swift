import HayateCore
import HayateJournal
import HayateTransport
import HayateWire

extension Dispatcher {
    /// Goes on where an earlier host was: its daemons may come back with what they hold, and what waited waits. To be
    /// called once, before anybody can dial in.
    /// - Returns: the launches of its daemons, with their processes as `host:pid`.
    func restore(_ durability: Durability) -> [(launch: UInt64, name: String)] {
        let (daemons, afterwards) = state.withLock { state -> ([(launch: UInt64, name: String)], Afterwards) in
            let now = Instant.now
            state.durable = DurableState(durability.journal, failed: durability.failed)
            state.early = []
            state.core.notesChanges = true
            let generations = durability.contents.notes[DurableState.generationsNote].flatMap(Self.number) ?? 0
            state.durable?.generations = generations
            state.core.restoreGenerations(from: generations)
            state.obituaries[Self.unknown] = Obituary(name: "a daemon of the last host", lastWords: "")
            var ids: [SessionKey: DaemonID] = [:]
            var launches: [(launch: UInt64, name: String)] = []
            for daemon in durability.contents.daemons {
                guard let id = restore(daemon, awayFor: durability.lease, at: now, &state) else { continue }
                ids[daemon.session] = id
                if daemon.launch != 0 { launches.append((daemon.launch, daemon.name)) }
            }
            for (task, progress) in durability.contents.tasks {
                // One that nobody knows is gone: what must not begin twice is lost with it.
                let daemon = progress?.daemon.map { ids[$0] ?? Self.unknown }
                restore(task, progress, at: daemon, durability, now, &state)
            }
            state.core.beginRestored(at: now, into: &state.effects)
            perform(&state)
            return (launches, finish(&state))
        }
        run(afterwards)
        return daemons
    }

    private func restore(
        _ daemon: JournalDaemon, awayFor lease: Duration, at now: Instant, _ state: inout State
    ) -> DaemonID? {
        var terms = DurableTerms(reading: daemon.description)?.terms(wallClock: WallClock.seconds) ?? DaemonTerms()
        terms.reconnectWithin = lease
        let until = now.advanced(by: lease.nanoseconds)
        guard let id = state.core.restoreDaemon(terms, awayUntil: until, at: now) else { return nil }
        let link = DaemonLink(
            session: SessionID(daemon.session), id: id, name: daemon.name, launch: daemon.launch,
            process: daemon.process)
        link.received = daemon.received
        link.acknowledged = daemon.received
        state.links[id.slot] = link
        state.sessions[link.session] = link
        if link.launch != 0 {
            state.launches[link.launch] = link
            link.isAnnounced = false
        }
        return id
    }

    private func restore(
        _ task: JournalTask, _ progress: JournalProgress?, at daemon: DaemonID?, _ durability: Durability,
        _ now: Instant, _ state: inout State
    ) {
        // As many types as the last host had: there is room.
        guard let type = durableType(task.type, &state) else { return }
        let id = TaskID(rawValue: task.place)
        let (spec, details) = durability.request(task)
        let history = progress.flatMap { DurableHistory(reading: $0.history) }
        var losses: [Loss] = []
        for (index, lost) in (history?.losses ?? []).enumerated() {
            // A name of its own, which no daemon of this host has.
            let gone = DaemonID(slot: .max - 1 - UInt32(index), generation: id.slot)
            state.obituaries[gone] = Obituary(name: lost.name, lastWords: "")
            losses.append(Loss(daemon: gone, attempt: lost.attempt, reason: lost.reason))
        }
        state.core.restore(
            spec,
            HayateCore.TaskProgress(
                id: id, attempt: progress?.attempt ?? 0, failures: history?.failures ?? 0,
                isAlone: history?.isAlone ?? false, losses: losses, daemon: daemon, order: progress?.order ?? 0,
                grant: history?.grant?.grant),
            at: now)
        enter(
            Entry(
                receiver: durability.receiver(task.key.submission), index: task.key.element, type: type,
                body: task.body),
            details, task.key, id, &state)
    }

    /// No daemon has this name.
    private static let unknown = DaemonID(slot: .max, generation: .max)

    private static func number(_ bytes: [UInt8]) -> UInt32? {
        guard bytes.count == 4 else { return nil }
        return bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// The pool ends and its session does not: nothing more is said of its tasks, and the next host knows that no
    /// daemon has them.
    func seal() {
        let afterwards = state.withLock { state -> Afterwards in
            guard state.durable?.isSealed == false else { return Afterwards() }
            for link in state.links.values { noteGone(link, &state) }
            let left = finish(&state)
            state.durable?.isSealed = true
            return left
        }
        run(afterwards)
    }
}
