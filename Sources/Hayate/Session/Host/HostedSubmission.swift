import HayateJournal
import HayateView
import HayateWire

/// A submission, as its host keeps it in memory: of its tasks the numbers alone.
struct HostedSubmission: Sendable {
    let number: UInt32
    let name: String
    let key: String
    let created: Int64
    var facts: SubmissionFacts
    var isComplete = false
    /// Elements, those on their way to the disk not among them.
    var total: UInt32 = 0
    var returned = 0
    var failed = 0
    var cancelled = 0
    var rates = SecondRates()
    let receiver: SubmissionReceiver
    /// Rings at each outcome, and at whatever else changes it.
    let bell = Bell()
    /// Whoever adds elements, has them run again, or writes what is known of it, does it alone: what is written last
    /// is what holds.
    let turnstile: Turnstile

    var ended: Int { returned + failed + cancelled }
    /// At no time less than 0: outcomes may be counted before those who wait hear that a task was accepted.
    var unfinished: Int { max(0, Int(total) - ended) }
    var isOver: Bool { isComplete && Int(total) == ended }

    var record: JournalSubmission {
        JournalSubmission(
            number: number, name: name, key: key, created: created, isComplete: isComplete,
            description: facts.written())
    }
}

/// What else is known of a submission, as the journal keeps it.
struct SubmissionFacts: Codable, Hashable, Sendable {
    var label: String
    /// Seconds for which its outcomes are kept; nil: as the session does.
    var keep: Double?
    var attachment: [UInt8]
    /// When the last of its tasks ended: seconds since 1970.
    var ended: Double?
    /// How many were cancelled, once all have ended.
    var cancelled: Int?

    init(_ options: SubmissionOptions) {
        label = String(options.label.prefix(1_000))
        keep = options.keep
        attachment = options.attachment
    }

    /// What cannot be read is as if it had not been said.
    init(reading bytes: [UInt8]) {
        self = (try? BinaryDecoder().decode(SubmissionFacts.self, from: bytes))
            ?? SubmissionFacts(SubmissionOptions())
    }

    func written() -> [UInt8] { (try? BinaryEncoder().encode(self)) ?? [] }
}

/// Waits for the tasks of one submission. Safe to share: it is constant.
final class SubmissionReceiver: DurableReceiver, @unchecked Sendable {
    private let ended: @Sendable (_ submission: UInt32, [OutcomeReceiver.Item]) -> Void
    /// What the submission is called, for log lines.
    let name: String

    init(
        _ submission: UInt32, name: String,
        ended: @escaping @Sendable (_ submission: UInt32, [OutcomeReceiver.Item]) -> Void
    ) {
        self.ended = ended
        self.name = name
        super.init(submission: submission)
    }

    override func name(of index: UInt32) -> String? { "\(name)/\(index)" }

    override func resolve(_ items: [OutcomeReceiver.Item]) { ended(submission, items) }
}
