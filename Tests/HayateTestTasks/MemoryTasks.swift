import Hayate
import Synchronization

/// What a daemon remembers between two tasks.
private let remembered = Mutex(0)

/// A number and where it was.
public struct Memory: Codable, Sendable {
    public var value: Int
    public var daemon: String
}

/// Leaves a number in its daemon's memory.
public struct Remember: RemoteTask {
    public var value: Int

    public init(_ value: Int) { self.value = value }

    public func run(in context: TaskContext) async throws -> Memory {
        remembered.withLock { $0 = value }
        return Memory(value: value, daemon: context.daemon)
    }
}

/// The number that is left in its daemon's memory.
public struct Recall: RemoteTask {
    public init() {}

    public func run(in context: TaskContext) async throws -> Memory {
        Memory(value: remembered.withLock { $0 }, daemon: context.daemon)
    }
}
