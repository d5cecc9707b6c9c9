import Foundation
import Glibc
import Hayate
import HayateCore
import HayateTestTasks
import Synchronization
import Testing

/// X13 of docs/guarantees.md: everything goes wrong for a while, and nothing is lost and nothing grows.
@Suite("Soak", .serialized, .timeLimit(.minutes(180)))
struct SoakTests {
    @Test("X13: under all faults together nothing is lost or doubled, and memory, descriptors and threads stay")
    func soak() async throws {
        let seconds = Scale.number("HAYATE_SOAK_SECONDS", 40)
        let interval = Scale.number("HAYATE_SOAK_FAULT_SECONDS", 4)
        var seed = UInt64(Scale.number("HAYATE_KILL_SEED", Int.random(in: 1...1_000_000_000)))
        print("X13: seed \(seed)")
        let session = try TestSession(daemons: 3)
        try await session.start()
        let load = Load(session)
        let work = Task { try await load.run() }
        let collecting = Task { try await load.collect() }
        let began = ContinuousClock.now
        let half = Duration.seconds(seconds / 2)
        var faults = 0
        var settled: Footprint?
        while ContinuousClock.now - began < .seconds(seconds) {
            try await Task.sleep(for: .seconds(interval))
            let isSecondHalf = ContinuousClock.now - began > half
            // The memory of a host is looked at in one that lives through the second half.
            if isSecondHalf, settled == nil { settled = session.host.flatMap { Footprint(of: $0.pid) } }
            try await fault(SplitMix64.mix(seed), on: session, killsHost: !isSecondHalf)
            seed &+= 1
            faults += 1
        }
        let last = try #require(session.host.flatMap { Footprint(of: $0.pid) })
        load.finish()
        let submitted = try await work.value
        let (elements, repeated) = try await collecting.value
        #expect(elements == submitted)
        #expect(repeated == 0)
        let first = try #require(settled)
        // A short run is still filling its caches; a long one shows what grows.
        let allowed = seconds >= 1_200 ? 1.05 : 2
        #expect(Double(last.memory) < Double(first.memory) * allowed, "\(first) \(last)")
        #expect(last.descriptors <= first.descriptors + 8, "\(first) \(last)")
        #expect(last.threads <= first.threads + 4, "\(first) \(last)")
        try await session.stop()
        printRow(
            "X13", "soak: all faults together",
            "\(seconds) s, \(submitted) tasks, \(faults) faults: 0 lost, 0 second outcomes; memory of the host "
                + "\(first.memory >> 20) -> \(last.memory >> 20) MiB, descriptors \(first.descriptors) -> "
                + "\(last.descriptors), threads \(first.threads) -> \(last.threads)")
    }

    private func fault(_ random: UInt64, on session: TestSession, killsHost: Bool) async throws {
        let daemons = session.daemonProcesses
        let daemon = daemons.isEmpty ? nil : daemons[Int((random >> 8) % UInt64(daemons.count))]
        switch random % 4 {
        case 0 where killsHost:
            try await session.kill()
            try await session.start()
        case 1:
            session.host?.send(signal: SIGSTOP)
            try await Task.sleep(for: .milliseconds(500))
            session.host?.send(signal: SIGCONT)
        case 2:
            guard let daemon else { return }
            kill(daemon, SIGSTOP)
            try await Task.sleep(for: .milliseconds(500))
            kill(daemon, SIGCONT)
        default:
            if let daemon { kill(daemon, SIGKILL) }
        }
    }
}

/// Submits tasks as long as it is told to, and collects what becomes of them, whatever happens to the host.
private final class Load: Sendable {
    private let session: TestSession
    private let isOver = Mutex(false)
    private static let pieces = 250
    /// Tasks that may be without outcome.
    private static let ahead = 5_000
    private let ended = Mutex(0)

    init(_ session: TestSession) { self.session = session }

    func finish() { isOver.withLock { $0 = true } }

    private var options: SubmissionOptions {
        var options = SubmissionOptions()
        options.name = "load"
        options.key = "load"
        return options
    }

    /// Does it again with another connection when the host is gone.
    private func retrying(_ body: (Session) async throws -> Bool) async throws {
        while true {
            do {
                let client = try await session.connect()
                defer { client.close() }
                if try await body(client) { return }
            } catch let error as HayateError where error.code == .noSession {
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    /// - Returns: how many tasks were accepted.
    func run() async throws -> Int {
        let submitted = Mutex(0)
        try await retrying { client in
            _ = try await client.begin(options)
            while !isOver.withLock({ $0 }) {
                let first = submitted.withLock { $0 }
                guard first - ended.withLock({ $0 }) < Self.ahead else {
                    try await Task.sleep(for: .milliseconds(20))
                    continue
                }
                var tasks: [SessionTask] = []
                for element in first..<first + Self.pieces {
                    var task = try SessionTask.task(AppendLine("/dev/null", "\(element)"))
                    task.retry.losses = 255
                    tasks.append(task)
                }
                try await client.add(tasks, to: "load", first: UInt32(first))
                submitted.withLock { $0 = first + Self.pieces }
            }
            _ = try await client.complete("load")
            return true
        }
        return submitted.withLock { $0 }
    }

    /// - Returns: how many elements have an outcome with their own value, and how many came twice.
    func collect() async throws -> (elements: Int, repeated: Int) {
        let state = Mutex((seen: Set<UInt32>(), repeated: 0, last: Int64(0)))
        try await retrying { client in
            guard try await client.submission("load") != nil else {
                try await Task.sleep(for: .milliseconds(20))
                return false
            }
            let last = state.withLock { $0.last }
            for try await outcomes in client.outcomes(of: "load", after: last) {
                for outcome in outcomes {
                    guard try outcome.value(as: String.self) == "\(outcome.task.element)" else {
                        throw TestFailure("\(outcome.task) has another's value")
                    }
                    state.withLock { state in
                        state.last = outcome.number
                        if !state.seen.insert(outcome.task.element).inserted { state.repeated += 1 }
                    }
                }
                ended.withLock { $0 = state.withLock { $0.seen.count } }
            }
            return true
        }
        return state.withLock { ($0.seen.count, $0.repeated) }
    }
}

/// What a process takes.
private struct Footprint {
    /// Resident bytes.
    var memory: Int
    var descriptors: Int
    var threads: Int

    init?(of process: Int32) {
        let files = FileManager.default
        guard let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8),
            let open = try? files.contentsOfDirectory(atPath: "/proc/\(process)/fd"),
            let tasks = try? files.contentsOfDirectory(atPath: "/proc/\(process)/task")
        else { return nil }
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        memory = (line?.split(separator: " ").compactMap { Int($0) }.first ?? 0) << 10
        descriptors = open.count
        threads = tasks.count
    }
}
