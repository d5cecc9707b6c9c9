import HayateCore
import HayateWire

/// Hands out random streams that do not overlap.
struct StreamSource: Sendable {
    /// Whether tasks get streams; otherwise daemons do.
    let isSeeded: Bool
    private var next: MRG32k3a
    /// Daemons' own streams in a pool with a seed: nothing that must be repeatable depends on them.
    private var nextOfDaemon: MRG32k3a?

    init(seed: Int32?) {
        isSeeded = seed != nil
        var system = SystemRandomNumberGenerator()
        let drawn = MRG32k3a(using: &system)
        next = seed.map { MRG32k3a(seed: $0) } ?? drawn
        nextOfDaemon = seed == nil ? nil : drawn
    }

    /// Takes so many streams.
    /// - Returns: the first of them.
    mutating func take(_ count: Int = 1) -> MRG32k3a {
        defer { next = next.advancedByStreams(UInt64(count)) }
        return next
    }

    /// What a daemon that has just joined is told.
    mutating func detailsOfDaemon() -> TaskDetails {
        var details = TaskDetails()
        if let stream = nextOfDaemon {
            details.stream = stream.state
            nextOfDaemon = stream.advancedToNextStream()
        } else {
            details.stream = take().state
        }
        return details
    }
}

extension Pool {
    /// The beginning of the next random stream of this pool, which nobody else gets then: six words, as
    /// `MRG32k3a(state:)` takes them and as they follow the kind in R's `.Random.seed`.
    ///
    /// With a seed it is the stream that the next task would have had; without, the one that the next
    /// daemon would have had.
    public func nextStream() -> [UInt32] {
        dispatcher.state.withLock { $0.streams.take().state }
    }
}
