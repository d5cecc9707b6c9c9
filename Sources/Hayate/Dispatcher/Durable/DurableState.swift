import Collections
import HayateCore
import HayateJournal
import HayateWire

/// What a dispatcher with a journal keeps beside its core: nothing that follows from an event leaves this process
/// before the journal has written what the next host must know of it.
///
/// Events go on meanwhile. What they decide is put into batches; a batch leaves when it and all before it are on disk.
struct DurableState {
    let journal: Journal
    /// Records of the events since the last batch.
    var records: [JournalRecord] = []
    /// Results that have come by session since the last batch.
    var received: [SessionID: UInt64] = [:]
    /// Whom to tell when the batch that is being made is on disk.
    var callbacks: [@Sendable (JournalError?) -> Void] = []
    /// The unfinished tasks of submissions.
    var tasks: [TaskKey: TaskID] = [:]
    /// The newest batch that was made, and the newest that is on disk.
    var made: UInt64 = 0
    var written: UInt64 = 0
    var held: Deque<HeldBatch> = []
    /// Slots' generations below this one are known to the journal as used.
    var generations: UInt32 = 0
    /// Nothing of tasks is written any more: the pool is closed, and what is unfinished belongs to the next host.
    var isSealed = false
    /// The journal has failed: nothing leaves any more.
    var failure: JournalError?

    /// Hears of the failure, once.
    let failed: @Sendable (HayateError) -> Void

    init(_ journal: Journal, failed: @escaping @Sendable (HayateError) -> Void) {
        self.journal = journal
        self.failed = failed
    }

    /// How many generations are made known at once, so that it is seldom.
    static let generationsAhead: UInt32 = 4_096
    /// The journal's note of them.
    static let generationsNote = "generations"
}

/// What leaves when the journal has written a batch.
struct HeldBatch {
    var number: UInt64
    /// Connections, and how many of the frames that each holds belong to this batch.
    var frames: [(wire: DaemonWire, count: Int)] = []
    var resolutions: [Dispatcher.Resolved] = []
    var callbacks: [@Sendable (JournalError?) -> Void] = []
}

/// A frame that waits in a connection until it may leave.
enum HeldFrame {
    case message(Message)
    case assign(AttemptID, type: UInt32, name: String, body: [UInt8])
}
