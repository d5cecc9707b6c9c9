import Glibc
import Hayate
import HayateCluster
import HayateLaunch
import HayateTestTasks

/// A host with daemons on "another machine", which is this one with another home. Prints their process ids and waits to
/// be killed.
enum RemoteHostMode {
    static func daemons(_ count: Int, home: String) -> Daemons {
        var place = RemotePlace(["there"], daemonsPerHost: count, by: SameMachine(home: home))
        place.program = .installed(Swift.CommandLine.arguments[0])
        return .remote(place)
    }

    static func run(home: String) async throws {
        let daemons = daemons(2, home: home).with { $0.options.lease = .seconds(2) }
        try await withDaemons(daemons) { pool in
            try await pool.ready(2)
            let task = pool.mirai(Gate(home + "/gate"))
            say("daemons " + pool.status.daemons.map { String($0.process) }.joined(separator: " "))
            _ = try await task.value
        }
    }
}

/// Its scripts run here.
private final class SameMachine: RemoteConnector {
    let home: String

    init(home: String) { self.home = home }

    func connect(to host: RemoteHost) async throws(RemoteError) -> any RemoteConnection {
        Connection(host, home)
    }

    private final class Connection: RemoteConnection {
        let host: RemoteHost
        let home: String
        let ownAddress: String? = "127.0.0.1"
        let failure: RemoteError? = nil

        init(_ host: RemoteHost, _ home: String) {
            self.host = host
            self.home = home
        }

        func run(_ line: HayateCluster.CommandLine) async -> CommandAnswer {
            var line = line
            line.environment["HOME"] = home
            return await CommandRunner.run(line)
        }

        func run(script: String, timeLimit: Duration) async -> CommandAnswer {
            var line = HayateCluster.CommandLine(["/bin/sh"])
            line.standardInput = script
            line.timeLimit = timeLimit
            return await run(line)
        }

        func upload(_ content: RemoteContent, to path: String, mode: UInt32) async throws(RemoteError) {
            throw RemoteError(host: host.description, .upload, "nothing is copied in this test")
        }

        func forward(
            _ port: UInt16, on address: String, to local: (host: String, port: UInt16)
        ) async throws(RemoteError) -> UInt16 {
            throw RemoteError(host: host.description, .tunnel, "there are no tunnels in this test")
        }

        func whenEnded(_ body: @escaping @Sendable () -> Void) {}
        func close() async {}
    }
}
