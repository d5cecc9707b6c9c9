import Foundation
import Glibc
import Hayate
import HayateTestTasks
import Testing

extension RealProcesses {
    @Suite("Shared contents") struct SharedTests {
        private static func numbers(_ count: Int) throws -> SharedArray<Double> {
            try SharedArray(count: count) { space in
                for index in 0..<count { space.initializeElement(at: index, to: Double(index)) }
            }
        }

        private static func sum(_ count: Int) -> Double { Double(count) * Double(count - 1) / 2 }

        private static func descriptors() -> Int { TemporaryDirectory.names(in: "/proc/self/fd").count }

        private static func port(_ pool: Pool) throws -> UInt16 {
            try #require(pool.url.split(separator: ":").last.flatMap { UInt16($0) })
        }

        /// Memory files that tasks of one array saw at each of so many daemons.
        private static func sights(
            of numbers: SharedArray<Double>, at daemons: Int, _ pool: Pool
        ) async throws -> [SharedSight] {
            var sights: [Int32: SharedSight] = [:]
            try await eventually("all \(daemons) daemons read") {
                for sight in try await pool.map((0..<8).map { _ in SumShared(numbers) }).collect() {
                    sights[sight.process] = sight
                }
                return sights.count >= daemons
            }
            return Array(sights.values)
        }

        @Test func twoDaemonsReadTheSamePagesAndAllIsFreed() async throws {
            try await withPool(.test(2)) { pool in
                try await pool.hasDaemons(2)
                let before = Self.descriptors()
                let processes = pool.localProcesses
                try await Self.use(1 << 20, pool)
                try await eventually("the daemons have unmapped it") {
                    processes.allSatisfy { SharedMappings.inodes(of: $0).isEmpty }
                }
                // Others may still end in the background.
                try await eventually("the host's file is closed") { Self.descriptors() <= before }
                #expect(SharedMappings.inodes().isEmpty)
                #expect(try await pool.mirai(Add(1, 2)).value == 3)
            }
        }

        /// In a function of its own, so that the array is gone when it returns.
        private static func use(_ count: Int, _ pool: Pool) async throws {
            let numbers = try numbers(count)
            #expect(numbers.reduce(0, +) == sum(count))
            let mine = Set(SharedMappings.inodes())
            #expect(mine.count == 1)
            for sight in try await sights(of: numbers, at: 2, pool) {
                #expect(sight.sum == sum(count))
                #expect(sight.count == count)
                // The very file, hence the very pages.
                #expect(Set(sight.inodes) == mine)
            }
            withExtendedLifetime(numbers) {}
        }

        @Test func valueIsDecodedOnceAtEachDaemon() async throws {
            try await withPool(.test(2)) { pool in
                let rows = (0..<1000).map { "row \($0)" }
                let table = try Shared(CountedTable(rows))
                #expect(try table.value.rows == rows)
                let found = try await pool.map((0..<1000).map { LookUp($0, in: table) }).collect()
                #expect(found.map(\.text) == rows)
                #expect(found.allSatisfy { $0.decodings == 1 })
            }
        }

        @Test func laterAndReplacedDaemonsGetItToo() async throws {
            try await withPool(.test(1)) { pool in
                let numbers = try Self.numbers(10_000)
                #expect(try await pool.mirai(SumShared(numbers)).value.sum == Self.sum(10_000))
                pool.resize(to: 2)
                try await pool.hasDaemons(2)
                let sights = try await Self.sights(of: numbers, at: 2, pool)
                #expect(Set(sights.map(\.inodes)).count == 1)
                let victim = try #require(pool.localProcesses.first)
                kill(victim, SIGKILL)
                try await eventually("a replacement") { pool.status.counts.joined == 3 }
                try await pool.hasDaemons(2)
                for sight in try await Self.sights(of: numbers, at: 2, pool) {
                    #expect(sight.process != victim)
                    #expect(sight.sum == Self.sum(10_000))
                    #expect(sight.inodes.count == 1)
                }
            }
        }

