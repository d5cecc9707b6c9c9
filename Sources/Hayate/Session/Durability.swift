import HayateCore
import HayateJournal
import HayateWire

/// What makes a pool's queue outlive its process. Given to `Pool` by a session's host.
struct Durability: Sendable {
    let journal: Journal
    /// What the journal knew when it was opened.
    private(set) var contents: JournalContents
    /// Who waits for the tasks of a submission that was restored.
    let receiver: @Sendable (_ submission: UInt32) -> DurableReceiver
    /// How a task that was restored is to be run, from the terms that were written with it. `spec.needs` holds the
    /// places of those needed tasks that are unfinished.
    private(set) var request: @Sendable (JournalTask) -> (spec: TaskSpec, details: TaskDetails)
    /// The journal takes nothing any more: from now on nothing leaves the dispatcher. Called once, outside all locks.
    let failed: @Sendable (HayateError) -> Void
    /// How long daemons wait for a host that is gone.
    let lease: Duration

    init(
        journal: Journal, contents: JournalContents,
        receiver: @escaping @Sendable (_ submission: UInt32) -> DurableReceiver,
        request: @escaping @Sendable (JournalTask) -> (spec: TaskSpec, details: TaskDetails),
        failed: @escaping @Sendable (HayateError) -> Void, lease: Duration
    ) {
        self.journal = journal
        self.contents = contents
        self.receiver = receiver
        self.request = request
        self.failed = failed
        self.lease = lease
    }

    /// The journal's note of where the pool listens.
    static let endpointNote = "endpoint"

    /// Without the tasks, which are the dispatcher's now: they would stay in memory as long as the pool.
    func afterRestoring() -> Durability {
        var rest = self
        rest.contents.tasks = []
        rest.request = { (TaskSpec(bytes: $0.body.count), TaskDetails()) }
        return rest
    }

    /// Where the last host listened; nil: there was none.
    var endpoint: String? {
        contents.notes[Self.endpointNote].map { String(decoding: $0, as: UTF8.self) }
    }
}

/// Waits for the tasks of one submission of a session. `resolve` comes when the outcomes are on disk; an item's index
/// is its element.
class DurableReceiver: OutcomeReceiver, @unchecked Sendable {
    // Constant; subclasses say why they are safe to share.
    let submission: UInt32

    init(submission: UInt32) { self.submission = submission }

    override var durable: UInt32? { submission }
}

/// How an outcome is written down: what kind it is, and a body as outcomes of tasks of tasks have.
enum DurableOutcome: UInt8 {
    case returned = 0
    case failed
    case cancelled
    /// A task that it needs ended without returning.
    case neededFailed

    static func write(_ resolution: Resolution) -> (status: UInt8, body: [UInt8]) {
        let (_, body) = ChildOutcome.write(resolution)
        guard case .error(let error) = resolution else { return (Self.returned.rawValue, body) }
        let kind: Self = switch error.code {
        case .cancelled: .cancelled
        case .neededFailed: .neededFailed
        default: .failed
        }
        return (kind.rawValue, body)
    }

    static func read(_ status: UInt8, _ body: [UInt8]) -> Resolution {
        ChildOutcome.read(status == Self.returned.rawValue ? .value : .failure, body)
    }
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
    /// Unfinished tasks that it needs, those of the same call before it among them. Their places become `spec.needs`
    /// when it is accepted.
    var needs: [TaskKey] = []
    /// A task with an outcome that runs again: `JournalRecord.again` is written in the place of `accepted`.
    var isAgain = false
}
