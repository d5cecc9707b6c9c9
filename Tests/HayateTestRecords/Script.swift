import HayateCore
import HayateJournal

/// The same appends for the same seed, each with its number as a note.
public struct JournalScript: Sendable {
    /// After all that `next` has given.
    public private(set) var model = JournalModel()
    public private(set) var count = 0
    private var random: SeededNumbers
    private var nextSubmission: UInt32 = 0
    private var nextElement: [UInt32: UInt32] = [:]
    /// Bodies of so many bytes come now and then.
    private let largeBytes: Int

    public init(seed: UInt64, largeBytes: Int = 70_000) {
        random = SeededNumbers(seed: seed)
        self.largeBytes = largeBytes
    }

    public mutating func next() -> [JournalRecord] {
        count += 1
        var records = model.submissions.isEmpty ? [submission()] : some()
        records.append(.note("at", Array(String(count).utf8)))
        model.apply(records)
        return records
    }

    /// How many of the appends are in a journal with these notes.
    public static func count(in notes: [String: [UInt8]]) -> Int? {
        notes["at"].flatMap { Int(String(decoding: $0, as: UTF8.self)) }
    }

    private mutating func some() -> [JournalRecord] {
        switch random.below(100) {
        case 0..<3: [submission()]
        case 3..<35: accepted()
        case 35..<50: progress()
        case 50..<82: outcome()
        case 82..<86: again()
        case 86..<92: daemon()
        case 92..<99: [.note("note \(random.below(4))", bytes(random.below(50)))]
        default: model.submissions.count > 2 ? removed() : []
        }
    }

    private mutating func submission() -> JournalRecord {
        defer { nextSubmission += 1 }
        return .submission(.sample(nextSubmission))
    }

    private mutating func accepted() -> [JournalRecord] {
        guard let number = pick(model.submissions.keys.sorted()) else { return [] }
        return (0...random.below(12)).map { _ in
            let element = nextElement[number, default: 0]
            nextElement[number] = element + 1
            return .accepted(.sample(number, element, bytes: random.below(20) == 0 ? 6_000 : random.below(300)))
        }
    }

    private mutating func progress() -> [JournalRecord] {
        guard let key = pick(model.open.keys.sorted()) else { return [] }
        var progress = JournalProgress.sample(key.submission, key.element)
        progress.attempt = UInt32(random.below(9))
        return [.progress(progress)]
    }

    private mutating func outcome() -> [JournalRecord] {
        guard let key = pick(model.open.keys.sorted()) else { return [] }
        let bytes = random.below(25) == 0 ? largeBytes : random.below(400)
        var outcome = JournalOutcome.sample(key.submission, key.element, bytes: bytes)
        outcome.taskTime = Int64(random.below(1 << 30))
        return [.outcome(outcome)]
    }

    private mutating func again() -> [JournalRecord] {
        guard let key = pick(model.outcomes.keys.sorted()) else { return [] }
        return [.again(key, place: UInt64(random.below(1 << 40)))]
    }

    private mutating func daemon() -> [JournalRecord] {
        let session = SessionKey(high: UInt64(random.below(6)), low: .max)
        guard model.daemons[session] != nil, random.below(3) > 0 else {
            return [.daemon(JournalDaemon(
                session: session, launch: UInt64(random.below(100)), name: "n\(random.below(3)):1", process: 7,
                description: bytes(random.below(40)), received: UInt64(random.below(10))))]
        }
        return [random.below(3) == 0 ? .daemonGone(session) : .received(session, UInt64(random.below(1000)))]
    }

    private mutating func removed() -> [JournalRecord] {
        pick(model.submissions.keys.sorted()).map { [.removed(submission: $0)] } ?? []
    }

    private mutating func pick<Element>(_ elements: [Element]) -> Element? {
        elements.isEmpty ? nil : elements[random.below(elements.count)]
    }

    private mutating func bytes(_ count: Int) -> [UInt8] { sampleBytes(count, UInt32(random.below(1 << 30)), 5) }
}

/// SplitMix64.
public struct SeededNumbers: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }

    public mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}
