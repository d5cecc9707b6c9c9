/// A mistake put into the simulated shell on purpose, to show that the checkers would find it.
///
/// Each sits between the core and the world: the core stays as it is, its effects or events are
/// falsified. A checker that does not find one of them within a hundred seeds proves nothing.
public enum PlantedBug: String, CaseIterable, Sendable {
    /// The host delivers a result although its attempt is not current.
    case staleResultDelivered
    /// The host delivers a failure that is going to be retried.
    case retriedFailureDelivered
    /// The host tells the caller twice.
    case resolvedTwice
    /// The host forgets to tell the caller that a task was cancelled or timed out.
    case resolveForgotten
    /// The host does not send a task again after its daemon was lost.
    case requeueForgotten
    /// The host believes its own records instead of what a resuming daemon says it holds.
    case resumeSkipped
    /// A resuming daemon does not mention the tasks that it has.
    case holdingIncomplete
    /// The host acknowledges results that it does not have yet.
    case acknowledgedEarly
    /// The host goes on reading a connection after the daemon came back on another.
    case oldConnectionRead
    /// The host sends two tasks in the wrong order.
    case orderSwapped
    /// Orders to stop do not reach the daemon.
    case stopForgotten
    /// A daemon does not repeat unacknowledged results after it came back.
    case resultsNotRepeated
    /// Every loss is reported as an agreed departure.
    case lossUncounted
    /// The host's timer does not fire.
    case timerForgotten
    /// Signs of life are not passed on.
    case heardForgotten
    /// Nobody is told that the queue has room again.
    case roomForgotten
    /// A task is sent with the body of another.
    case bodyMixedUp
    /// The assign frame is sent twice, with two sequence numbers.
    case assignedTwice
    /// Tasks that were given back are not passed on.
    case returnedForgotten
    /// A drained daemon is not told to leave.
    case dismissForgotten
    /// A lost daemon's connection and process are left alone.
    case expelForgotten
    /// The daemon starts tasks of a session that the host has given up.
    case abandonedKept
    /// The host gives graphics processors to tasks that others have.
    case grantRepeated
    /// The host does not answer a daemon that wants to help with a child.
    case helpIgnored
    /// A daemon gives back the task that waits for the child it helps with.
    case parentRevoked
    /// The host lets children go on whose session is lost.
    case childrenKept
    /// A daemon that came back does not submit its children again.
    case childrenNotRepeated
    /// The host does not tell how a child ended.
    case outcomeForgotten
    /// A daemon does not withdraw the children of a task that ends.
    case withdrawForgotten
    /// The host does not hear that a daemon will be ended.
    case warningIgnored
    /// The host drains a daemon that will be ended, and is surprised by its end all the same.
    case warningNotKept
    /// A daemon that came back does not say again that it will be ended.
    case warningNotRepeated
    /// A daemon's wall time begins anew at each host.
    case wallTimeStretched
    /// What a host lets out leaves before it is written.
    case effectsBeforeCommit
    /// A host that comes after another begins with its own names of tasks.
    case generationsForgotten
    /// The journal is not told which daemon has a task.
    case assignmentNotWritten
    /// The journal is not told how many results of a daemon are here.
    case receivedNotWritten
    /// The journal is not told that a task has ended.
    case outcomeNotWritten
    /// A task does not wait for what it needs.
    case needsForgotten
    /// The dispatcher is told that a failed task has returned.
    case failureTakenForReturn
    /// What arrives is read as it is while the handshake is not over, and after it failed.
    case sealedDelivered
    /// Whoever has any key of the pool becomes a daemon.
    case roleIgnored

    /// Whether it needs daemons whose end is announced.
    var isOfWarnings: Bool {
        self == .warningIgnored || self == .warningNotKept || self == .warningNotRepeated
    }

    /// Whether it needs hosts with journals.
    var isOfJournals: Bool {
        switch self {
        case .effectsBeforeCommit, .generationsForgotten, .assignmentNotWritten, .receivedNotWritten,
            .outcomeNotWritten:
            true
        default: false
        }
    }

    /// Whether it needs links under TLS.
    var isOfTLS: Bool { self == .sealedDelivered || self == .roleIgnored }
}
