import Glibc
import Hayate
import HayateTestTasks

/// Opens and closes pools one after the other, and prints how many descriptors and threads were
/// there after the first ones and at the end.
enum PoolsMode {
    static func run(count: Int) async throws {
        for number in 0..<100 { try await one(number) }
        let before = await settled()
        for number in 100..<max(100, count) { try await one(number) }
        let after = await settled()
        say("before \(before.descriptors) \(before.threads)")
        say("after \(after.descriptors) \(after.threads)")
        say("done")
    }

    private static func one(_ number: Int) async throws {
        let isReal = number % 50 == 0
        try await withDaemons(.local(isReal ? 1 : 0)) { pool in
            guard isReal else { return }
            let sum = try await pool.mirai(Add(number, 1)).value
            guard sum == number + 1 else { throw TestFailure("\(number) + 1 was \(sum)") }
        }
    }

    /// What the library frees by itself in the background gets two seconds.
    private static func settled() async -> (descriptors: Int, threads: Int) {
        var best = (descriptors: Int.max, threads: Int.max)
        for _ in 0..<40 {
            best.descriptors = min(best.descriptors, entries("/proc/self/fd"))
            best.threads = min(best.threads, entries("/proc/self/task"))
            try? await Task.sleep(for: .milliseconds(50))
        }
        return best
    }

    static func entries(_ path: String) -> Int {
        guard let directory = opendir(path) else { return 0 }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        return count
    }
}

/// Drops pools without closing them: with daemons that have joined, and at once.
enum DropMode {
    static func run(count: Int) async throws {
        for number in 0..<count {
            let pool = try Pool(.local(1))
            say("daemons " + pool.localProcesses.map { String($0) }.joined(separator: " "))
            if number % 2 == 0 { _ = try await pool.mirai(Add(1, 2)).value }
        }
        say("dropped")
        // Alive, so that it is not the end of the host that ends the daemons.
        while true { pause() }
    }
}
