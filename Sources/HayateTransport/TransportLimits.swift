/// The bounds of the transport, each with its reason.
public struct TransportLimits: Sendable, Hashable {
    /// Bytes that one receive takes at most: large enough that a burst of small frames costs one
    /// wake-up, small enough that 10,000 idle connections cost address space only.
    public var receiveBufferBytes = 64 * 1024

    /// How long a connection in conversation looks for the next bytes before it sleeps; zero never.
    /// About the time that going to sleep and waking up would cost.
    public var receiveLinger = Duration.microseconds(50)

    /// Arrays of this size or more are sent from where they are; below, a copy is cheaper than
    /// a piece of its own.
    public var largeBytes = 16 * 1024

    /// An append that finds more than this waiting closes the connection as `.peerTooSlow`.
    /// One append may be larger than the bound, so a single large payload always fits.
    public var outboxBytes = 256 * 1024 * 1024

    /// When more than this waits, the producer should pause until `onDrain`.
    public var highWaterBytes = 4 * 1024 * 1024

    /// `onDrain` is called when the outbox has fallen to this after it was above the high water.
    public var lowWaterBytes = 1024 * 1024

    /// Connections of a listener that have not been admitted; the oldest is evicted when full.
    public var unadmittedConnections = 64

    /// How long a connection may stay without admission.
    public var admissionDeadline = Duration.seconds(10)

    /// How long a listener waits before it accepts again when no descriptor or memory was left.
    public var acceptRetryDelay = Duration.milliseconds(100)

    public init() {}
}
