import HayateCore
import HayateDaemon
import HayateWire

/// Tasks of tasks: a daemon submits them for what it runs, and may be given them to run itself.
extension Dispatcher {
    /// What a daemon may name on one connection; a program has far fewer task types.
    private static let mostTypes = 4096
    private static let longestName = 4096
    /// The same for all daemons that there ever are together.
    private static let mostTypesOfAll = 65_536

    // MARK: What daemons say. All under the lock.

    func define(_ index: UInt32, _ name: String, _ wire: DaemonWire) {
        guard wire.childTypes.count < Self.mostTypes, name.utf8.count <= Self.longestName else {
            return wire.connection.close(.refused("the daemon names too many task types, or too long ones"))
        }
        wire.childTypes[index] = name
    }

    func submitted(
        _ task: SubmittedTask, _ body: [UInt8], by link: DaemonLink, _ wire: DaemonWire,
        _ state: inout State
    ) {
        // The rest is the host's to say, as what counts as a set-up.
        let numbers = wire.nextDetails.shares
        var details = TaskDetails()
        details.stream = wire.nextDetails.stream
        details.trace = wire.nextDetails.trace
        wire.nextDetails = TaskDetails()
        if let known = link.children.all[task.number] {
            if link.children.isRepeating { link.children.repeated.insert(task.number) }
            // Sent again after the connection broke. So is its outcome, if it has one.
            if case .ended(let status, let body) = known {
                send(.outcome(task.number, status: status, body: body), to: link.id, &state)
            }
            return
        }
        // A number is used once: one that is known no more has been withdrawn.
        guard task.number > link.children.highest else { return }
        // Refused ones are kept until they are receipted, too: one that gives no receipts is cut off.
        guard link.children.all.count < 2 * SubmittedChildren.limit,
            let name = wire.childTypes[task.type], state.core.holdsTask(link.id)
        else {
            return wire.connection.close(
                .refused("the daemon submits a task without running one, of a type that it has not named, "
                    + "or too many"))
        }
        link.children.highest = task.number
        guard link.children.all.count < SubmittedChildren.limit,
            link.children.bytes == 0
                || link.children.bytes + body.count <= settings.limits.queuedBytes
        else {
            let error = HayateError(
                .queueFull,
                "the tasks of this daemon have \(link.children.all.count) tasks without outcome, of "
                    + "\(link.children.bytes) bytes, the most that one daemon may have: use map, which waits by "
                    + "itself")
            return refuse(task.number, error, link, &state)
        }
        guard let type = childType(name, &state) else {
            let error = HayateError(
                .queueFull,
                "the tasks of this pool's daemons have submitted tasks of \(Self.mostTypesOfAll) types, the "
                    + "most that there may be")
            return refuse(task.number, error, link, &state)
        }
        // Only what this daemon was given, so that nobody reads what is not theirs.
        let shares = numbers.compactMap { link.shared.contains($0) ? SharedRegion.live($0) : nil }
        guard shares.count == numbers.count else {
            let error = HayateError(
                .refused, "the task means shared content that its host does not share with this daemon")
            return refuse(task.number, error, link, &state)
        }
        let spec = TaskSpec(
            bytes: body.count, priority: task.priority, timeout: task.timeout, retry: task.retry)
        let submission = state.core.submitChild(
            spec, of: link.id, at: .now, into: &state.effects)
        switch submission {
        case .refused(let refusal): refuse(task.number, HayateError(refusal), link, &state)
        case .accepted(let id):
            link.children.set(task.number, .live(id, bytes: body.count))
            let slot = Int(id.slot)
            while state.entries.count <= slot { state.entries.append(Entry()) }
            state.entries[slot] = Entry(
                receiver: ChildWatch(self, link.session, task.number), index: 0, type: type,
                body: body)
            if !details.isEmpty { state.details[id.slot] = details }
            if !shares.isEmpty { state.shares[id.slot] = shares }
        }
    }

    /// The receipt of an outcome, or nobody wants it; 0: of nothing but what was submitted again.
    func withdrawn(_ number: UInt64, by link: DaemonLink, _ state: inout State) {
        guard number == 0 else { return drop(number, of: link, &state) }
        guard link.children.isRepeating else { return }
        let kept = link.children.repeated
        link.children.isRepeating = false
        link.children.repeated = []
        for number in link.children.all.keys.sorted() where !kept.contains(number) {
            drop(number, of: link, &state)
        }
    }

    func help(_ number: UInt64, by link: DaemonLink, _ wire: DaemonWire, _ state: inout State) {
        var answer = HelpAnswer.unneeded
        if case .live(let task, _) = link.children.all[number] {
            answer = state.core.help(task, by: link.id, at: .now, into: &state.effects)
        }
        guard answer == .unneeded else { return }
        send(.unneeded(number), to: link.id, &state)
    }

    private func drop(_ number: UInt64, of link: DaemonLink, _ state: inout State) {
        guard case .live(let task, _) = link.children.remove(number) else { return }
        _ = state.core.cancel(task, at: .now, into: &state.effects)
        perform(&state)
    }

    private func refuse(
        _ number: UInt64, _ error: HayateError, _ link: DaemonLink, _ state: inout State
    ) {
        let (status, body) = ChildOutcome.write(.error(error))
        link.children.set(number, .ended(status, body))
        send(.outcome(number, status: status, body: body), to: link.id, &state)
    }

    /// The number of a type that this process may not have.
    func durableType(_ name: String, _ state: inout State) -> UInt32? { childType(name, &state) }

    private func childType(_ name: String, _ state: inout State) -> UInt32? {
        if let number = state.childTypes[name] { return number }
        guard state.childTypes.count < Self.mostTypesOfAll else { return nil }
        let number = UInt32(state.typeNames.count)
        state.typeNames.append(name)
        state.childTypes[name] = number
        return number
    }

    // MARK: What becomes of them

    /// Under the lock: tells the daemon which of its children the next task is.
    func announceChild(_ attempt: AttemptID, to daemon: DaemonID, _ state: inout State) {
        let slot = Int(attempt.task.slot)
        guard let child = state.entries[slot].receiver as? ChildWatch else { return }
        send(.help(child.number), to: daemon, &state)
    }

    /// A child has its outcome.
    func childEnded(
        _ number: UInt64, of session: SessionID, _ status: ResultStatus, _ body: [UInt8]
    ) {
        withCore { state in
            // Of a lost session, or withdrawn meanwhile: nobody waits.
            guard let link = state.sessions[session], link.children.all[number] != nil else { return }
            link.children.set(number, .ended(status, body))
            // To a daemon that has not said yet what it holds it goes when it is submitted again.
            send(.outcome(number, status: status, body: body), to: link.id, &state)
        }
    }

    /// Under the lock: the session is over, and with it everything that its tasks have submitted.
    func cancelChildren(of link: DaemonLink, _ state: inout State) {
        let children = link.children.all
        link.children = SubmittedChildren()
        for number in children.keys.sorted() {
            guard case .live(let task, _) = children[number] else { continue }
            _ = state.core.cancel(task, at: .now, into: &state.effects)
        }
    }
}
