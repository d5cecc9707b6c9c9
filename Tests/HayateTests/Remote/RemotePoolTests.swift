import Glibc
@testable import Hayate
import HayateLaunch
import HayateTestTasks
import Testing

extension RealProcesses {
    @Suite("Pools on other machines") struct RemotePoolTests {
        @Test("500 elements over two machines with two daemons each, direct")
        func mapsDirectly() async throws {
            let machines = try TestMachines()
            try await machines.withPool(machines.daemons(["n1", "n2"], 2)) { pool in
                #expect(pool.url.hasPrefix("tls+tcp://0.0.0.0:"))
                #expect(try await pool.map(0..<500, { Add($0, 1) }).collect() == Array(1...500))
                try await pool.hasDaemons(4)
                #expect(pool.homes.values.sorted() == ["n1", "n1", "n2", "n2"])
                #expect(pool.info.cumulative == 4)
            }
        }

        @Test("500 elements through tunnels, with a pool that listens on loopback alone")
        func mapsThroughTunnels() async throws {
            let machines = try TestMachines()
            // Nobody needs the address then.
            machines["n1"].hideOwnAddress()
            try await machines.withPool(machines.daemons(["n1", "n2"], 2).tunnelled()) { pool in
                #expect(pool.url.hasPrefix("tls+tcp://127.0.0.1:"))
                #expect(try await pool.map(0..<500, { Add($0, 1) }).collect() == Array(1...500))
                try await pool.hasDaemons(4)
                #expect(pool.homes.values.sorted() == ["n1", "n1", "n2", "n2"])
                let own = String(pool.url.split(separator: ":").last ?? "")
                for process in pool.homes.keys {
                    #expect(!ProcessList.words(process).contains { $0.hasSuffix(":\(own)") })
                }
            }
        }

        @Test("Two pools use the same machines at a time")
        func twoPools() async throws {
            let machines = try TestMachines()
            let daemons = machines.daemons(["n1", "n2"], 1).tunnelled()
            try await machines.withPool(daemons) { one in
                try await withDaemons(daemons) { other in
                    async let first = one.map(0..<100, { Add($0, 1) }).collect()
                    async let second = other.map(0..<100, { Add($0, 2) }).collect()
                    #expect(try await first == Array(1...100))
                    #expect(try await second == Array(2...101))
                    try await one.hasDaemons(2)
                    try await other.hasDaemons(2)
                    #expect(Set(one.homes.keys).isDisjoint(with: other.homes.keys))
                }
                // The end of one is nothing to the other.
                #expect(try await one.map(0..<100, { Add($0, 1) }).collect() == Array(1...100))
                #expect(one.info.cumulative == 2)
            }
        }

        @Test("The key is in a file of mode 0600 and in no argument and no variable")
        func keyIsNotSeen() async throws {
            let machines = try TestMachines()
            try await machines.withPool(machines.daemons(["n1"], 2).tunnelled()) { pool in
                let keyFile = try #require(pool.daemonKeyFile)
                let line = try #require(SignalFile.lines(keyFile).first { $0.hasPrefix("hayate-key") })
                let secret = try #require(line.split(separator: " ").last.map(String.init))
                #expect(secret.count == 64)
                var looks = 0
                repeat {
                    looks += 1
                    for process in ProcessList.all {
                        let seen = ProcessList.words(process) + ProcessList.variables(process)
                        #expect(!seen.contains { $0.contains(secret) }, "process \(process)")
                    }
                } while pool.status.daemons.filter { $0.state == .idle }.count < 2 && looks < 10_000
                let hosts = machines["n1"].home + "/.hayate/hosts"
                let run = try #require(TemporaryDirectory.names(in: hosts).first)
                var facts = stat()
                #expect(stat("\(hosts)/\(run)", &facts) == 0 && facts.st_mode & 0o777 == 0o700)
                #expect(stat("\(hosts)/\(run)/key", &facts) == 0 && facts.st_mode & 0o777 == 0o600)
                #expect(SignalFile.lines("\(hosts)/\(run)/key").contains { $0.contains(secret) })
            }
        }

