import HayateCore
import HayateWire

/// One direction of a simulated connection: a stream of bytes that arrives in order, late, in
/// pieces of any size, and that may end or fall silent at any byte.
struct Pipe: Sendable {
    var writer = FrameWriter()
    var reader = FrameReader()
    /// A large body that is being received apart.
    var large: FrameReader.LargeBody?
    /// What was written during this event; leaves as one piece when the event is over.
    var outgoing: [UInt8] = []
    var lastArrival: Int64 = 0
    /// What would arrive later than this is lost.
    var cutAt = Int64.max
    /// The sender's end is closed, or the network lets nothing through any more.
    var isDead = false

    /// Nothing new arrives before this time.
    mutating func stall(_ until: Int64) { lastArrival = max(lastArrival, until) }
}

/// A simulated connection between a daemon's process and the host.
struct Link: Sendable {
    /// The host's view of a connection.
    enum HostEnd: Hashable, Sendable {
        /// Nothing was received yet. Becomes `current` (new session), `resuming` or `closed`.
        case awaitingHello
        /// The daemon is known and shall say what it holds. Becomes `current` or `closed`.
        case resuming(DaemonID)
        /// The daemon's one connection. Becomes `closed`.
        case current(DaemonID)
        /// Closed by the host, replaced by a newer connection, or ended: nothing more is read.
        case closed
    }

    let process: Int
    let openedAt: Int64
    var hostEnd = HostEnd.awaitingHello
    var toHost = Pipe()
    var toDaemon = Pipe()
    /// Whether the host has sent the type table on this connection.
    var isDefined = false
    /// Whether the daemon has sent its own on this connection.
    var isDefinedByDaemon = false
    var isDirty = false
    /// The network swallows what is sent; nobody is told.
    var isBlackhole = false
}
