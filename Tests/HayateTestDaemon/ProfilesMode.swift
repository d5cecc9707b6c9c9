import Glibc
import Hayate
import HayateTestTasks

/// A program that has entered Hayate and whose daemons are its own executable. Prints what it sees.
enum ProfilesMode {
    static func run(directory: String) async throws {
        let files: (String) -> String = { "\(directory)/\($0)" }
        // Without any daemons: a process for one task.
        let place = try await mirai(WhereAmI()).value
        say("ephemeral \(place.process != getpid()) \(place.process)")
        say("inside \(try await mirai(AmIOnDaemon()).value) outside \(isOnDaemon)")
        let many = try (0..<20).map { number in try mirai(Add(number, 1)) }
        var sum = 0
        for mirai in many { sum += try await mirai.value }
        say("many \(sum)")
        let places = try (0..<5).map { _ in try mirai(WhereAmI()) }
        var processes: Set<Int32> = []
        for place in places { processes.insert(try await place.value.process) }
        say("processes \(processes.count)")

        let done = try mirai(Add(1, 2))
        _ = try await done.value
        say("late stop \(done.stop())")
        let gate = try mirai(Gate(files("gate")))
        while !SignalFile.exists(files("gate.started")) { try await Task.sleep(for: .milliseconds(5)) }
        say("stop \(gate.stop())")
        if case .failure(let error) = await gate.result { say("stopped \(error.code)") }
        let late = try mirai(Gate(files("late")), timeout: .milliseconds(300))
        if case .failure(let error) = await late.result { say("late \(error.code)") }
        let fatal = try mirai(Fatal(.exit), retry: .never)
        if case .failure(let error) = await fatal.result { say("lost \(error.code)") }

        let here = try await mirai(WhereAmI(), fallback: .sequential).value
        say("sequential \(here.process == getpid())")
        do {
            _ = try mirai(Add(1, 2), profile: "never set")
        } catch {
            say("asked \(error.code)")
        }
        do {
            _ = try mirai(Add(1, 2), fallback: .error)
        } catch {
            say("error \(error.code)")
        }
        // Everything is gone when nothing is outstanding.
        let deadline = ContinuousClock.now + .seconds(15)
        while children() > 0, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(10))
        }
        say("children \(children())")

        // Daemons for the process, seen by all Swift tasks.
        let pool = try await Profile.set(.local(1))
        let found = await Task.detached { (try? Pool.current()) === pool }.value
        say("detached \(found)")
        say("set \(try await mirai(Add(3, 4)).value)")
        say("reset \(await Profile.reset()) \(await Profile.reset())")
        say("done")
    }

    /// Processes that this one has started, from whichever thread, and that have not ended.
    private static func children() -> Int {
        var count = 0
        guard let directory = opendir("/proc/self/task") else { return 0 }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let thread = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            let lines = SignalFile.lines("/proc/self/task/\(thread)/children")
            count += lines.joined(separator: " ").split(separator: " ").count
        }
        return count
    }
}
