/// Names one task of one dispatcher: a slot in its table and the slot's generation.
///
/// The generation makes a late message about a task that ended long ago recognisable, although its
/// slot has been used again.
public struct TaskID: Hashable, Sendable, CustomStringConvertible {
    public let slot: UInt32
    public let generation: UInt32

    @inlinable
    public init(slot: UInt32, generation: UInt32) {
        self.slot = slot
        self.generation = generation
    }

    /// The form that travels in frames.
    @inlinable
    public var rawValue: UInt64 { UInt64(generation) << 32 | UInt64(slot) }

    @inlinable
    public init(rawValue: UInt64) {
        self.init(slot: UInt32(truncatingIfNeeded: rawValue), generation: UInt32(rawValue >> 32))
    }

    public var description: String { "task \(slot).\(generation)" }
}

/// Names one daemon of one dispatcher, by the same scheme as `TaskID`.
public struct DaemonID: Hashable, Sendable, CustomStringConvertible {
    public let slot: UInt32
    public let generation: UInt32

    @inlinable
    public init(slot: UInt32, generation: UInt32) {
        self.slot = slot
        self.generation = generation
    }

    public var description: String { "daemon \(slot).\(generation)" }
}

/// One start of one task: the fence. A message about any other attempt than the current one is late
/// and changes nothing.
public struct AttemptID: Hashable, Sendable, CustomStringConvertible {
    public var task: TaskID
    /// 1 for the first start.
    public var attempt: UInt32

    @inlinable
    public init(task: TaskID, attempt: UInt32) {
        self.task = task
        self.attempt = attempt
    }

    public var description: String { "\(task)#\(attempt)" }
}
