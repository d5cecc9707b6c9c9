import HayateCore
import HayateWire

/// Tasks of tasks: what the session decides about them is carried out here.
extension DaemonRuntime: ChildSubmitter {
    /// A child without outcome.
    struct KeptChild: Sendable {
        var task: ChildTask
        var receiver: any ChildReceiver
        /// What the receiver calls it.
        var index: UInt32
    }

    // MARK: What tasks do

    package func submit<Receiver: ChildReceiver>(
        _ child: ChildTask, of parent: AttemptID, makeReceiver: (UInt64) -> Receiver
    ) -> Receiver? {
        let receiver = state.withLock { state -> Receiver? in
            guard let number = state.session.submitted(by: parent, into: &state.effects) else {
                return nil
            }
            let receiver = makeReceiver(number)
            state.children[number] = KeptChild(task: child, receiver: receiver, index: 0)
            perform(&state)
            return receiver
        }
        flush()
        return receiver
    }

    package func submit(
        _ children: [ChildTask], of parent: AttemptID, group: UInt64, from first: UInt32,
        to receiver: any ChildReceiver
    ) -> Bool {
        let isAccepted = state.withLock { state in
            var index = first
            for child in children {
                let number = state.session.submitted(
                    by: parent, group: group, into: &state.effects)
                guard let number else { return false }
                state.children[number] = KeptChild(task: child, receiver: receiver, index: index)
                index &+= 1
            }
            perform(&state)
            return true
        }
        flush()
        return isAccepted
    }

    package func withdraw(child number: UInt64) -> Bool {
        let isWithdrawn = state.withLock { state in
            defer { perform(&state) }
            return state.session.withdrawn(number, into: &state.effects)
        }
        flush()
        return isWithdrawn
    }

    package func withdrawAll(of receiver: any ChildReceiver) {
        state.withLock { state in
            let numbers = state.children.filter { $0.value.receiver === receiver }.keys.sorted()
            for number in numbers {
                _ = state.session.withdrawn(number, into: &state.effects)
            }
            perform(&state)
        }
        flush()
    }

    package func begins(_ parent: AttemptID, toWaitFor wait: DaemonSession.Wait) {
        state.withLock { state in
            state.session.waits(parent, for: wait, into: &state.effects)
            perform(&state)
            // It may have been started where messages are received, and must be taken over from there.
            if state.inlineSince != nil { state.levels.last?.cell.wake() }
        }
        flush()
    }

    package func ends(_ parent: AttemptID, toWaitFor wait: DaemonSession.Wait) {
        state.withLock { $0.session.waited(parent, for: wait) }
    }

    // MARK: What the host says

    /// Under the lock.
    func childEnded(_ number: UInt64, _ status: ResultStatus, _ body: [UInt8], _ state: inout State) {
        guard state.session.outcome(of: number, into: &state.effects) else { return }
        end(number, .outcome(status, body), &state)
    }

    // MARK: Effects

    /// Under the lock.
    func perform(child effect: DaemonSession.Effect, _ state: inout State) {
        switch effect {
        case .submit(let number):
            guard let child = state.children[number] else { return }
            state.link?.writeChild(number, child.task)
        case .withdraw(let number): state.link?.write(.withdraw(number))
        case .help(let number): state.link?.write(.help(number))
        case .orphan(let number): end(number, .orphaned, &state)
        default: return
        }
    }

    private func end(_ number: UInt64, _ end: ChildEnd.End, _ state: inout State) {
        guard let child = state.children.removeValue(forKey: number) else { return }
        state.childEnds.append((child.receiver, ChildEnd(index: child.index, end: end)))
    }

    // MARK: Outside the lock

    /// Sends what was written and tells who waits, for threads on which tasks run: those cancel nothing,
    /// since a handler of a cancelled task may be what calls here.
    func flush() {
        let (link, hasEnds) = state.withLock { ($0.link, !$0.childEnds.isEmpty) }
        if hasEnds { deliverChildEnds() }
        link?.connection.flush()
    }

    /// Runs of ends for the same receiver, as maps have them, are handed over together.
    func deliverChildEnds() {
        let all = state.withLock { state in
            defer { state.childEnds.removeAll() }
            return state.childEnds
        }
        var index = 0
        while index < all.count {
            let receiver = all[index].receiver
            var ends: [ChildEnd] = []
            while index < all.count, all[index].receiver === receiver {
                ends.append(all[index].end)
                index += 1
            }
            receiver.ended(ends)
        }
    }

    func cancelInterrupted() {
        let starts = state.withLock { state in
            defer { state.cancellations.removeAll() }
            return state.cancellations
        }
        guard !starts.isEmpty else { return }
        running.withLock { running in
            for start in starts {
                running.interrupted.append(start)
                running.tasks.first { $0.start == start }?.task.cancel()
            }
        }
    }
}
