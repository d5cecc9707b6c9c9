import Testing

@testable import HayateTransport

@Suite struct EndpointTests {
    @Test(arguments: [
        ("ipc:///tmp/x/socket", "ipc:///tmp/x/socket", true),
        ("tcp://127.0.0.1:0", "tcp://127.0.0.1:0", true),
        ("tcp://127.9.8.7:5555", "tcp://127.9.8.7:5555", true),
        ("tcp://[::1]:5555", "tcp://[::1]:5555", true),
        ("tcp://[::ffff:127.0.0.1]:80", "tcp://[::ffff:127.0.0.1]:80", true),
        ("tcp://localhost:65535", "tcp://localhost:65535", true),
        ("tcp://node17.cluster-a:1", "tcp://node17.cluster-a:1", false),
        ("tcp://0.0.0.0:9", "tcp://0.0.0.0:9", false),
        ("tcp://[::]:9", "tcp://[::]:9", false),
        ("tcp://10.0.0.1:9", "tcp://10.0.0.1:9", false),
        ("tcp://[fe80::1]:9", "tcp://[fe80::1]:9", false),
        ("tcp://127.example.org:9", "tcp://127.example.org:9", false),
    ])
    func reads(text: String, canonical: String, isLoopback: Bool) throws {
        let endpoint = try Endpoint(text)
        #expect(endpoint.description == canonical)
        #expect(endpoint.isLoopback == isLoopback)
        #expect(try Endpoint(endpoint.description) == endpoint)
    }

    @Test(arguments: [
        ("", "no scheme"), ("127.0.0.1:80", "no scheme"), ("ipc://relative", "absolute"),
        ("ipc:///", "absolute"), ("ipc://", "absolute"),
        ("tcp://127.0.0.1", "no port"), ("tcp://127.0.0.1:", "port from 0 to 65535"),
        ("tcp://127.0.0.1:65536", "port from 0 to 65535"), ("tcp://h:+5", "port from 0 to 65535"),
        ("tcp://h:-1", "port from 0 to 65535"), ("tcp://:5", "no host name"),
        ("tcp://::1:5555", "brackets"), ("tcp://[::1:5555", "lacks the bracket"),
        ("tcp://[::g]:5", "no IPv6 address"), ("tcp://[::1]", "port from 0 to 65535"),
        ("tcp://[::1]5555", "port from 0 to 65535"), ("tcp://a b:5", "no host name"),
        ("tcp://user@host:5", "no host name"), ("tcp://host/x:5", "no host name"),
        ("ipc:///" + String(repeating: "x", count: 107), "108 bytes"),
    ])
    func refuses(text: String, saying: String) {
        #expect {
            _ = try Endpoint(text)
        } throws: { error in
            let message = (error as? TransportError)?.message ?? ""
            return message.contains(saying) && message.hasSuffix(".")
        }
    }

    @Test func longestPathIsAccepted() throws {
        let path = "/" + String(repeating: "x", count: 106)
        #expect(try Endpoint("ipc://\(path)").path == path)
    }
}

@Suite struct BackoffTests {
    @Test func boundsDoubleUpToTheCap() {
        let backoff = Backoff()
        let bounds = (0..<12).map { backoff.bound(afterFailures: $0) }
        #expect(bounds[0] == .milliseconds(100))
        #expect(bounds[1] == .milliseconds(200))
        #expect(bounds[8] == .milliseconds(25_600))
        #expect(bounds[9] == .seconds(30))
        #expect(backoff.bound(afterFailures: .max) == .seconds(30))
        #expect(backoff.bound(afterFailures: -1) == .milliseconds(100))
    }

    @Test func jitterIsFull() {
        let backoff = Backoff()
        #expect(backoff.delay(afterFailures: 4, random: 0) == .zero)
        #expect(backoff.delay(afterFailures: 4, random: .max / 2 + 1) == .milliseconds(800))
        let longest = backoff.delay(afterFailures: 40, random: .max)
        #expect(longest < .seconds(30) && longest > .milliseconds(29_999))
    }
}

@Suite struct AdmissionQueueTests {
    @Test func evictsTheOldestWhenFull() {
        var queue = AdmissionQueue(capacity: 3, deadline: .seconds(10))
        #expect(queue.add(1, at: .seconds(0)) == nil)
        #expect(queue.add(2, at: .seconds(1)) == nil)
        #expect(queue.add(3, at: .seconds(2)) == nil)
        #expect(queue.add(3, at: .seconds(3)) == nil, "twice is once")
        #expect(queue.add(4, at: .seconds(3)) == 1)
        let removed = (queue.remove(2), queue.remove(2))
        #expect(removed == (true, false))
        #expect(queue.add(5, at: .seconds(4)) == nil)
        #expect(queue.add(6, at: .seconds(5)) == 3)
        #expect(queue.count == 3)
    }

    @Test func expiresInOrder() {
        var queue = AdmissionQueue(capacity: 8, deadline: .seconds(10))
        for id in 1...4 { _ = queue.add(UInt64(id), at: .seconds(id)) }
        queue.remove(2)
        #expect(queue.nextExpiry == .seconds(11))
        #expect(queue.expire(at: .milliseconds(10_999)).isEmpty)
        #expect(queue.expire(at: .seconds(13)) == [1, 3])
        #expect(queue.nextExpiry == .seconds(14))
        #expect(queue.expire(at: .seconds(100)) == [4])
        #expect(queue.nextExpiry == nil && queue.count == 0)
        #expect(queue.evictOldest() == nil)
    }

