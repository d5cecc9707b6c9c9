/// Work that can be done in another process: the stored properties are its arguments.
///
/// The host sends the type's name and the encoded properties; a daemon that runs the same executable,
/// or another one that links the same module, finds the type by its name and calls `run`. Nothing is
/// captured and nothing is registered. The type must be visible by name: not private, not local to a
/// function.
///
/// ```swift
/// struct Simulate: RemoteTask {
///     var seed: UInt64
///     func run(in context: TaskContext) async throws -> Double { … }
/// }
/// ```
public protocol RemoteTask: Codable, Sendable {
    associatedtype Output: Codable & Sendable

    /// Does the work, in a daemon. An error thrown here is the task's outcome and reaches the caller as
    /// a `HayateError` with its type and text. Cancellation arrives as usual: `Task.isCancelled`.
    func run(in context: TaskContext) async throws -> Output
}

/// The output of a task that has none.
public struct Nothing: Codable, Hashable, Sendable {
    public init() {}
}
