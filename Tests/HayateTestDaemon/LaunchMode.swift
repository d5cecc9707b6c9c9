import Hayate
import HayateTestTasks

/// Launches daemons of its own executable by hand, and is a relay with such daemons.
enum LaunchMode {
    static func run() async throws {
        try await withDaemons(.listening(at: "tcp://127.0.0.1:0")) { pool in
            try pool.launch(2)
            try await pool.ready(2)
            say("launched \(pool.info.connections)")
            say(try pool.launchCommands(1)[0])
        }
        try await withDaemons(.local(1).output(.passedOn)) { pool in
            let mirai = pool.mirai(Printing(output: "passed on\n"))
            _ = try await mirai.value
            say("collected \(mirai.output != nil)")
        }
    }

    static func relay(to url: String, count: Int) async throws {
        let relay = try Relay(to: url, .local(count))
        try await relay.pool.ready()
        say("daemons " + relay.pool.localProcesses.map { String($0) }.joined(separator: " "))
        say("ended \(await relay.ended())")
    }
}
