import Glibc
import Hayate
import HayateTestTasks
import Testing

extension RealProcesses {
    @Suite("Settings of daemons") struct SettingsTests {
        @Test("F: a pool at a URL that waits for daemons")
        func atAURL() async throws {
            try await withPool(.testListening()) { pool async throws in
                let status = pool.status
                #expect(status.url == pool.url)
                let info = status.info
                #expect([info.connections, info.cumulative, info.awaiting, info.executing] == [0, 0, 0, 0])
                #expect(info.completed == 0)
                #expect(status.stalled == nil)
            }
        }

        @Test("N: a daemon by hand leaves after two tasks; the third waits for another")
        func byHand() async throws {
            try await withPool(.testListening()) { pool async throws in
                let first = try Child.daemon(pool.url, ["--maxtasks", "2"])
                let mirais = (0..<3).map { _ in pool.mirai(WhereAmI()) }
                for mirai in mirais.prefix(2) { #expect(try await mirai.value.process == first.pid) }
                try await first.isOver()
                try await eventually("it is gone") { pool.info.connections == 0 }
                #expect(!mirais[2].isResolved)
                #expect(mirais[2].waitReason == .noDaemons)
                #expect(pool.info.awaiting == 1)
                let second = try Child.daemon(pool.url, ["--idletime", "5s", "--walltime", "500ms"])
                #expect(try await mirais[2].value.process == second.pid)
                try await second.isOver()
                #expect(pool.info.cumulative == 2)
                #expect(pool.info.completed == 3)
            }
        }

        @Test("O: stopped tasks have no effect, and the daemon stays")
        func stopping() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(1)) { pool async throws in
                try await pool.ready()
                let running = pool.mirai(AppendLine(files("log"), "running", pauseMilliseconds: 60_000))
                let queued = pool.mirai(AppendLine(files("log"), "queued"))
                try await eventually("it runs") { pool.info.executing == 1 }
                #expect(queued.stop() && running.stop())
                #expect(!queued.stop() && !running.stop())
                let many = (0..<10).map {
                    pool.mirai(AppendLine(files("log"), "\($0)", pauseMilliseconds: 60_000))
                }
                for mirai in many { #expect(mirai.stop()) }
                #expect(try await pool.mirai(Add(1, 2)).value == 3)
                #expect(SignalFile.lines(files("log")).isEmpty)
                for _ in 0..<25 {
                    await #expect(throws: HayateError.self) {
                        try await pool.map((0..<5).map { FailingAt($0, divisor: 1) }).collect()
                    }
                }
                #expect(try await pool.mirai(Add(1, 2)).value == 3)
                #expect(pool.info.connections == 1)
                #expect(pool.info.cumulative == 1)
            }
        }

        @Test("P: the numbers add up after ten thousand tasks, looked at all the time")
        func numbers() async throws {
            for daemons in [Daemons.test(4), .test(4).withoutDispatcher()] {
                try await withPool(daemons) { pool async throws in
                    try await pool.ready()
                    #expect(try await pool.everywhere(Add(0, 0)).count == 4)
                    var mirais: [Mirai<Int>] = []
                    for number in 0..<10_000 {
                        mirais.append(pool.mirai(Add(number, 1)))
                        let info = pool.info
                        #expect(info.awaiting >= 0 && info.executing >= 0 && info.executing <= 4)
                        #expect(info.awaiting + info.executing + info.completed == 4 + number + 1)
                    }
                    for (number, mirai) in mirais.enumerated() {
                        #expect(try await mirai.value == number + 1)
                    }
                    let info = pool.info
                    #expect([info.connections, info.cumulative] == [4, 4])
                    #expect([info.awaiting, info.executing, info.completed] == [0, 0, 10_004])
                }
            }
        }

