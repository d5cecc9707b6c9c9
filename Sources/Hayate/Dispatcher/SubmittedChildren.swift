import HayateCore
import HayateWire

/// What one daemon's tasks have submitted, by the daemon's numbers.
struct SubmittedChildren: Sendable {
    enum Child: Sendable {
        /// It has no outcome yet; so many bytes of it are kept here.
        case live(TaskID, bytes: Int)
        /// The outcome, kept until the daemon says that it has it.
        case ended(ResultStatus, [UInt8])
    }

    private(set) var all: [UInt64: Child] = [:]
    /// Bytes of those without outcome.
    private(set) var bytes = 0
    /// The highest number that was submitted.
    var highest: UInt64 = 0
    /// The daemon came back and submits again what it still wants.
    var isRepeating = false
    /// What it has submitted again.
    var repeated: Set<UInt64> = []

    /// The most that one daemon's tasks may have without outcome: eight maps within each other.
    static let limit = 65_536

    var isEmpty: Bool { all.isEmpty }

    /// Adds, changes or removes a child.
    subscript(number: UInt64) -> Child? {
        get { all[number] }
        set {
            if case .live(_, let old) = all[number] { bytes -= old }
            if case .live(_, let new) = newValue { bytes += new }
            all[number] = newValue
        }
    }

    /// Whether a child of so many bytes has room. Like the queue, an empty table takes any one.
    func hasRoom(for count: Int, of limit: Int) -> Bool {
        all.isEmpty || all.count < Self.limit && count <= limit - bytes
    }

    /// The daemon is back. If it never submitted anything that arrived, there is nothing to compare.
    mutating func beginRepeating() {
        isRepeating = highest > 0
        repeated = []
    }
}

/// Waits for one child on behalf of the daemon whose task submitted it. Safe to share: it is constant.
final class ChildWatch: OutcomeReceiver, @unchecked Sendable {
    let number: UInt64
    let session: SessionID
    private let dispatcher: Dispatcher

    init(_ dispatcher: Dispatcher, _ session: SessionID, _ number: UInt64) {
        self.dispatcher = dispatcher
        self.session = session
        self.number = number
    }

    override func resolve(_ items: [Item]) {
        for item in items {
            let (status, body) = ChildOutcome.write(item.resolution)
            dispatcher.childEnded(number, of: session, status, body)
        }
    }
}
