import Glibc
import Hayate
import HayateTestTasks
import Testing

extension RealProcesses {
    /// Several tasks at once at one daemon, by what they ask for.
    @Suite("Resources") struct ResourceTests {
        /// Says how many of its kind run, itself included, and waits until it may end.
        private func counting(_ files: TemporaryDirectory, _ number: Int) -> Command {
            let script = """
                touch run/$0; ls run | wc -l
                until [ -e gate ]; do sleep 0.02; done
                rm run/$0
                """
            return Command("sh", "-c", script, String(number)).directory(files.path)
        }

        private func count(in result: CommandResult) -> Int? {
            Int(result.standardOutput.text.split(separator: "\n").first?.filter { $0 != " " } ?? "")
        }

        private func open(_ path: String) { close(Glibc.open(path, O_CREAT | O_WRONLY, 0o600)) }

        @Test("As many commands run at once as the daemon has processors, and never more")
        func processors() async throws {
            let files = try TemporaryDirectory()
            mkdir(files("run"), 0o700)
            try await withPool(.test(1).resources(DaemonResources(cpus: 8))) { pool in
                let mirais = (0..<20).map { pool.mirai(counting(files, $0)) }
                try await eventually("eight run") { TemporaryDirectory.names(in: files("run")).count == 8 }
                #expect(pool.status.counts.waiting == 12)
                open(files("gate"))
                for mirai in mirais {
                    let result = try await mirai.value
                    #expect(result.succeeded)
                    #expect((1...8).contains(count(in: result) ?? 0))
                }
                #expect(pool.localProcesses.count == 1)
            }
        }

        @Test("Memory is shared out, and a command finds what it was given in its environment")
        func memory() async throws {
            let files = try TemporaryDirectory()
            mkdir(files("run"), 0o700)
            let all = DaemonResources(cpus: 8, gpus: [3, 5], memory: 8 << 30, named: ["licence": 2])
            try await withPool(.test(1).resources(all)) { pool in
                let request = ResourceRequest(memory: 3 << 30)
                let mirais = (0..<6).map { pool.mirai(counting(files, $0), resources: request) }
                try await eventually("two run") { TemporaryDirectory.names(in: files("run")).count == 2 }
                #expect(mirais[5].waitReason == .needsResources(request, exists: true))
                open(files("gate"))
                for mirai in mirais {
                    let result = try await mirai.value
                    #expect((1...2).contains(count(in: result) ?? 0))
                }
                let echo = Command(
                    "sh", "-c",
                    "echo $HAYATE_CPUS $HAYATE_MEMORY $HAYATE_GPUS $CUDA_VISIBLE_DEVICES $HIP_VISIBLE_DEVICES "
                        + "$OMP_NUM_THREADS $HAYATE_RESOURCE_LICENCE")
                let full = ResourceRequest(cpus: 4, gpus: 2, memory: 1 << 30, named: ["licence": 1])
                let said = try await pool.mirai(echo.environment(["OMP_NUM_THREADS": "2"]), resources: full).value
                #expect(said.standardOutput.text == "4 1073741824 3,5 3,5 3,5 2 1\n")
                let none = Command("sh", "-c", "echo $HAYATE_CPUS-${CUDA_VISIBLE_DEVICES-unset}-$OMP_NUM_THREADS")
                #expect(try await pool.mirai(none).value.standardOutput.text == "1--1\n")
                let given = try await pool.mirai(WhatIWasGiven(), resources: ResourceRequest(cpus: 3, gpus: 1)).value
                #expect(given?.cpus == 3 && given?.gpus == [3])
                let tooMuch = pool.mirai(Add(1, 2), resources: ResourceRequest(cpus: 9))
                try await eventually("the pool says so") { pool.status.stalled?.contains("9 processors") == true }
                tooMuch.stop()
            }
        }

        @Test("No graphics processor is given to two commands at the same moment")
        func graphicsProcessors() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(1).resources(DaemonResources(cpus: 8, gpus: [0, 1, 2]))) { pool in
                // Making a directory fails for whoever comes second.
                let script = "for g in $(echo $HAYATE_GPUS | tr , ' '); do mkdir gpu$g || exit 9; done; sleep 0.02; "
                    + "for g in $(echo $HAYATE_GPUS | tr , ' '); do rmdir gpu$g; done"
                let command = Command("sh", "-c", script).directory(files.path)
                let mirais = (0..<24).map { pool.mirai(command, resources: ResourceRequest(gpus: 1 + $0 % 2)) }
                for mirai in mirais {
                    let exit = try await mirai.value.exit
                    #expect(exit == .exited(code: 0))
                }
            }
        }

        @Test("When the daemon is killed, all that ran there starts again")
        func killed() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(1).resources(DaemonResources(cpus: 3))) { pool in
                let script = "echo $$ > started.$0.$HAYATE_ATTEMPT; until [ -e gate ]; do sleep 0.02; done; "
                    + "echo $HAYATE_ATTEMPT"
                let mirais = (0..<3).map {
                    pool.mirai(Command("sh", "-c", script, String($0)).directory(files.path))
                }
                for number in 0..<3 { try await appears(files("started.\(number).1")) }
                let processes = try (0..<3).map { try number(in: files("started.\($0).1")) }
                kill(try #require(pool.localProcesses.first), SIGKILL)
                try await eventually("its commands end with it") { !processes.contains { isAlive($0) } }
                open(files("gate"))
                for mirai in mirais {
                    let said = try await mirai.value.standardOutput.text
                    #expect(said == "2\n")
                }
            }
        }

        @Test("A stopped command ends by itself, and its place is taken by the next")
        func stopping() async throws {
            let files = try TemporaryDirectory()
            mkdir(files("run"), 0o700)
            try await withPool(.test(1).resources(DaemonResources(cpus: 2))) { pool in
                let mirais = (0..<3).map { pool.mirai(counting(files, $0)) }
                try await appears(files("run/0"))
                try await appears(files("run/1"))
                #expect(mirais[0].stop())
                try await appears(files("run/2"))
                open(files("gate"))
                #expect(try await mirais[1].value.succeeded)
                #expect(try await mirais[2].value.succeeded)
            }
        }

        @Test("A task beside others submits none, and says why")
        func children() async throws {
            try await withPool(.test(1).resources(DaemonResources(cpus: 2))) { pool in
                let error = try await failure(of: pool.mirai(SumOfChildren(3)))
                #expect(error.message.contains("runs beside others"))
                #expect(try await pool.map((0..<100).map { Add($0, 1) }).collect().count == 100)
            }
        }

        @Test("What a daemon cannot have is refused with a sentence")
        func invalid() async throws {
            for daemons in [
                Daemons.test(1).resources(DaemonResources(named: ["two words": 1])),
                .test(1).resources(DaemonResources()).withoutDispatcher(),
                .synchronous.resources(DaemonResources()),
            ] {
                let error = await #expect(throws: HayateError.self) { try await withDaemons(daemons) { _ in } }
                #expect(error?.code == .invalidArgument)
            }
        }
    }
}
