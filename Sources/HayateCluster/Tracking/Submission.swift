/// A job that a pool submits, with the daemons that it shall hold.
public struct Submission: Hashable, Sendable {
    /// Counts the pool's submissions, from 1.
    public var number: UInt32
    /// Unique: how it is found again when the answer to its submission is lost.
    public var name: String
    /// The indices of its elements as the scheduler counts; nil: the job is no array.
    public var elements: ClosedRange<Int>?
    /// Daemons of each element; at least 1.
    public var daemonsPerElement: Int
    /// The index, among all daemons of the pool, of its first daemon.
    public var firstDaemon: Int

    public init(
        number: UInt32, name: String, elements: ClosedRange<Int>?, daemonsPerElement: Int, firstDaemon: Int
    ) {
        self.number = number
        self.name = name
        self.elements = elements
        self.daemonsPerElement = daemonsPerElement
        self.firstDaemon = firstDaemon
    }
}

/// A job of the scheduler, or one element of its array, that holds daemons of a pool.
public struct AllocationKey: Hashable, Sendable {
    public var submission: UInt32
    /// As the scheduler counts; nil: the job is no array.
    public var element: Int?

    public init(submission: UInt32, element: Int?) {
        self.submission = submission
        self.element = element
    }
}

/// What a daemon of an allocation tells its host as the number of its launch, so that the host knows
/// which of them has dialled in.
///
/// Bit 62 is set, which no launch of a local process has; below it the submission's number in 30 bits, and the
/// daemon's place within the submission in 32: element by element, and within each one after the other.
public struct DaemonLaunch: Hashable, Sendable {
    public var submission: UInt32
    public var place: UInt32

    private static let mark: UInt64 = 1 << 62

    public init(submission: UInt32, place: UInt32) {
        self.submission = submission
        self.place = place
    }

    /// Nil for the number of another kind of launch.
    public init?(_ number: UInt64) {
        guard number & ~(Self.mark | (Self.mark - 1)) == 0, number & Self.mark != 0 else { return nil }
        submission = UInt32(truncatingIfNeeded: (number & (Self.mark - 1)) >> 32)
        place = UInt32(truncatingIfNeeded: number)
    }

    public var number: UInt64 { Self.mark | UInt64(submission) << 32 | UInt64(place) }
}
