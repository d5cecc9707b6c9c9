import Glibc
@testable import Hayate
import HayateCluster
import HayateCore
import HayateDaemon
import HayateLaunch
import HayateTestTasks
import Testing

extension RealProcesses {
    @Suite("Clusters whose scheduler is on another machine") struct FarClusterTests {
        @Test("Jobs are submitted there, their daemons come through relay and tunnel, and nothing is left")
        func wholePath() async throws {
            let site = try FarSite()
            try await site.withPool(site.daemons(4)) { pool in
                try await pool.isReady(4)
                #expect(try await pool.map(0..<200, { Add($0, 1) }).collect() == Array(1...200))
                #expect(pool.url.hasPrefix("tls+tcp://127.0.0.1:"))
                let own = String(pool.url.split(separator: ":").last ?? "")
                let login = site.login.home
                for row in pool.status.daemons {
                    let words = ProcessList.words(Int32(row.process))
                    // They dial the relay, which was chosen by the way to the scheduler's machines.
                    #expect(words.contains { $0.hasPrefix("tls+tcp://127.0.0.1:") } && !words.contains { $0.hasSuffix(":\(own)") })
                    let key = words.firstIndex(of: "--key-file").map { words[$0 + 1] } ?? ""
                    #expect(key.hasPrefix(login + "/.hayate/jobs/"), "\(words)")
                    var status = stat()
                    #expect(stat(key, &status) == 0 && status.st_mode & 0o777 == 0o600)
                    #expect(ProcessList.variables(Int32(row.process)).contains("HOME=\(login)"))
                }
                let place = try await pool.mirai(Command("pwd")).value.standardOutput.text
                #expect(place == login + "\n")
                #expect(pool.allocations?.directory.hasPrefix("login:") == true)
                #expect(FarSite.names("allocations").count == 1)
            }
            #expect(site.login.dials == 1)
        }

        @Test("A scheduler that reads scripts from files finds them there, in the directory that the site names")
        func files() async throws {
            let shared = try TemporaryDirectory()
            let site = try FarSite(
                ["submission: { via: file }"], others: ["  sharedDirectory: \"\(shared.path)\""])
            try await site.withPool(site.daemons(2)) { pool in
                try await pool.isReady(2)
                let run = try #require(TemporaryDirectory.names(in: shared("jobs")).first)
                #expect(TemporaryDirectory.names(in: shared("jobs/\(run)")).contains { $0.hasSuffix(".sh") })
            }
            #expect(TemporaryDirectory.names(in: shared("jobs")) == [])
            rmdir(shared("jobs"))
        }

        @Test("The connection is cut while tasks run: it comes back, and each task has run once")
        func cut() async throws {
            let site = try FarSite()
            let files = try TemporaryDirectory()
            try await site.withPool(site.daemons(2)) { pool in
                try await pool.isReady(2)
                let mirais = (0..<6).map { pool.mirai(AppendLine(files("runs"), "\($0)", pauseMilliseconds: 700)) }
                site.login.cut()
                for mirai in mirais { _ = try await mirai.value }
                #expect(SignalFile.lines(files("runs")).sorted() == (0..<6).map(String.init))
                #expect(pool.status.daemons.count == 2)
                #expect(site.jobs.count == 1)
            }
            #expect(site.login.dials == 2)
        }

        @Test("A relay that was killed is started again where daemons dial, and they come back")
        func relayKilled() async throws {
            let site = try FarSite()
            try await site.withPool(site.daemons(2)) { pool in
                try await pool.isReady(2)
                let run = try #require(site.left.first)
                let place = "\(site.login.home)/.hayate/jobs/\(run)/relay"
                let relay = try #require(SignalFile.lines(place).first.flatMap { RelayAddress(text: $0) })
                kill(relay.process, SIGKILL)
                // As after each cut, it is looked after when the connection is there again.
                site.login.cut()
                try await eventually("another relay listens", within: .seconds(30)) {
                    let now = SignalFile.lines(place).first.flatMap { RelayAddress(text: $0) }
                    return now.map { $0.process != relay.process && $0.port == relay.port } ?? false
                }
                #expect(try await pool.map(0..<50, { Add($0, 1) }).collect() == Array(1...50))
            }
        }

