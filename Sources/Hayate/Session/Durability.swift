import HayateCore
import HayateJournal
import HayateWire

/// What makes a pool's queue outlive its process. Given to `Pool` by a session's host.
struct Durability: Sendable {
    let journal: Journal
    /// What the journal knew when it was opened.
    let contents: JournalContents
    /// Who waits for the tasks of a submission that was restored.
    let receiver: @Sendable (_ submission: UInt32) -> DurableReceiver
    /// How long daemons wait for a host that is gone.
    let lease: Duration
}

/// Waits for the tasks of one submission of a session. `resolve` comes when the outcomes are on disk; an item's index
/// is its element.
class DurableReceiver: OutcomeReceiver {
    // Constant; subclasses say why they are safe to share.
    let submission: UInt32

    init(submission: UInt32) { self.submission = submission }

    override var durable: UInt32? { submission }
}

/// A task of a submission on its way into the queue.
struct DurableRequest: Sendable {
    var element: UInt32
    var type: String
    var body: [UInt8]
    var spec: TaskSpec
    var details: TaskDetails
    /// What the next host needs to make `spec` again, as the session writes it.
    var terms: [UInt8]
}

extension Dispatcher {
    /// Accepts tasks of a submission, and has them and `records` written in one go. Tasks that are refused are not
    /// written; when nothing was accepted, nothing is.
    /// - Parameter then: called once all is on disk, with how many were accepted, the first ones of `requests`; or with
    ///   why none was (`journalFull`, `journalFailed`, `queueFull`, `closed`).
    func submitDurably(
        _ requests: [DurableRequest], to receiver: DurableReceiver, with records: [JournalRecord] = [],
        then: @escaping @Sendable (Result<Int, HayateError>) -> Void
    ) { fatalError("comes next") }

    /// Writes what is no event of the queue, in order with what is.
    func write(_ records: [JournalRecord], then: @escaping @Sendable (Result<Void, HayateError>) -> Void) {
        fatalError("comes next")
    }

    /// Where an unfinished task of a submission is in the queue; nil: it has ended, or is unknown.
    func durableTask(_ key: TaskKey) -> TaskID? { fatalError("comes next") }
}
