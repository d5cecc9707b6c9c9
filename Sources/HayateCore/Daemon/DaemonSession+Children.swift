/// Tasks of tasks.
///
/// A task that waits for a child must not keep the child from running: with one daemon, or with as many
/// waiting parents as daemons, nothing would ever move. So the daemon asks the host for the child, one
/// child at a time, and runs it on top of its parent. It asks again at each pulse: a child that was
/// running elsewhere may have lost its daemon.
///
/// Only the topmost task's children are asked for, so each started task is a child of the one below it.
extension DaemonSession {
    /// What a task waits for.
    public enum Wait: Hashable, Sendable {
        /// The outcome of one child.
        case child(UInt64)
        /// The outcome of any child of a group.
        case group(UInt64)
    }

    /// Children without outcome.
    public var childCount: Int { children.count }

    /// The task that submitted this child; nil if the child has an outcome.
    public func parent(ofChild number: UInt64) -> AttemptID? { children.parent(of: number) }

    /// Whether this task waits for children.
    public func waits(_ parent: AttemptID) -> Bool { children.waits[parent] != nil }

    // MARK: What tasks do

    /// A task submits a child. `group` is 0, or a number that it shares with others.
    /// - Returns: its number; nil if the parent is not a started task of this host.
    public mutating func submitted(
        by parent: AttemptID, group: UInt64 = 0, into effects: inout [Effect]
    ) -> UInt64? {
        guard link != .over, isOnStack(parent) else { return nil }
        let number = children.add(of: parent, group: group)
        // Without a connection it is sent with all others when there is one again.
        if link == .connected { effects.append(.submit(child: number)) }
        return number
    }

    /// A started task begins to wait.
    public mutating func waits(
        _ parent: AttemptID, for wait: Wait, into effects: inout [Effect]
    ) {
        guard isOnStack(parent) else { return }
        children.waits[parent, default: []].append(wait)
        askForHelp(into: &effects)
    }

    /// It waits no longer.
    public mutating func waited(_ parent: AttemptID, for wait: Wait) {
        guard let index = children.waits[parent]?.lastIndex(of: wait) else { return }
        children.waits[parent]?.remove(at: index)
        if children.waits[parent]?.isEmpty == true { children.waits[parent] = nil }
    }

    /// A started task has let go of its thread. It may go on elsewhere at any time, but another can run
    /// where it was.
    public mutating func suspended(_ attempt: AttemptID, into effects: inout [Effect]) {
        guard let index = started.lastIndex(where: { $0.attempt == attempt }),
            !started[index].isSuspended
        else { return }
        started[index].isSuspended = true
        askForHelp(into: &effects)
    }

    /// Nobody here wants this child any more.
    /// - Returns: false if it has an outcome already.
    public mutating func withdrawn(_ number: UInt64, into effects: inout [Effect]) -> Bool {
        guard children.remove(number) else { return false }
        // Without a connection the host learns of it from what is submitted again.
        if link == .connected { effects.append(.withdraw(child: number)) }
        effects.append(.orphan(child: number))
        askForHelp(into: &effects)
        return true
    }

    // MARK: What the host says

    /// The host says how a child ended. The receipt lets the host forget it.
    /// - Returns: false if nobody waits for it; the outcome is to be dropped.
    public mutating func outcome(of number: UInt64, into effects: inout [Effect]) -> Bool {
        guard link == .connected else { return false }
        effects.append(.withdraw(child: number))
        guard children.remove(number) else { return false }
        askForHelp(into: &effects)
        return true
    }

    /// The child has been started elsewhere: another one may need help.
    public mutating func unneeded(_ number: UInt64, into effects: inout [Effect]) {
        guard children.asked == number else { return }
        children.asked = nil
        children.refused.insert(number)
        askForHelp(into: &effects)
    }

    /// Twice a second or so: asks again.
    public mutating func pulse(into effects: inout [Effect]) {
        guard !children.isEmpty, link == .connected else { return }
        children.refused.removeAll(keepingCapacity: true)
        if let asked = children.asked { effects.append(.help(child: asked)) }
        askForHelp(into: &effects)
    }

    // MARK: Decisions

    /// Asks for a child that the topmost task waits for, unless the host owes an answer.
    private func ask() -> UInt64? {
        guard link == .connected, children.asked == nil, let top = started.last, top.isSuspended,
            !top.isAbandoned
        else { return nil }
        return children.wanted(by: top.attempt)
    }

    mutating func askForHelp(into effects: inout [Effect]) {
        guard !children.isEmpty, let number = ask() else { return }
        children.asked = number
        effects.append(.help(child: number))
    }

    /// After a welcome that resumes: submits again what has no outcome, and says that this was all.
    mutating func repeatChildren(into effects: inout [Effect]) {
        children.asked = nil
        children.refused.removeAll()
        guard children.lastNumber > 0 else { return }
        for number in children.numbers { effects.append(.submit(child: number)) }
        effects.append(.withdraw(child: 0))
        askForHelp(into: &effects)
    }

    /// Whether any task here has submitted tasks that have no outcome.
    public var hasChildren: Bool { !children.isEmpty }

    /// Part of this task ended, and with it what it submitted.
    public mutating func withdrawChildren(of parent: AttemptID, into effects: inout [Effect]) {
        withdrawAll(of: parent, into: &effects)
    }

    /// A task ended: nobody wants its children any more.
    mutating func withdrawAll(of parent: AttemptID, into effects: inout [Effect]) {
        children.waits[parent] = nil
        for number in children.of(parent) {
            _ = children.remove(number)
            if link == .connected { effects.append(.withdraw(child: number)) }
            effects.append(.orphan(child: number))
        }
    }

    /// The host that knew them is gone.
    mutating func orphanAll(into effects: inout [Effect]) {
        for number in children.numbers {
            _ = children.remove(number)
            effects.append(.orphan(child: number))
        }
        children.waits = [:]
        children.helped = [:]
        children.asked = nil
    }
}
