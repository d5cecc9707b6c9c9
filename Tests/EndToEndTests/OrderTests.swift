import Foundation
import Synchronization
import Testing

extension EndToEnd {
    @Suite struct Order {}
}

/// Reads 1, 2, 3, … line by line as it comes, and holds no more than one line.
private final class CountingReader: Sendable {
    private struct State {
        var last = 0
        var number = 0
        var firstDifference: String?
    }
    private let state = Mutex(State())

    var last: Int { state.withLock { $0.last } }
    var firstDifference: String? { state.withLock { $0.firstDifference } }

    func receive(_ chunk: ArraySlice<UInt8>) {
        state.withLock { state in
            for byte in chunk where state.firstDifference == nil {
                switch byte {
                case 0x30...0x39: state.number = state.number * 10 + Int(byte - 0x30)
                case 0x0A where state.number == state.last + 1:
                    state.last += 1
                    state.number = 0
                default:
                    state.firstDifference = "after \(state.last) came \(state.number), \(byte)"
                }
            }
        }
    }
}

extension EndToEnd.Order {
    @Test func `20,000 elements come back in order`() async throws {
        let reader = CountingReader()
        let run = try ShellRun(
            "seq 20000 | hayate map -n 2 echo {}", onOutput: { reader.receive($0) })
        let end = try await run.finish()
        #expect(end.code == 0)
        #expect(end.error == "")
        #expect(reader.firstDifference == nil)
        #expect(reader.last == 20_000)
    }

    @Test func `killing a daemon every second loses and doubles nothing`() async throws {
        let reader = CountingReader()
        let run = try ShellRun(
            "seq 100000 | hayate map -n 2 echo {}", onOutput: { reader.receive($0) })
        defer { run.abandon() }
        try await eventually("the first results come") { reader.last > 0 || run.hasEnded }
        var killed: Set<pid_t> = []
        var next = ContinuousClock.now
        while !run.hasEnded {
            if ContinuousClock.now >= next, let daemon = run.daemons.randomElement() {
                kill(daemon.pid, SIGKILL)
                killed.insert(daemon.pid)
                next += .seconds(1)
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        let end = try await run.finish()
        #expect(end.code == 0)
        #expect(end.error == "")
        #expect(reader.firstDifference == nil)
        #expect(reader.last == 100_000)
        #expect(killed.count >= 5, "a test of \(killed.count) kills in \(end.seconds) s")
    }
}
