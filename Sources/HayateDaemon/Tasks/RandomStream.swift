import HayateCore
import Synchronization

/// The random numbers of a task, from `context.random`.
///
/// ```swift
/// var generator = context.random
/// let x = Double.random(in: 0..<1, using: &generator)
/// let y = context.random.nextUnit()
/// ```
///
/// A reference: copies draw from one state, so numbers are not repeated within a task, and what is drawn
/// in one place goes on in the other. With `Daemons.seed(_:)` each task has a stream of its own, the same in
/// each of its attempts, whichever daemon runs it; without, each daemon has one, which goes on from task to
/// task. No two streams of a pool overlap.
public final class RandomStream: RandomNumberGenerator, Sendable {
    private let state: Mutex<MRG32k3a>
    private let start: MRG32k3a
    private let children = Atomic<UInt64>(0)

    /// A stream that begins here.
    public init(_ start: MRG32k3a) {
        self.start = start
        state = Mutex(start)
    }

    /// A stream that begins somewhere, from the system's entropy.
    convenience init() {
        var system = SystemRandomNumberGenerator()
        self.init(MRG32k3a(using: &system))
    }

    /// What tasks draw from that run without a host.
    static let ofProcess = RandomStream()

    /// 64 even bits.
    public func next() -> UInt64 { state.withLock { $0.next() } }

    /// The next number between 0 and 1, both excluded, with 32 bits: what R's `runif(1)` gives in this
    /// state. `Double.random(in:using:)` has 53.
    public func nextUnit() -> Double { state.withLock { $0.nextUnit() } }

    /// Where the stream stands now: a copy that draws the same numbers, for code that needs a value, and for
    /// substreams (`MRG32k3a.nextSubstream()`).
    public var generator: MRG32k3a { state.withLock { $0 } }

    /// The beginning of the stream of the next task that the one with this stream submits: by its place among
    /// them, so that what is drawn in between changes nothing.
    package func forNextChild() -> MRG32k3a {
        start.streamOfChild(children.wrappingAdd(1, ordering: .relaxed).oldValue)
    }

    /// Goes on elsewhere.
    func restart(at start: MRG32k3a) { state.withLock { $0 = start } }
}
