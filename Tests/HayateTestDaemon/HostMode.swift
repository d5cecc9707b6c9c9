import Hayate
import HayateTestTasks

/// A host whose daemons are busy for ever: one with a Swift task, one with a command that has a
/// child in the background. Prints the daemons' process ids and waits to be killed.
enum HostMode {
    static func run(name: String) async throws {
        try await withDaemons(.local(2)) { pool in
            let task = pool.mirai(Gate(name))
            let command = pool.mirai(
                Command(
                    "sh", "-c",
                    "sleep 1000 & echo $$ $! > \(name).partial; "
                        + "mv \(name).partial \(name).command; sleep 1000"))
            let deadline = ContinuousClock.now + .seconds(20)
            while !SignalFile.exists("\(name).started") || !SignalFile.exists("\(name).command") {
                guard ContinuousClock.now < deadline else {
                    throw TestFailure("the daemons did not start")
                }
                try await Task.sleep(for: .milliseconds(5))
            }
            say("daemons " + pool.localProcesses.map { String($0) }.joined(separator: " "))
            _ = try await task.value
            _ = try await command.value
        }
    }
}
