import Glibc
import Hayate
import HayateTestTasks
import Testing

extension RealProcesses {
    @Suite("Between two tasks") struct CleanUpTests {
        private func daemons(_ count: Int = 1) -> Daemons {
            Daemons.test(count).with { $0.environment["HAYATE_TEST_OLD"] = "as launched" }
        }

        @Test("mirai's defect: variables, directory, locale, mask and open files of a task do not survive")
        func nothingSurvivesATask() async throws {
            let files = try TemporaryDirectory()
            try await withPool(daemons()) { pool in
                let before = try await pool.mirai(LookAround()).value
                #expect(before.variables["HAYATE_TEST_OLD"] == "as launched")
                for fails in [false, true, false] {
                    let untidy = Untidy(
                        "changed", directory: files.path, file: files("left"), fails: fails)
                    _ = await pool.mirai(untidy).result
                    #expect(try await pool.mirai(LookAround()).value == before)
                }
            }
        }

        @Test func whatASetUpChangesStays() async throws {
            let files = try TemporaryDirectory()
            try await withPool(daemons()) { pool in
                try await pool.hasDaemons(1)
                let before = try await pool.mirai(LookAround()).value
                let setUp = Untidy("set up", directory: files.path, file: files("left"))
                _ = try await pool.everywhere(setUp).map { try $0.get() }
                let after = try await pool.mirai(LookAround()).value
                #expect(after.variables == ["HAYATE_TEST_NEW": "set up", "HAYATE_TEST_OLD": "set up"])
                #expect(after.directory == files.path)
                #expect(after.locale.contains("UTF-8"))
                #expect(after.mask == 0o077)
                #expect(after.files.count == before.files.count + 4)
                #expect(after.files.contains(files("left")))
                // From now on this is what every task finds.
                _ = try await pool.mirai(Untidy("later", directory: "/", file: files("more"))).value
                #expect(try await pool.mirai(LookAround()).value == after)
                // Later daemons are set up the same way.
                pool.resize(to: 2)
                try await pool.hasDaemons(2)
                for answer in try await pool.everywhere(LookAround()) {
                    #expect(try answer.get().directory == files.path)
                }
            }
        }

        @Test func aSetUpThatFailsLeavesNothing() async throws {
            let files = try TemporaryDirectory()
            try await withPool(daemons()) { pool in
                try await pool.hasDaemons(1)
                let before = try await pool.mirai(LookAround()).value
                let setUp = Untidy("half", directory: files.path, file: files("left"), fails: true)
                _ = try await pool.everywhere(setUp)
                #expect(try await pool.mirai(LookAround()).value == before)
            }
        }

        @Test func cleaningUpCanBeLeftOut() async throws {
            let files = try TemporaryDirectory()
            let untidy = Untidy("kept", directory: files.path, file: files("left"))
            try await withPool(daemons().cleanUp([])) { pool in
                _ = try await pool.mirai(untidy).value
                let after = try await pool.mirai(LookAround()).value
                #expect(after.variables == ["HAYATE_TEST_NEW": "kept", "HAYATE_TEST_OLD": "kept"])
                #expect(after.directory == files.path)
                #expect(after.mask == 0o077)
                #expect(after.files.contains(files("left")))
            }
            try await withPool(daemons().cleanUp([.directory, .files])) { pool in
                let before = try await pool.mirai(LookAround()).value
                _ = try await pool.mirai(untidy).value
                let after = try await pool.mirai(LookAround()).value
                #expect(after.variables["HAYATE_TEST_NEW"] == "kept")
                #expect(after.locale != before.locale)
                #expect(after.directory == before.directory)
                #expect(after.files == before.files)
                #expect(after.mask == before.mask)
            }
        }

        @Test func aFileBehindAGapIsFoundSoon() async throws {
            let files = try TemporaryDirectory()
            try await withPool(daemons()) { pool in
                _ = try await pool.mirai(LookAround()).value
                _ = try await pool.mirai(LeavesAGap(files("left"))).value
                try await eventually("it is closed") {
                    try await !pool.mirai(LookAround()).value.files.contains(files("left"))
                }
            }
        }

        @Test func stateSurvivesInItsDaemonAndNoFurther() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(2)) { pool in
                try await pool.hasDaemons(2)
                #expect(try await pool.everywhere(Expensive(files("made"))).count == 2)
                for _ in 0..<20 { #expect(try await pool.mirai(Expensive(files("made"))).value == 6) }
                let makers = SignalFile.lines(files("made"))
                #expect(makers.count == 2)
                #expect(Set(makers) == Set(pool.localProcesses.map { "\($0)" }))
                let answers = try await pool.everywhere(Forgetful()).map { try $0.get() }
                #expect(answers == [true, true])
            }
            try await withPool(.test(1)) { pool async throws in
                #expect(try await pool.mirai(Forgetful()).value == false)
                let log = AddsToOpenFile(files("log"))
                for count in 1...3 { #expect(try await pool.mirai(log).value == 5 * count) }
            }
        }

        @Test("mirai's defect: a daemon outlives a task that closes its standard streams")
        func closedStreamsComeBack() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(1)) { pool in
                let process = try await pool.mirai(WhereAmI()).value.process
                _ = try await pool.mirai(Rough(.closesStreams)).value
                let printing = pool.mirai(Printing(output: "still here", error: "and here"))
                _ = try await printing.value
                #expect(printing.output?.text == "still here")
                #expect(printing.output?.errorText == "and here")
                // A stream that a task led into a file is led back, and the file is left alone.
                _ = try await pool.mirai(Rough(.replacesOutput, files("own"))).value
                let again = pool.mirai(Printing(output: "back again"))
                _ = try await again.value
                #expect(again.output?.text == "back again")
                #expect(SignalFile.lines(files("own")) == ["into the file"])
                #expect(try await pool.mirai(WhereAmI()).value.process == process)
            }
        }

        @Test("mirai's defect: arguments that cannot be read, and pipes that nobody reads, leave the daemon alive")
        func badArgumentsAndClosedPipes() async throws {
            try await withPool(.test(1)) { pool in
                let process = try await pool.mirai(WhereAmI()).value.process
                #expect(try await failure(of: pool.mirai(UnreadableTask())).code == .refused)
                #expect(try await pool.mirai(Rough(.writesToNobody)).value == Int(EPIPE))
                #expect(try await pool.mirai(WhereAmI()).value.process == process)
            }
        }

        @Test("mirai's defect: a daemon that a task ends with exit() is replaced, and nobody waits for ever")
        func exitIsReplaced() async throws {
            try await withPool(.test(1)) { pool in
                for _ in 0..<3 {
                    let error = try await failure(of: pool.mirai(Fatal(.exit), retry: .never))
                    #expect(error.code == .daemonLost)
                    #expect(error.exit == .exited(code: 3))
                    #expect(try await pool.mirai(Add(1, 2)).value == 3)
                }
                try await pool.hasDaemons(1)
            }
        }

        @Test("mirai's defect: a recursion without end is lost, then poisonous, and its daemon replaced")
        func recursionWithoutEnd() async throws {
            try await withPool(.test(1)) { pool in
                let once = try await failure(of: pool.mirai(Rough(.recursion), retry: .never))
                #expect(once.code == .daemonLost)
                #expect(once.signal == SIGSEGV || once.signal == SIGBUS)
                let always = try await failure(of: pool.mirai(Rough(.recursion)))
                #expect(always.code == .poisoned)
                #expect(try await pool.mirai(Add(1, 2)).value == 3)
            }
        }
    }
}
