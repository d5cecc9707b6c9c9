import Glibc
import Hayate
import HayateTestTasks

/// A host that shows whatever a user of it can see, while others look for its secret in that.
enum SecretsMode {
    static func run(keyFile: String, release: String) async throws {
        let daemons = Daemons.local(2).keyFile(keyFile).with { $0.url = "tls+tcp://127.0.0.1:0" }
        say(String(reflecting: daemons))
        try await withDaemons(daemons) { pool in
            try await pool.ready(2)
            say("url \(pool.url)")
            say("commands \(try pool.launchCommands(2)) \(pool.daemonOptions)")
            say("started \(try pool.launch(1, by: ["/bin/sh", "-c", "."]))")
            try await pool.ready(3)
            let look =
                "env; cat /proc/self/environ /proc/$PPID/environ /proc/$PPID/cmdline | tr '\\0' '\\n'; "
                + "cat; ls -l /proc/self/fd /proc/$PPID/fd; echo looked"
            for result in try await pool.map((0..<6).map { _ in Command("sh", "-c", look) }).collect() {
                say(result.standardOutput.text + result.standardError.text)
            }
            if case .failure(let error) = await pool.mirai(Failing("for the log")).result {
                say(String(reflecting: error))
            }
            say(String(reflecting: pool.status) + String(reflecting: pool))
            say("local \(pool.localProcesses.map { "\($0)" }.joined(separator: " "))")
            var last = -1
            while !SignalFile.exists(release) {
                let now = pool.info.connections
                if now != last { say("connections \(now)") }
                last = now
                try await Task.sleep(for: .milliseconds(10))
            }
        }
    }
}
