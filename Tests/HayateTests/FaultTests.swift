import Glibc
import Hayate
import HayateTestTasks
import Testing

extension RealProcesses {
    @Suite("Faults") struct FaultTests {
        @Test func trapTellsSignalAndLastWords() async throws {
            try await withPool(.test(1)) { pool in
                let mirai = pool.mirai(Fatal(.trap), retry: .never)
                let error = try await failure(of: mirai)
                #expect(error.code == .daemonLost)
                #expect(error.signal == SIGILL || error.signal == SIGTRAP)
                #expect(error.message.contains("these are the last words"))
                #expect(error.message.contains("SIGILL") || error.message.contains("SIGTRAP"))
                #expect(error.task == mirai.task)
                #expect(error.attempt == 1)
                #expect(error.daemon != nil)
                // Its daemon is replaced.
                #expect(try await pool.mirai(Add(1, 2)).value == 3)
                #expect(pool.localProcesses.count == 1)
            }
        }

        @Test func exitAndKillTellHow() async throws {
            try await withPool(.test(1)) { pool in
                let left = try await failure(of: pool.mirai(Fatal(.exit), retry: .never))
                #expect(left.code == .daemonLost)
                #expect(left.exit == .exited(code: 3))
                #expect(left.message.contains("exit code 3"))
                let killed = try await failure(of: pool.mirai(Fatal(.kill), retry: .never))
                #expect(killed.code == .daemonLost)
                #expect(killed.signal == SIGKILL)
                #expect(killed.message.contains("forbids another start"))
            }
        }

        @Test func killedDaemonsTaskStartsElsewhere() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(2)) { pool in
                try await pool.hasDaemons(2)
                let mirai = pool.mirai(Gate(files("gate"), onlyFirstAttempt: true))
                try await appears(files("gate.started"))
                let victim = try number(in: files("gate.started"))
                kill(victim, SIGKILL)
                let place = try await mirai.value
                #expect(place.attempt == 2)
                #expect(place.process != victim)
                try await pool.hasDaemons(2)
                try await eventually("two processes") { pool.localProcesses.count == 2 }
                #expect(!pool.localProcesses.contains(victim))
                #expect(pool.status.counts.resolved == 1)
            }
        }

        @Test func poisonedAfterFiveDaemons() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(2)) { pool in
                let mirai = pool.mirai(Fatal(.kill, counter: files("starts")))
                let bystanders = (0..<50).map { pool.mirai(Add($0, 0)) }
                let error = try await failure(of: mirai)
                #expect(error.code == .poisoned)
                #expect(error.attempt == 5)
                #expect(error.signal == SIGKILL)
                #expect(error.message.contains("took 5 daemons down"))
                #expect(error.message.components(of: "its process ended with SIGKILL") == 5)
                #expect(SignalFile.lines(files("starts")) == ["1", "2", "3", "4", "5"])
                for (number, bystander) in bystanders.enumerated() {
                    #expect(try await bystander.value == number)
                }
            }
        }

        @Test func commandsSurviveAKillEvery200Milliseconds() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(2)) { pool in
                let killer = Task {
                    var kills = 0
                    while !Task.isCancelled {
                        if let victim = pool.localProcesses.randomElement() {
                            kill(victim, SIGKILL)
                            kills += 1
                        }
                        try? await Task.sleep(for: .milliseconds(200))
                    }
                    return kills
                }
                let commands = (0..<2000).map { Command("echo", "\($0)") }
                var indices: [Int] = []
                var outputs = [String?](repeating: nil, count: 2000)
                for try await element in pool.map(commands) {
                    indices.append(element.index)
                    outputs[element.index] = element.value.standardOutput.text
                }
                killer.cancel()
                let kills = await killer.value
                #expect(kills > 1)
                #expect(indices.count == 2000)
                #expect(Set(indices).count == 2000)
                let isRight = outputs == (0..<2000).map { "\($0)\n" }
                #expect(isRight)
                try await pool.hasDaemons(2)
                withExtendedLifetime(files) {}
            }
        }

        @Test func stoppedLocalDaemonIsReplaced() async throws {
            let files = try TemporaryDirectory()
            let daemons = Daemons.test(1).with { daemons in
                daemons.heartbeat = .milliseconds(100)
                daemons.limits.suspectAfter = .milliseconds(400)
                daemons.limits.lostAfter = .seconds(1)
            }
            try await withPool(daemons) { pool in
                let mirai = pool.mirai(Gate(files("gate"), onlyFirstAttempt: true))
                try await appears(files("gate.started"))
                let frozen = try number(in: files("gate.started"))
                kill(frozen, SIGSTOP)
                try await eventually("the wait has its reason") {
                    if case .daemonSilent = mirai.waitReason { true } else { mirai.isResolved }
                }
                let place = try await mirai.value
                #expect(place.attempt == 2)
                #expect(place.process != frozen)
                try await eventually("it is killed") { !isAlive(frozen) }
                #expect(pool.localProcesses == [place.process])
            }
        }
    }
}

extension String {
    /// How often a text occurs.
    fileprivate func components(of text: String) -> Int {
        var count = 0
        var rest = self[...]
        while let range = rest.range(of: text) {
            count += 1
            rest = rest[range.upperBound...]
        }
        return count
    }

}

extension Substring {
    fileprivate func range(of text: String) -> Range<Index>? {
        indices.first { self[$0...].hasPrefix(text) }
            .map { $0..<index($0, offsetBy: text.count) }
    }
}
