import Foundation
import HayateTestTasks
import Testing

@testable import Hayate

extension RealProcesses {
    @Suite("Daemons by commands of one's own") struct CommandLaunchTests {
        @Test("Lists of arguments are launches of their own, and without a command nothing is started")
        func lists() async throws {
            try await withPool(.testListening()) { pool async throws in
                let printed = try await pool.launchRemote(2, remote: remoteConfig())
                #expect(printed == (try pool.launchCommands(2)))
                let remote = remoteConfig(command: "/bin/sh", args: [["-c", "."], ["-c", "eval \"$0\"", "."]])
                let started = try await pool.launchRemote(2, remote: remote)
                #expect(started.count == 2)
                #expect(started[1].hasPrefix("/bin/sh -c 'eval \"$0\"' "))
                try await pool.ready(2, timeout: .seconds(30))
                // With quotes for two shells, as often as is said.
                let quoted = remoteConfig(command: "/bin/sh", args: ["-c", "eval eval \"$0\"", "."], quote: true)
                try await pool.launchRemote(2, remote: quoted)
                try await pool.ready(4, timeout: .seconds(30))
                let number = await #expect(throws: HayateError.self) { try await pool.launchRemote(3, remote: remote) }
                #expect(number?.message.contains("the numbers must be the same") == true)
                let noDot = await #expect(throws: HayateError.self) {
                    try await pool.launchRemote(remote: remoteConfig(command: "ssh", args: [["."], ["node17"]]))
                }
                #expect(noDot?.message.contains("\".\" must be one of the words") == true)
                #expect(noDot?.message.hasSuffix("ssh node17") == true)
                #expect(pool.info.connections == 4)
            }
        }

        @Test("The commands to paste start daemons as they stand, also without the home directory")
        func pasted() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.testListening()) { pool async throws in
                let commands = try pool.launchCommands(2)
                var children = try commands.map { try Child("/usr/bin/env", ["-i", "/bin/sh", "-c", $0]) }
                try await pool.ready(2, timeout: .seconds(30))
                let key = try #require(pool.daemonKeyFile)
                let command = try pool.launchCommands(1, key: .standardInput)[0]
                #expect(!command.contains(key))
                let elsewhere = ["HOME": files("home"), "HAYATE_KEYS": files("keys")]
                children.append(
                    try Child("/bin/sh", ["-c", "cat '\(key)' | sh -c \"$0\"", command], environment: elsewhere))
                try await pool.ready(3, timeout: .seconds(30))
                await pool.close()
                for child in children { try await child.isOver() }
            }
        }

        @Test("The line that the program prints starts a daemon as it stands, wherever the key is")
        func printed() async throws {
            let files = try TemporaryDirectory()
            let map = try Child(
                Program.hayate, ["map", "-n", "0", "--listen", "tcp://[::1]:0", "echo", "got", "{}", ":::", "1", "2"],
                environment: ["HAYATE_KEYS": files("a 'key' place")])
            try await eventually("the line is there") { map.lines.contains { $0.contains("; to join: ") } }
            let line = try #require(map.lines.first { $0.contains("; to join: ") })
            let command = try #require(line.range(of: "; to join: ").map { String(line[$0.upperBound...]) })
            let daemon = try Child(
                "/usr/bin/env", ["-i", "PATH=\(Program.directory):/usr/bin:/bin", "/bin/sh", "-c", command])
            try await map.isOver()
            #expect(map.exit == .exited(code: 0))
            #expect(Set(map.lines).isSuperset(of: ["got 1", "got 2"]))
            try await daemon.isOver()
        }
    }
}
