import HayateJournal

// Records that are told from all others by what is in them.

extension JournalTask {
    public static func sample(_ submission: UInt32, _ element: UInt32, bytes: Int = 40) -> JournalTask {
        let key = TaskKey(submission: submission, element: element)
        return JournalTask(
            key: key, place: UInt64(element) << 32 | UInt64(submission), type: "Type\(element % 3)",
            terms: [UInt8(truncatingIfNeeded: element), 7], body: sampleBytes(bytes, submission, element))
    }
}

extension JournalOutcome {
    public static func sample(
        _ submission: UInt32, _ element: UInt32, bytes: Int = 20, number: Int64 = 0
    ) -> JournalOutcome {
        JournalOutcome(
            key: TaskKey(submission: submission, element: element), status: element % 5 == 4 ? 3 : 0,
            body: sampleBytes(bytes, element, submission), attempt: element % 4 + 1, daemon: "node\(element % 2):17",
            ended: 1_700_000_000_000 + Int64(element), taskTime: Int64(element) * 1000, number: number)
    }
}

extension JournalProgress {
    public static func sample(_ submission: UInt32, _ element: UInt32) -> JournalProgress {
        JournalProgress(
            key: TaskKey(submission: submission, element: element), attempt: element + 1,
            daemon: element % 2 == 0 ? SessionKey(high: .max, low: UInt64(element)) : nil, order: UInt64(element) + 100,
            history: sampleBytes(Int(element % 3), element, 9))
    }
}

extension JournalSubmission {
    public static func sample(_ number: UInt32) -> JournalSubmission {
        JournalSubmission(
            number: number, name: "sweep-\(number)", key: "key-\(number)", created: 1_700_000_000, isComplete: true,
            description: sampleBytes(12, number, 1))
    }
}

public func sampleBytes(_ count: Int, _ first: UInt32, _ second: UInt32) -> [UInt8] {
    var state = UInt64(first) << 32 | UInt64(second) | 1 << 63
    return (0..<count).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8(truncatingIfNeeded: state >> 56)
    }
}
