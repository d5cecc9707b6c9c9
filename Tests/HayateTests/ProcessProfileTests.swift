import Glibc
import Hayate
import HayateTestTasks
import Testing

extension RealProcesses {
    @Suite("Profiles of the process") struct ProcessProfileTests {
        @Test("A: without daemons nothing is set, and what needs daemons says so")
        func nothingIsSet() async throws {
            #expect(!Profile.isSet())
            #expect(Profile.names.isEmpty)
            #expect(Profile.current == "default")
            #expect(await !Profile.reset())
            #expect(throws: HayateError.self) { try Profile.require() }
            let map = #expect(throws: HayateError.self) { try Hayate.map([Add(1, 2)]) }
            #expect(map?.code == .noSuchProfile)
            let everywhere = await #expect(throws: HayateError.self) {
                try await Hayate.everywhere(Add(1, 2))
            }
            #expect(everywhere?.code == .noSuchProfile)
            // The tests' own program was not entered: it cannot be a daemon.
            let ephemeral = #expect(throws: HayateError.self) { try mirai(Add(1, 2)) }
            #expect(ephemeral?.code == .notEntered)
            #expect(try await race([Mirai<Int>]()) == nil)
            await #expect(throws: HayateError.self) { try await Profile.using("gpu") {} }
        }

        @Test("A: numbers and addresses that mean nothing are named", arguments: [
            (Daemons.local(-1), "zero or greater, and is -1"),
            (.listening(at: "nonsense"), "\"nonsense\" has no scheme"),
            (.listening(at: "tls+tcp://127.0.0.1:0").keyFile("/nonexistent/key"), "/nonexistent/key"),
            (.listening(at: "ftp://x"), "ftp:// of \"ftp://x\" is unknown"),
            (.local(1).autoExit(.never), "give the pool a url"),
            (.local(1).idleTime(.seconds(-1)), "idleTime must not be negative"),
        ])
        func badSettings(daemons: Daemons, says: String) async throws {
            let error = #expect(throws: HayateError.self) { try Pool(daemons) }
            #expect(error?.message.contains(says) == true, "\(error?.message ?? "")")
            await #expect(throws: HayateError.self) { try await Profile.set(daemons, "bad") }
            #expect(!Profile.isSet("bad"))
        }

        @Test func setReplaceAndReset() async throws {
            let first = try await Profile.set(.test(1))
            #expect(try Pool.current() === first)
            #expect(await Task.detached { Profile.isSet() }.value, "for the whole process")
            #expect(try await mirai(Add(1, 2)).value == 3)
            #expect(try await Hayate.map([Add(1, 2), Add(3, 4)]).collect() == [3, 7])
            #expect(try await Hayate.everywhere(Add(1, 2)).count == 1)
            let process = try #require(first.localProcesses.first)

            // What it still had ends with it, queued or running.
            let files = try TemporaryDirectory()
            let running = try mirai(Gate(files("gate")))
            let queued = try mirai(WhereAmI())
            try await appears(files("gate.started"))
            let second = try await Profile.set(.test(1))
            #expect(try await failure(of: running).code == .closed)
            #expect(try await failure(of: queued).code == .closed)
            #expect(!isAlive(process))
            #expect(try Pool.current() === second)

            // A bad one does not cost the good one.
            await #expect(throws: HayateError.self) { try await Profile.set(.local(-2)) }
            #expect(try Pool.current() === second)
            #expect(await Profile.reset())
            #expect(await !Profile.reset())
            #expect(!Profile.isSet())
        }

        @Test("E: switching a profile for a scope affects that scope only")
        func switching() async throws {
            let pool = try await Profile.set(.test(1), "new")
            #expect(!Profile.isSet(), "the default profile stays unset")
            #expect(Profile.names == ["new"])
            try await Profile.using("new") { () async throws in
                #expect(Profile.current == "new")
                #expect(try Pool.current() === pool)
                #expect(try await mirai(Add(1, 2)).value == 3)
                // Resetting what is current resets it by its name.
                #expect(try Profile.require() === pool)
            }
            #expect(Profile.current == "default")
            #expect(throws: HayateError.self) { try Pool.current() }
            try await withPool(.test(0)) { inner async throws in
                #expect(Profile.names == ["default", "new"])
                #expect(try Pool.current() === inner)
                #expect(try await mirai(Add(1, 2), profile: "new").value == 3)
            }
            try await Profile.using("new") { () async throws in
                #expect(await Profile.reset())
                // It was switched to by name: no task runs anywhere else in silence.
                let error = #expect(throws: HayateError.self) { try mirai(Add(1, 2)) }
                #expect(error?.code == .noSuchProfile)
            }
        }

        @Test("mirai's defect: an unknown profile runs an ephemeral process in silence")
        func unknownProfile() async throws {
            for fallback in Fallback.allCases {
                let error = #expect(throws: HayateError.self) {
                    try mirai(Add(1, 2), profile: "gpu", fallback: fallback)
                }
                #expect(error?.code == .noSuchProfile)
                #expect(error?.message.contains("\"gpu\"") == true)
            }
        }

        @Test("C, mirai's wish 13: ephemeral daemons, and tasks in this process where none are set")
        func ephemeral() async throws {
            let files = try TemporaryDirectory()
            let program = try Child(Program.testDaemon, ["profiles", files.path])
            try await program.isOver(within: .seconds(60))
            #expect(program.exit == .exited(code: 0))
            let place = try #require(program.line("ephemeral"))
            #expect(place.first == "true")
            let process = try #require(place.last.flatMap { Int32($0) })
            #expect(!isAlive(process))
            let rest = program.lines.filter { !$0.hasPrefix("ephemeral") }
            #expect(rest == [
                "inside true outside false", "many 210", "processes 5", "late stop false", "stop true",
                "stopped cancelled", "late timedOut", "lost daemonLost", "sequential true",
                "asked noSuchProfile", "error noSuchProfile", "children 0", "detached true", "set 7",
                "reset true false", "done",
            ])
        }
    }
}
