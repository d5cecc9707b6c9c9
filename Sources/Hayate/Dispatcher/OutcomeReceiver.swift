import HayateCore
import HayateWire

/// How a task ended, as its caller gets it.
enum Resolution: Sendable {
    /// The encoded value.
    case value([UInt8])
    /// The encoded value of a task that also wrote something.
    indirect case valueWithOutput([UInt8], TaskOutput)
    indirect case error(HayateError)
}

/// Whoever waits for tasks. A class and not a protocol: a million of these references wait in a table,
/// and an existential is twice as large.
class OutcomeReceiver: @unchecked Sendable {
    // No stored properties: safe to share as far as this class goes. Subclasses say why they are.

    /// What the receiver called the task, and how it ended.
    typealias Item = (index: UInt32, resolution: Resolution)

    /// Tasks have their outcomes. Each task comes once, outside all locks, on a thread that must not
    /// be kept.
    func resolve(_ items: [Item]) {}

    /// A task was given this random stream and, if it has several elements, those behind it. Under the
    /// dispatcher's lock; only in pools with a seed.
    func drawsFrom(_ stream: MRG32k3a) {}

    /// A task took so many nanoseconds at its daemon. Under the dispatcher's lock.
    func took(_ taskTime: Int64) {}

    /// The submission of a session whose tasks it waits for: they are written down. nil: none.
    var durable: UInt32? { nil }

    /// What a task is called in a session. Under the dispatcher's lock.
    func name(of index: UInt32) -> String? { nil }

    /// Whether this waits on behalf of the other, so that stopping the other stops its tasks.
    func isPart(of other: OutcomeReceiver) -> Bool { self === other }
}