        @Test func setUpsMeanSharedContentsToo() async throws {
            try await withPool(.test(1)) { pool in
                try await pool.hasDaemons(1)
                try await Self.setUp(pool)
                pool.resize(to: 3)
                try await pool.hasDaemons(3)
                let sights = try await pool.everywhere(SumKept())
                #expect(sights.count == 3)
                for sight in sights {
                    #expect(try sight.get().sum == Self.sum(5_000))
                    // By memory file although set-ups come before everything else.
                    #expect(try sight.get().inodes.count == 1)
                }
            }
        }

        private static func setUp(_ pool: Pool) async throws {
            _ = try await pool.everywhere(KeepShared(try numbers(5_000)))
        }

        @Test func bytesTravelOnceWhereNoFileCanBeRead() async throws {
            try await withPool(.listening(at: "tcp://127.0.0.1:0")) { pool in
                let proxy = try Proxy(to: try Self.port(pool))
                defer { proxy.end() }
                let daemon = try Child.daemon(proxy.url, of: pool)
                try await pool.hasDaemons(1)
                let rows = (0..<1000).map { "\($0) " + String(repeating: "x", count: 1_020) }
                let before = proxy.bytesToDaemons
                let table = try Shared(CountedTable(rows))
                let found = try await pool.map((0..<1000).map { LookUp($0, in: table) }).collect()
                #expect(found.map(\.text) == rows)
                #expect(found.allSatisfy { $0.decodings == 1 })
                let travelled = proxy.bytesToDaemons - before
                #expect(travelled > 1_020_000)
                #expect(travelled < 1_250_000, "the table went more than once: \(travelled) bytes")
                #expect(SharedMappings.inodes(of: daemon.pid).isEmpty)
                await pool.close()
                try await daemon.isOver()
            }
        }

        @Test(arguments: ["ipc", "tcp"]) func sixtyFourMegabytes(_ scheme: String) async throws {
            let files = try TemporaryDirectory()
            let url = scheme == "ipc" ? "ipc://" + files("socket") : "tcp://127.0.0.1:0"
            try await withPool(.listening(at: url)) { pool in
                let children = [try Child.daemon(pool.url), try Child.daemon(pool.url)]
                try await pool.hasDaemons(2)
                let count = 8 << 20
                let numbers = try Self.numbers(count)
                for sight in try await Self.sights(of: numbers, at: 2, pool) {
                    #expect(sight.sum == Self.sum(count))
                    #expect(sight.inodes.count == (scheme == "ipc" ? 1 : 0))
                }
                await pool.close()
                for child in children { try await child.isOver() }
            }
        }

        /// Larger than the bound on bytes that wait for a daemon: it is not the host's additional memory.
        @Test func moreThanTheBoundOnBytesUnderWay() async throws {
            try await withPool(.listening(at: "tcp://127.0.0.1:0")) { pool in
                let daemon = try Child.daemon(pool.url)
                try await pool.hasDaemons(1)
                let count = 40 << 20
                let numbers = try SharedArray<Double>(count: count) { $0.initialize(repeating: 1) }
                let sight = try await pool.mirai(SumShared(numbers)).value
                #expect(sight.sum == Double(count))
                #expect(sight.process == daemon.pid)
                #expect(pool.status.counts.joined == 1)
                await pool.close()
                try await daemon.isOver()
            }
        }

        @Test func nestedAnywhereAndBackInline() async throws {
            try await withPool(.test(1)) { pool in
                let names = try Shared(["a", "b"])
                let study = Study(
                    title: "T",
                    parts: [
                        Study.Part(try SharedArray([1.5, 2]), names), Study.Part(nil, names),
                        Study.Part(try SharedArray([]), try Shared([])),
                    ],
                    byName: ["x": try Shared(7), "y": try Shared(8)])
                let answer = try await pool.mirai(ReadStudy(study)).value
                #expect(answer.text == "T 1.5/2.0 a/b - a/b   x=7 y=8")
                // What came back can be sent again.
                #expect(try answer.study.parts[0].names.value == ["a", "b"])
                #expect(answer.study.parts[0].weights == study.parts[0].weights)
                let again = try await pool.mirai(ReadStudy(answer.study)).value
                #expect(again.text == answer.text)
                // In another encoding it is the value itself.
                let json = try JSONEncoder().encode(again.study)
                let read = try JSONDecoder().decode(Study.self, from: json)
                #expect(try read.byName["y"]?.value == 8)
                #expect(Array(try #require(read.parts[0].weights)) == [1.5, 2])
            }
        }

