@testable import Hayate
import HayateLaunch
import HayateTestTasks
import Testing

extension RealProcesses {
    @Suite("Daemons that are started once on other machines") struct SSHConfigurationTests {
        private func remote(
            _ machines: TestMachines, _ names: [String], tunnel: Bool = false
        ) -> SSHConfiguration {
            sshConfig(names, tunnel: tunnel, command: .installed(Program.testDaemon), by: machines)
        }

        @Test("So many on one machine, or one on each of several, work for a pool and are gone with it")
        func started() async throws {
            let machines = try TestMachines()
            try await machines.withPool(.listening(at: "tls+tcp://0.0.0.0:0")) { pool in
                try await pool.launchRemote(2, remote: remote(machines, ["n1"]))
                try await pool.ready(2)
                #expect(pool.homes.values.sorted() == ["n1", "n1"])
                try await pool.launchRemote(1, remote: remote(machines, ["n2", "n3"]))
                try await pool.ready(4)
                #expect(pool.homes.values.sorted() == ["n1", "n1", "n2", "n3"])
                #expect(try await pool.map(0..<200, { Add($0, 1) }).collect() == Array(1...200))
            }
        }

        @Test("Through a tunnel the pool listens on loopback alone")
        func tunnelled() async throws {
            let machines = try TestMachines()
            machines["n1"].hideOwnAddress()
            try await machines.withPool(.listening(at: "tls+tcp://127.0.0.1:0")) { pool in
                try await pool.launchRemote(2, remote: remote(machines, ["n1"], tunnel: true))
                try await pool.ready(2)
                #expect(try await pool.map(0..<200, { Add($0, 1) }).collect() == Array(1...200))
            }
        }

        @Test("What cannot be is refused with the remedy, and a machine that fails does not take the others away")
        func refused() async throws {
            let machines = try TestMachines()
            machines["n2"].refuse(RemoteError(host: "n2", .authenticate, "its key is not known"))
            try await machines.withPool(.listening(at: "tls+tcp://0.0.0.0:0")) { pool in
                for (count, configuration, words) in [
                    (3, remote(machines, ["n1", "n2"]), "launch 2, or name one machine"),
                    (1, remote(machines, []), "the name of a machine"),
                    (1, remote(machines, ["-x"]), "no name of a machine"),
                    (1, remote(machines, ["n1"], tunnel: true), "tls+tcp://127.0.0.1:0"),
                    (2, remote(machines, ["n1", "n2"]), "n2: logging in failed: its key is not known"),
                ] {
                    let error = await #expect(throws: HayateError.self) {
                        try await pool.launchRemote(count, remote: configuration)
                    }
                    #expect(error?.message.contains(words) == true, "\(String(describing: error))")
                }
                try await pool.ready(1)
                #expect(Array(pool.homes.values) == ["n1"])
            }
            try await withDaemons(.local(1).with { $0.executable = Program.testDaemon }) { pool in
                let error = await #expect(throws: HayateError.self) {
                    try await pool.launchRemote(remote: remote(machines, ["n1"]))
                }
                #expect(error?.message.contains("is a socket of this machine") == true)
            }
            machines.checkThatNothingIsLeft()
        }
    }
}
