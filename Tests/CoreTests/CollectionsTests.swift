import Testing

@testable import HayateCore

/// A generator with a seed, so that a failure repeats.
struct TestRandom: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 1
        return SplitMix64.mix(state)
    }
    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}

@Suite struct CollectionsTests {
    @Test(arguments: [64, 5000, 262_144])
    func slotSetAgreesWithASet(_ range: Int) {
        var random = TestRandom(state: UInt64(range))
        var slots = SlotSet()
        var model: Set<UInt32> = []
        for _ in 0..<3000 {
            let slot = UInt32(random.below(range))
            switch random.below(5) {
            case 0, 1:
                slots.insert(slot)
                model.insert(slot)
            case 2, 3:
                let victim = random.below(2) == 0 ? slot : model.randomElement(using: &random) ?? 0
                slots.remove(victim)
                model.remove(victim)
            default:
                let next = model.filter { $0 > slot }.min() ?? model.min()
                #expect(slots.next(after: slot) == next)
            }
            #expect(slots.count == model.count)
            #expect(slots.contains(slot) == model.contains(slot))
            if random.below(10) == 0 { #expect(slots.first == model.min()) }
        }
    }

    /// Tasks of three priorities come, are given back, end while they wait, and leave in order.
    @Test(arguments: 1...20)
    func readyQueueAgreesWithASortedList(_ seed: Int) {
        struct Entry {
            var slot: UInt32
            var priority: Int8
        }
        var random = TestRandom(state: UInt64(seed) << 32)
        var queue = ReadyQueue()
        var waiting: [Entry] = []
        var out: [Entry] = []
        var next: UInt32 = 0
        // The slot is its sequence number: both only grow here.
        for _ in 0..<2000 {
            switch random.below(6) {
            case 0, 1:
                let entry = Entry(slot: next, priority: Int8(random.below(3)))
                next += 1
                queue.append(entry.slot, priority: entry.priority)
                waiting.append(entry)
            case 2 where !out.isEmpty:
                let entry = out.remove(at: random.below(out.count))
                queue.putBack(entry.slot, sequence: UInt64(entry.slot), priority: entry.priority)
                waiting.append(entry)
            case 3 where random.below(20) == 0:
                let alive = Set(waiting.filter { _ in random.below(4) > 0 }.map(\.slot))
                var disposed: Set<UInt32> = []
                queue.removeTombstones(
                    isAlive: { alive.contains($0) }, dispose: { disposed.insert($0) })
                #expect(disposed == Set(waiting.map(\.slot)).subtracting(alive))
                waiting.removeAll { !alive.contains($0.slot) }
            default:
                let best = waiting.min {
                    ($0.priority, $1.slot) > ($1.priority, $0.slot)
                }
                let front = queue.front { UInt64($0) }
                #expect(front == best?.slot)
                if let front, let best, random.below(2) == 0 {
                    queue.popFront(front)
                    waiting.removeAll { $0.slot == front }
                    out.append(best)
                }
            }
            #expect(queue.count == waiting.count)
        }
    }

    @Test func instantsDoNotOverflow() {
        #expect(Instant(nanoseconds: 5).advanced(by: .max) == .distantFuture)
        #expect(Duration.seconds(Int64.max).nanoseconds == .max)
        #expect(Duration.seconds(Int64.min).nanoseconds == .min)
        #expect(Duration.milliseconds(3).nanoseconds == 3_000_000)
        #expect(
            TaskID(rawValue: TaskID(slot: 7, generation: 9).rawValue)
                == TaskID(slot: 7, generation: 9))
    }
}