        @Test func theSameInTwoPools() async throws {
            let numbers = try Self.numbers(1_000)
            try await withPool(.test(1)) { one in
                try await withPool(.test(1), profile: "other") { other in
                    let first = try await one.mirai(SumShared(numbers)).value
                    let second = try await other.mirai(SumShared(numbers)).value
                    #expect(first.sum == Self.sum(1_000))
                    #expect(second.sum == Self.sum(1_000))
                    #expect(first.inodes == second.inodes)
                    #expect(first.process != second.process)
                }
                #expect(try await one.mirai(SumShared(numbers)).value.sum == Self.sum(1_000))
            }
        }

        @Test func tasksKeepItAliveThroughRetries() async throws {
            try await withPool(.test(2)) { pool in
                let retry = RetryPolicy.backoff(attempts: 4, first: .milliseconds(10))
                let mirais = try (1...5).map { count in
                    // The handle is gone before the first attempt.
                    pool.mirai(SumShared(try Self.numbers(count * 100), failures: 2), retry: retry)
                }
                for (index, mirai) in mirais.enumerated() {
                    let sight = try await mirai.value
                    #expect(sight.attempt == 3)
                    #expect(sight.sum == Self.sum((index + 1) * 100))
                }
                let processes = pool.localProcesses
                try await eventually("nothing is left") {
                    processes.allSatisfy { SharedMappings.inodes(of: $0).isEmpty }
                        && SharedMappings.inodes().isEmpty
                }
            }
        }

        @Test func killedDaemonsTaskFindsItElsewhere() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(2)) { pool in
                try await pool.hasDaemons(2)
                let mirai = pool.mirai(HoldShared(try Self.numbers(100), files("gate")))
                try await appears(files("gate.started"))
                kill(try number(in: files("gate.started")), SIGKILL)
                unlink(files("gate.started"))
                try await appears(files("gate.started"))
                try SignalFile.write(files("gate.release"))
                #expect(try await mirai.value == Self.sum(100))
            }
        }

        @Test func cutConnectionKeepsWhatWaitsAndHearsTheEndLater() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.listening(at: "tcp://127.0.0.1:0")) { pool in
                let proxy = try Proxy(to: try Self.port(pool))
                defer { proxy.end() }
                let daemon = try Child.daemon(proxy.url, of: pool)
                try await pool.hasDaemons(1)
                let running = pool.mirai(HoldShared(try Self.numbers(100), files("gate")))
                let waiting = pool.mirai(SumShared(try Self.numbers(200)))
                try await appears(files("gate.started"))
                proxy.cut()
                try await eventually("it is away") { pool.status.daemons.first?.state == .away }
                try SignalFile.write(files("gate.release"))
                proxy.restore()
                #expect(try await running.value == Self.sum(100))
                #expect(try await waiting.value.sum == Self.sum(200))
                // Sent again on the new connection.
                let numbers = try Self.numbers(300)
                #expect(try await pool.mirai(SumShared(numbers)).value.sum == Self.sum(300))
                #expect(try await pool.mirai(SumShared(numbers)).value.sum == Self.sum(300))
                #expect(pool.status.counts.joined == 1)
                await pool.close()
                try await daemon.isOver()
            }
        }

        @Test func whatTheSystemRefusesIsAnErrorAndNoTrap() throws {
            #expect(throws: SharedError.self) {
                try SharedArray<Double>(count: -1) { _ in }
            }
            #expect(throws: SharedError.self) {
                try SharedArray<Double>(count: .max) { _ in }
            }
            #expect(throws: SharedError.self) {
                try SharedArray<Double>(count: .max / 16) { _ in }
            }
            #expect(throws: TestFailure.self) {
                try SharedArray<Double>(count: 3) { _ in throw TestFailure("no numbers") }
            }
        }
    }
}
