import Glibc
import Hayate
import HayateDaemon
import HayateWire

/// Many light daemons in one process, each with a connection and a session of its own, that answer every task with the
/// encoded number 1 and come back when their host does.
enum FleetMode {
    static func run(url: String, count: Int, keyFile: String) throws -> Never {
        var options = DaemonOptions(url: url)
        options.lease = .seconds(600)
        options.reconnectWithin = .seconds(600)
        options.credentials.keyFile = keyFile
        let security = try DaemonSecurity(options)
        let answer = TaskEnd(status: .value, body: try BinaryEncoder().encode(1))
        var daemons: [DaemonRuntime] = []
        for index in 0..<count {
            let daemon = try DaemonRuntime(options, home: .relay { _ in answer }, security: security)
            daemon.start {}
            daemons.append(daemon)
            // The listener's backlog is 128: dial in waves.
            if index % 64 == 63 { usleep(20_000) }
        }
        say("dialled")
        while true { pause() }
    }
}
