import HayateCore
import HayateDaemon

/// What tasks can be submitted to: a `Pool`, or from inside a task `context.pool`.
///
/// Types of your own cannot be one, since only Hayate makes queues.
public protocol TaskSubmitter: Sendable {
    var queue: TaskQueue { get }
}

extension Pool: TaskSubmitter {
    public var queue: TaskQueue { dispatcher }
}

/// The pool that runs a task, inside the task: it takes tasks of the task, its children.
///
/// While a task waits for a child, its daemon runs children meanwhile, so that tasks of tasks need no
/// daemons of their own: any depth works on one daemon. Children do not outlive the task that submitted
/// them: those without outcome are stopped when it ends.
public struct NestedPool: TaskSubmitter {
    public let queue: TaskQueue
}

extension TaskContext {
    /// The pool that runs this task, for tasks of its own.
    ///
    /// ```swift
    /// func run(in context: TaskContext) async throws -> Int {
    ///     let left = context.pool.mirai(Fibonacci(n - 1))
    ///     let right = context.pool.mirai(Fibonacci(n - 2))
    ///     return try await left.value + right.value
    /// }
    /// ```
    ///
    /// A child may run in this very process while the task waits for it: do not wait while holding a lock
    /// that a child needs. In a context that was made by hand every mirai fails.
    public var pool: NestedPool { NestedPool(queue: NestedQueue(self)) }
}