        @Test("All in all so many daemons are wanted, spread evenly")
        func resizes() async throws {
            let machines = try TestMachines()
            try await machines.withPool(machines.daemons(["n1", "n2"], 1)) { pool in
                try await pool.hasDaemons(2)
                pool.resize(to: 3)
                try await pool.hasDaemons(3)
                #expect(pool.homes.values.sorted() == ["n1", "n1", "n2"])
                #expect(try pool.grow(by: 1) == 4)
                try await pool.hasDaemons(4)
                #expect(pool.homes.values.sorted() == ["n1", "n1", "n2", "n2"])
                pool.resize(to: 1)
                try await eventually("one is left") { pool.homes.values.sorted() == ["n1"] }
                try await eventually("the others have ended") {
                    machines.processes.count { $0.contains("--hayate-daemon") && !$0.contains("/keeper ") } == 1
                }
                #expect(try await pool.mirai(Add(1, 2)).value == 3)
            }
        }

        @Test("Daemons that leave after a task each are replaced, and none is missed")
        func replaced() async throws {
            let machines = try TestMachines()
            try await machines.withPool(machines.daemons(["n1", "n2"], 1).tunnelled().maximumTasks(2)) { pool in
                var processes: [Int32] = []
                for _ in 0..<12 { processes.append(try await pool.mirai(WhereAmI()).value.process) }
                #expect(Set(processes).count >= 6)
                #expect(pool.lastFailure == nil)
            }
        }

        @Test("Daemons that left because they were idle are started again when tasks wait")
        func idle() async throws {
            let machines = try TestMachines()
            try await machines.withPool(machines.daemons(["n1"], 1).idleTime(.milliseconds(200))) { pool in
                #expect(try await pool.mirai(Add(1, 2)).value == 3)
                try await eventually("it has left") { pool.status.daemons.isEmpty }
                #expect(try await pool.mirai(Add(3, 4)).value == 7)
                #expect(pool.info.cumulative == 2)
            }
        }

        @Test("A pool that listens where it was told to is dialled there")
        func ownAddress() async throws {
            let machines = try TestMachines()
            machines["n1"].hideOwnAddress()
            let daemons = machines.daemons(["n1"], 1).with { $0.url = "tls+tcp://127.0.0.1:0" }
            try await machines.withPool(daemons) { pool in
                #expect(pool.url.hasPrefix("tls+tcp://127.0.0.1:") && !pool.url.hasSuffix(":0"))
                try await pool.hasDaemons(1)
                #expect(try await pool.mirai(Add(1, 2)).value == 3)
            }
        }

        @Test("Daemons know their place and get the pool's variables")
        func variables() async throws {
            let machines = try TestMachines()
            let daemons = machines.daemons(["n1", "n2"], 2).with { $0.environment["HAYATE_TEST"] = "it's \"so\" $HOME" }
            try await machines.withPool(daemons) { pool in
                try await pool.hasDaemons(4)
                var places: Set<String> = []
                for process in pool.homes.keys {
                    let variables = ProcessList.variables(process)
                    #expect(variables.contains("HAYATE_TEST=it's \"so\" $HOME"))
                    places.formUnion(variables.filter { $0.hasPrefix("HAYATE_DAEMON_INDEX=") })
                }
                #expect(places.sorted() == (0..<4).map { "HAYATE_DAEMON_INDEX=\($0)" })
            }
        }

        @Test("No more machines are connected to at a time than said")
        func connectsInParallel() async throws {
            let machines = try TestMachines()
            let names = (1...6).map { "n\($0)" }
            let daemons = machines.daemons(names).with { $0.remote?.parallel = 2 }
            try await machines.withPool(daemons) { pool in
                try await pool.hasDaemons(6)
                #expect(machines.mostAtOnce == 2)
            }
        }

        @Test("Settings that contradict each other are refused with the remedy")
        func refusesContradictions() throws {
            let machines = try TestMachines()
            let base = machines.daemons(["n1"])
            func message(_ daemons: Daemons) -> String {
                do throws(HayateError) {
                    try daemons.validate()
                    return "accepted"
                } catch {
                    return error.message
                }
            }
            #expect(message(base) == "accepted")
            #expect(message(base.with { $0.url = "ipc:///tmp/x" }).contains("socket of this machine"))
            #expect(message(base.with { $0.url = "tls+tcp://127.0.0.1:0" }.tunnelled()).contains("leave out the url"))
            #expect(message(base.tunnelled().autoExit(.never)).contains("cannot stay for the next host"))
            #expect(message(machines.daemons([])).contains("names of 1 to"))
            #expect(message(machines.daemons(["n1"], 0)).contains("at least 1, and is 0"))
            #expect(message(machines.daemons(["-oProxyCommand=x"])).contains("no name of a machine"))
            #expect(message(base.with { $0.count = 2 }).contains("use one of .remote, .site and .local"))
            #expect(message(base.with { $0.environment["A.B"] = "" }).contains("letters, digits and _"))
        }
    }
}