    @Test func agreesWithASimpleModel() {
        var generator = SystemRandomNumberGenerator()
        let seed = generator.next()
        var random = seed
        func next(_ bound: UInt64) -> UInt64 {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (random >> 33) % bound
        }
        var queue = AdmissionQueue(capacity: 5, deadline: .seconds(3))
        var model: [(UInt64, Duration)] = []
        for step in 0..<20_000 {
            let now = Duration.milliseconds(step * 100)
            switch next(3) {
            case 0:
                let id = next(40)
                var expected: UInt64?
                if !model.contains(where: { $0.0 == id }) {
                    if model.count == 5 { expected = model.removeFirst().0 }
                    model.append((id, now))
                }
                #expect(queue.add(id, at: now) == expected, "seed \(seed) step \(step)")
            case 1:
                let id = next(40)
                let was = model.contains { $0.0 == id }
                model.removeAll { $0.0 == id }
                let removed = queue.remove(id)
                #expect(removed == was, "seed \(seed) step \(step)")
            default:
                let expected = model.filter { $0.1 + .seconds(3) <= now }.map(\.0)
                model.removeAll { $0.1 + .seconds(3) <= now }
                #expect(queue.expire(at: now) == expected, "seed \(seed) step \(step)")
            }
            #expect(queue.count == model.count)
        }
    }
}

@Suite struct UseGateTests {
    @Test func lastLeaverHandsOver() {
        var gate = UseGate()
        let first = gate.enter()
        let second = gate.enter()
        #expect(first && second)
        let closed = (gate.close(), gate.close())
        #expect(closed.0 == false && closed.1 == nil)
        let third = gate.enter()
        #expect(!third)
        let left = gate.leave()
        let last = gate.leave()
        #expect(!left && last)
        var idle = UseGate()
        let isFree = idle.close()
        #expect(isFree == true)
    }
}

@Suite struct TimerQueueTests {
    @Test func firesInOrderAndNotEarly() {
        let queue = TimerQueue()
        let fired = Events<(Int, Duration)>()
        let start = MonotonicClock.now
        for number in [3, 1, 2] {
            queue.schedule(after: .milliseconds(10 * number)) {
                fired.add((number, MonotonicClock.now))
            }
        }
        let cancelled = queue.schedule(after: .milliseconds(15)) { fired.add((99, .zero)) }
        #expect(queue.cancel(cancelled))
        #expect(!queue.cancel(cancelled))
        let events = fired.wait(count: 3)
        #expect(events.map(\.0) == [1, 2, 3])
        for (number, time) in events { #expect(time - start >= .milliseconds(10 * number)) }
    }

    @Test func cancellingManyKeepsNothing() {
        let queue = TimerQueue()
        let timers = (0..<10_000).map { _ in queue.schedule(after: .seconds(3600)) {} }
        for timer in timers { #expect(queue.cancel(timer)) }
        #expect(queue.count == 0)
    }

    @Test func actionsMaySchedule() {
        let queue = TimerQueue()
        let fired = Events<Int>()
        queue.schedule(after: .zero) {
            queue.schedule(after: .milliseconds(1)) { fired.add(2) }
            fired.add(1)
        }
        #expect(fired.wait(count: 2) == [1, 2])
    }
}

@Suite struct OutboxTests {
    @Test func keepsTheOrderOfSmallAndLarge() {
        var outbox = Outbox(largeBytes: 4)
        outbox.append([1, 2])
        outbox.append([10, 11, 12, 13, 14])
        outbox.append([20, 21, 22, 23])
        outbox.append([3])
        outbox.append(UInt16(0x0504))
        outbox.append([30, 31, 32, 33])
        let expected: [UInt8] = [1, 2, 10, 11, 12, 13, 14, 20, 21, 22, 23, 3, 4, 5, 30, 31, 32, 33]
        #expect(outbox.unsentCount == expected.count)
        var left: [UInt8] = []
        // Steps of every size.
        for step in 1... {
            guard let run = outbox.nextRun(atMost: 1 + step % 4) else { break }
            left.append(contentsOf: run)
            outbox.advance(run.count)
        }
        #expect(left == expected)
        #expect(outbox.unsentCount == 0)
    }

    /// Says when it is let go. Safe to share: it is constant.
    private final class Owner: @unchecked Sendable {
        let bytes: UnsafeRawBufferPointer
        let count: Counter

        init(_ bytes: [UInt8], _ count: Counter) {
            let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
            copy.copyBytes(from: bytes)
            self.bytes = UnsafeRawBufferPointer(copy)
            self.count = count
        }

        deinit {
            bytes.deallocate()
            count.add(1)
        }
    }

    @Test func othersMemoryKeepsItsPlaceAndIsLetGoWhenItIsSent() {
        let gone = Counter()
        var outbox = Outbox(largeBytes: 4)
        outbox.append([1])
        for bytes in [[10, 11, 12, 13, 14], [2, 3], [20, 21, 22, 23]] as [[UInt8]] {
            let owner = Owner(bytes, gone)
            outbox.append(owner.bytes, keptBy: owner)
        }
        outbox.append([4])
        // What is small is copied.
        #expect(gone.current == 1)
        #expect(outbox.foreignBytes == 9)
        let expected: [UInt8] = [1, 10, 11, 12, 13, 14, 2, 3, 20, 21, 22, 23, 4]
        for sent in 0...expected.count {
            let next = outbox.nextRun(atMost: 1)?.first
            #expect(next == (sent < expected.count ? expected[sent] : nil))
            #expect(gone.current == (sent < 6 ? 1 : sent < 12 ? 2 : 3))
            if sent < expected.count { outbox.advance(1) }
        }
    }
}