        @Test("Daemons that stay are taken by the next host at their URL, and end with endingAll")
        func staying() async throws {
            let files = try TemporaryDirectory()
            let url = "ipc://" + files("socket")
            let daemons = Daemons.test(1).with { $0.url = url }.autoExit(.never)
            let first = try await Profile.set(daemons, "staying")
            try await first.ready()
            let process = try #require(first.localProcesses.first)
            let gate = first.mirai(Gate(files("gate")))
            try await appears(files("gate.started"))
            #expect(await Profile.reset("staying"))
            #expect(try await failure(of: gate).code == .closed)
            try await appears(files("gate.cancelled"))
            #expect(isAlive(process))

            // Twice: the second time it has no launcher any more.
            for _ in 0..<2 {
                let next = try await Profile.set(.testListening(at: url), "staying")
                #expect(try await next.mirai(WhereAmI()).value.process == process)
                #expect(await Profile.reset("staying"))
                #expect(isAlive(process))
            }
            let last = try await Profile.set(.testListening(at: url), "staying")
            try await last.ready()
            #expect(await Profile.reset("staying", endingAll: true))
            try await eventually("it has ended") { !isAlive(process) }
        }

        @Test("Pools end their own daemons with endingAll, also those that would stay")
        func endingAll() async throws {
            let files = try TemporaryDirectory()
            let daemons = Daemons.test(2).with { $0.url = "ipc://" + files("socket") }.autoExit(.never)
            let pool = try Pool(daemons)
            try await pool.ready()
            let processes = pool.localProcesses
            await pool.close(endingAll: true)
            for process in processes { #expect(!isAlive(process)) }
        }

        @Test("Daemons that may finish their task do so when the pool is closed")
        func afterTask() async throws {
            let files = try TemporaryDirectory()
            let pool = try Pool(.test(1).autoExit(.afterTask))
            let gate = pool.mirai(Gate(files("gate")))
            let next = pool.mirai(AppendLine(files("next"), "started"))
            try await appears(files("gate.started"))
            let process = try number(in: files("gate.started"))
            await pool.close()
            #expect(try await failure(of: gate).code == .closed)
            #expect(try await failure(of: next).code == .closed)
            #expect(isAlive(process))
            try SignalFile.write(files("gate.release"))
            try await appears(files("gate.finished"))
            try await eventually("then it leaves") { !isAlive(process) }
            #expect(!SignalFile.exists(files("next")))
        }

        @Test("What tasks print is collected, or dropped")
        func output() async throws {
            try await withPool(.test(1)) { pool async throws in
                let mirai = pool.mirai(Printing(output: "hello"))
                _ = try await mirai.value
                #expect(mirai.output?.text == "hello")
            }
            try await withPool(.test(1).output(.discarded)) { pool async throws in
                let mirai = pool.mirai(Printing(output: "hello"))
                _ = try await mirai.value
                #expect(mirai.output == nil)
            }
        }

        @Test("A task that does not stop costs its daemon after the pool's grace")
        func stopGrace() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(1).stopGrace(.milliseconds(200))) { pool async throws in
                let stubborn = pool.mirai(Stubborn(started: files("started")))
                try await appears(files("started"))
                let process = try number(in: files("started"))
                #expect(stubborn.stop())
                #expect(try await pool.mirai(WhereAmI()).value.process != process)
                try await eventually("it is gone") { !isAlive(process) }
            }
        }

        @Test("mirai's defect, wish 2: a lost daemon is replaced, and where none comes it is said")
        func lostDaemons() async throws {
            try await withPool(.test(1)) { pool async throws in
                _ = try await failure(of: pool.mirai(Fatal(.exit), retry: .never))
                #expect(try await pool.mirai(Add(1, 2)).value == 3)
                #expect(pool.info.cumulative == 2)
            }
            try await withPool(.testListening()) { pool async throws in
                try pool.launch()
                let error = try await failure(of: pool.mirai(Fatal(.exit), retry: .never))
                #expect(error.exit == .exited(code: 3))
                try await eventually("it is gone") { pool.info.connections == 0 }
                let waiting = pool.mirai(Add(1, 2))
                #expect(waiting.waitReason == .noDaemons)
                let stalled = try #require(pool.status.stalled)
                #expect(stalled.contains("1 tasks wait, no daemon is there"))
                #expect(stalled.contains("exit code 3"))
                try pool.launch()
                #expect(try await waiting.value == 3)
            }
        }
    }
}