        @Test("Whoever cannot log in is told why, and a pool that is asked again tries again")
        func refused() async throws {
            let site = try FarSite()
            site.login.refuse(RemoteError(host: "login", .authenticate, "no key was taken: add one"))
            try await site.withPool(site.daemons(1)) { pool in
                let mirai = pool.mirai(Add(1, 2))
                guard case .failure(let error) = await mirai.result else {
                    Issue.record("it has a value")
                    return
                }
                #expect(error.message.contains("login: logging in failed: no key was taken: add one"), "\(error)")
                #expect(pool.allocations?.pauseReason?.contains("logging in failed") == true)
                site.login.refuse(nil)
                pool.resize(to: 1)
                let sum = try await pool.mirai(Add(1, 2)).value
                #expect(sum == 3)
            }
        }

        @Test("A login node that is away at first is waited for, and the pool says so")
        func away() async throws {
            let site = try FarSite()
            site.login.goAway()
            try await site.withPool(site.daemons(1)) { pool in
                let mirai = pool.mirai(Add(1, 2))
                try await eventually("somebody tried") { site.login.dials > 1 }
                #expect(!mirai.isResolved)
                #expect(pool.status.stalled?.contains("login") == true, "\(pool.status.stalled ?? "nothing")")
                site.login.refuse(nil)
                #expect(try await mirai.value == 3)
            }
        }

        @Test("Without a connector the remedy is told")
        func noConnector() throws {
            let site = try FarSite()
            #expect {
                _ = try Pool(site.daemons(1).with { $0.connector = nil })
            } throws: { error in
                "\(error)".contains("import HayateSSH") && "\(error)".contains("$0.connector = SSH()")
            }
        }
    }
}

@Suite("Scripts for the other side of a far cluster") struct FarScriptTests {
    private func run(_ script: String, home: String) async -> CommandAnswer {
        var line = CommandLine(["/bin/sh"])
        line.standardInput = script
        line.environment["HOME"] = home
        return await CommandRunner.run(line)
    }

    @Test("Ends of logs come with their lines, those that are not there without")
    func tails() async throws {
        let home = try TemporaryDirectory()
        try SignalFile.write(home("a b.out"), "one\ntwo 'quoted'\n")
        try SignalFile.write(home("long.out"), String(repeating: "x", count: 5000) + "\nend")
        let script = FarScript(directory: ".")
        let said = await run(script.tails(of: [home("a b.out"), home("none.out"), home("long.out")]), home: home.path)
        #expect(script.answers(in: said.output).map(\.word) == ["tail", "tail", "tail", "done"])
        #expect(said.output.contains("two 'quoted'"))
        #expect(said.output.utf8.count < 4000)
    }

    @Test("Logs that somebody may want to read stay, the key goes", arguments: [true, false])
    func removal(hasPrinted: Bool) async throws {
        let home = try TemporaryDirectory()
        let script = FarScript(directory: ".hayate/jobs/1234 abcd")
        let begun = await run(script.begin, home: home.path)
        let place = try #require(script.answer("directory", in: begun.output), "\(begun)")
        #expect(place == home(".hayate/jobs/1234 abcd"))
        try SignalFile.write(place + "/key", "secret")
        try SignalFile.write(place + "/job.out", hasPrinted ? "printed" : "")
        let said = await run(script.remove(.allButLogs), home: home.path)
        #expect(script.answer(hasPrinted ? "kept" : "removed", in: said.output) != nil, "\(said)")
        #expect(TemporaryDirectory.names(in: place) == (hasPrinted ? ["job.out"] : []))
        let again = await run(script.remove(.everything), home: home.path)
        #expect(script.answer("removed", in: again.output) != nil, "\(again)")
        #expect(TemporaryDirectory.names(in: home(".hayate/jobs")) == [])
        let third = await run(script.remove(.everything), home: home.path)
        #expect(script.answer("removed", in: third.output) != nil, "\(third)")
        rmdir(home(".hayate/jobs"))
        rmdir(home(".hayate"))
    }
}
