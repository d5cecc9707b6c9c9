import HayateCore
import HayateDaemon
import HayateWire

/// Where tasks are submitted: the dispatcher of a pool, or, inside a task, the daemon that passes them on to
/// it. What mirais and maps need of either.
///
/// A class and not a protocol for the sake of its size, like `OutcomeReceiver`: each mirai refers to one.
public class TaskQueue: @unchecked Sendable {
    // No stored properties: safe to share as far as this class goes. Subclasses say why they are.

    init() {}

    /// Accepts a task.
    func submit(_ request: Dispatcher.Request) -> Result<MiraiState, HayateError> {
        .failure(HayateError(.closed, "the pool is closed"))
    }

    /// Accepts many tasks of one receiver; `from` is the index of the first.
    /// - Returns: how many were accepted before the queue was full.
    /// - Throws: `HayateError` if no more will ever be accepted.
    func submit(
        _ requests: [Dispatcher.Request], from first: UInt32, to receiver: OutcomeReceiver
    ) throws(HayateError) -> Int {
        throw HayateError(.closed, "the pool is closed")
    }

    /// Ends a task as cancelled.
    /// - Returns: false if it had ended already.
    @discardableResult
    func stop(_ task: TaskID) -> Bool { false }

    /// Ends every task that this receiver waits for.
    func stopAll(of receiver: OutcomeReceiver) {}

    /// Suspends until the queue has room again after it refused a task; returns at once if it has by
    /// now, and when the waiting Swift task is cancelled.
    func waitForRoom() async {}

    /// What watches its tasks; nil if nobody asked for it.
    var instruments: Instruments? { nil }

    /// How tasks are written and results read, with the serialization hooks that are in force here.
    var encoder: BinaryEncoder { BinaryEncoder() }
    var decoder: BinaryDecoder { BinaryDecoder() }

    /// Whether and how elements of a map may travel together.
    var daemonsForChunks: DaemonsForChunks { DaemonsForChunks() }

    /// What writes a task of Hayate's own, which needs no pool.
    static let plain = TaskQueue()

    /// Why the task has no outcome yet, if this side knows.
    func waitReason(of task: TaskID) -> WaitReason? { nil }

    // MARK: Waiting

    /// Whether it wants to know who waits, because waiting may be what keeps the task from running.
    var isNested: Bool { false }

    /// Somebody begins to wait for this task, and then waits no longer.
    func beginWait(for task: TaskID) {}
    func endWait(for task: TaskID) {}

    /// Somebody begins to wait for the next outcome of this receiver, and then waits no longer.
    func beginWait(for receiver: OutcomeReceiver) {}
    func endWait(for receiver: OutcomeReceiver) {}
}
