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

    /// A task has its outcome. `index` is what the receiver called it. Called once a task, outside all
    /// locks, on a thread that must not be kept.
    func resolve(_ index: UInt32, _ resolution: Resolution) {}
}
