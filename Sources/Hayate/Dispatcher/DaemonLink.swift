import Collections
import HayateCore
import HayateTransport
import HayateWire

/// One daemon's connections, as the host sees them: the session outlives the connection.
///
/// Everything is used under the dispatcher's lock, but `reader` and `inbox` of `Wire`, which belong to the
/// receiving callbacks of its connection; these never overlap. That is why it is safe to share.
final class DaemonLink: @unchecked Sendable {
    let session: SessionID
    let id: DaemonID
    var name: String
    let launch: UInt64
    let process: UInt32
    /// nil while the connection is broken.
    var wire: DaemonWire?
    /// Results of this session that came, ever.
    var received: UInt64 = 0
    var acknowledged: UInt64 = 0
    var unacknowledgedBytes = 0
    /// How its process ended, once its launcher knows.
    var exit: ProcessExit?
    /// What it is lost by at the end of its connection: the scheduler says that its job has ended.
    var jobEnd: LossReason?
    /// Why it was told to leave.
    var dismissal: DrainReason?
    /// Set-up tasks that it has not done yet; it takes no others before.
    var pendingSetups = 0
    /// Whether the pool has heard of it: not of one that an earlier host had, until it is back.
    var isAnnounced = true
    /// What its tasks have submitted.
    var children = SubmittedChildren()
    /// Whether it can read this process's memory files, which is found by trying.
    var memory = MemoryAccess.untried
    /// Shared contents that it may have, from this connection or an earlier one.
    var shared: Set<UInt64> = []
    /// Those that nobody means any more, which it could not be told yet.
    var unshared: [UInt64] = []

    init(session: SessionID, id: DaemonID, name: String, launch: UInt64, process: UInt32) {
        self.session = session
        self.id = id
        self.name = name
        self.launch = launch
        self.process = process
    }

    /// Counts a result and acknowledges now and then: often enough to bound what the daemon keeps,
    /// seldom enough to cost nothing.
    func countResult(bytes: Int) {
        received += 1
        unacknowledgedBytes += bytes
        if received - acknowledged >= 64 || unacknowledgedBytes >= 1 << 20 { acknowledge() }
    }

    func acknowledge() {
        guard received > acknowledged, let wire else { return }
        acknowledged = received
        unacknowledgedBytes = 0
        wire.write(.acknowledged(received))
    }
}

/// One connection: how its bytes become messages and messages its bytes. See `DaemonLink` for sharing.
final class DaemonWire: @unchecked Sendable {
    let connection: Connection
    var reader = FrameReader()
    var inbox: [Message] = []
    var writer = FrameWriter()
    var outgoing: [UInt8] = []
    /// Task types that this connection has been told.
    private var defined: Set<UInt32> = []
    /// Shared contents that this connection has been told.
    var shared: Set<UInt64> = []
    /// What waits for the answer to a probe, in its order; nil where none is awaited.
    var heldBack: [HeldBack]?
    var isProbed = false
    var link: DaemonLink?
    var awaitsHolding = false
    var wasAdmitted = false
    /// Why it was told that it is not wanted.
    var refusal: String?
    /// Whether it came from a daemon that this pool has started.
    var isOurOwn = false
    /// Task types by the numbers that the daemon gave them on this connection.
    var childTypes: [UInt32: String] = [:]
    /// What came for the next task that it submits.
    var nextDetails = TaskDetails()
    /// Whether it is already in the list of those to be flushed.
    var isDirty = false
    /// Whether frames wait until the journal has written what they follow from.
    var isHolding = false
    private var held: Deque<HeldFrame> = []
    /// Held frames that belong to no batch yet.
    private var uncounted = 0
    private var isWelcomed = false
    /// Whether the daemon has been told that it is welcome, so that signs of life may follow.
    var hasSpoken: Bool { !isHolding || isWelcomed }

    init(_ connection: Connection) { self.connection = connection }

    func write(_ message: Message) {
        guard !isHolding else { return hold(.message(message)) }
        writeNow(message)
    }

    /// A frame that follows from nothing, such as a sign of life.
    func writeNow(_ message: Message) { writer.write(message, into: &outgoing) }

    func assign(_ attempt: AttemptID, type: UInt32, name: @autoclosure () -> String, body: [UInt8]) {
        guard !isHolding else { return hold(.assign(attempt, type: type, name: name(), body: body)) }
        assignNow(attempt, type: type, name: name(), body: body)
    }

    private func hold(_ frame: HeldFrame) {
        held.append(frame)
        uncounted += 1
    }

    /// How many frames were held since the last call: they make a batch.
    func takeHeldCount() -> Int {
        defer { uncounted = 0 }
        return uncounted
    }

    /// The first so many held frames may leave.
    func letGo(_ count: Int) {
        let count = min(count, held.count)
        guard count > 0 else { return }
        for _ in 0..<count {
            switch held.removeFirst() {
            case .message(let message): writeNow(message)
            case .assign(let attempt, let type, let name, let body):
                assignNow(attempt, type: type, name: name, body: body)
            }
        }
        uncounted = min(uncounted, held.count)
        isWelcomed = true
    }

    /// What is held will never leave.
    func forgetHeld() {
        held = []
        uncounted = 0
    }

    private func assignNow(_ attempt: AttemptID, type: UInt32, name: @autoclosure () -> String, body: [UInt8]) {
        if defined.insert(type).inserted {
            writer.write(.define(index: type, name: name()), into: &outgoing)
        }
        writer.writeAssign(attempt, type: type, bodyBytes: body.count, into: &outgoing)
        if body.count < Wire.largeBody {
            outgoing.append(contentsOf: body)
        } else {
            handOver()
            connection.append(bytes: body)
        }
    }

    /// Moves the frames to the connection, in their order.
    func handOver() {
        guard !outgoing.isEmpty else { return }
        outgoing.withUnsafeBytes { bytes in _ = connection.append { $0.append(bytes) } }
        outgoing.removeAll(keepingCapacity: true)
    }
}
