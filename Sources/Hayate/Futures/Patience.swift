import Synchronization

/// Decides whether looking again is worth it, from how it went the last times. One looker at a time.
final class Patience: Sendable {
    private static let full = 8
    private let left = Atomic<Int>(Patience.full)
    private let skipped = Atomic<Int>(0)
    private let isBusy = Atomic<Bool>(false)

    /// Whether to try now; a caller that gets true must call `tried`.
    func mayTry() -> Bool {
        if left.load(ordering: .relaxed) <= 0 {
            guard skipped.wrappingAdd(1, ordering: .relaxed).newValue % 64 == 0 else { return false }
        }
        return isBusy.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
    }

    func tried(_ succeeded: Bool) {
        let now = left.load(ordering: .relaxed)
        left.store(
            succeeded ? min(Self.full, now + 2) : max(0, now - 1), ordering: .relaxed)
        isBusy.store(false, ordering: .releasing)
    }
}
