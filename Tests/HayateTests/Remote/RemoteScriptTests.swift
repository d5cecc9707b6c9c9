@testable import Hayate
import HayateCluster
import HayateLaunch
import HayateTestTasks
import Testing

@Suite("Scripts for other machines") struct RemoteScriptTests {
    @Test("Numbers of launches name machine and launch, and are no other launcher's")
    func launchNumbers() throws {
        for host in [0, 1, 77, RemoteLaunch.mostHosts - 1] {
            for number: UInt64 in [1, 2, 1 << 39] {
                let launch = RemoteLaunch(host: host, number: number)
                #expect(RemoteLaunch(launch.rawValue) == launch)
                #expect(DaemonLaunch(launch.rawValue) == nil)
            }
        }
        #expect(RemoteLaunch(1) == nil)
        #expect(RemoteLaunch(DaemonLaunch(submission: .max >> 2, place: .max).number) == nil)
    }

    @Test("Reports are read past what a login shell says")
    func reports() {
        let report = RemoteReport(
            """
            Welcome to n1!
            hayate-daemon 5 started 0
            hayate-says 7 first  words
            hayate-daemon 7 ended 127
            hayate-says 7 last
            hayate-daemon 8 ended 137
            hayate-daemon 9 none
            hayate-daemon 10 alive 4711
            hayate-daemon x alive
            hayate-daemon 11 ended many
            """)
        #expect(
            report.fates == [
                5: .started, 7: .ended(.exited(code: 127), lastWords: "first  words\nlast"),
                8: .ended(.signalled(number: 9, coreDumped: false), lastWords: ""), 9: .unknown, 10: .alive,
            ])
    }

    @Test("Words of all kinds reach the program as they are, in every shell that is here", arguments: ["sh", "bash"])
    func words(shell: String) async throws {
        let files = try TemporaryDirectory()
        let odd = ["it's", "$HOME", "`id`", "a  b", "*", "\\n", "", "ü"]
        try SignalFile.write(files("program"), "#!/bin/sh\nprintf '<%s>\\n' \"$@\" \"$ODD\" \"$HAYATE_DAEMON_INDEX\"\n")
        let start = RemoteScripts.Start(
            run: "run-0", launches: [(number: 7, index: 3)],
            words: ["/bin/sh", files("program")] + odd + [RemoteScripts.keyFileWord], environment: ["ODD": "o'd\"d $x"],
            key: "# a comment\nhayate-key-1 daemon 00 11\n", linger: 30)
        func run(_ script: String) async -> CommandAnswer {
            var line = CommandLine([shell])
            line.standardInput = script
            line.environment = ["HOME": files.path]
            line.unset = ["HAYATE_STATE"]
            return await CommandRunner.run(line)
        }
        let started = await run(RemoteScripts.start(start))
        #expect(started.succeeded, "\(started)")
        #expect(RemoteReport(started.output).fates == [7: .started])
        let run0 = files(".hayate/hosts/run-0")
        #expect(SignalFile.lines(run0 + "/key") == ["# a comment", "hayate-key-1 daemon 00 11"])
        let looked = await run(RemoteScripts.look(at: [7, 8], of: "run-0"))
        let words = odd + [run0 + "/key", "--launch", "7", "o'd\"d $x", "3"]
        #expect(
            RemoteReport(looked.output).fates == [
                7: .ended(.exited(code: 0), lastWords: words.suffix(8).map { "<\($0)>" }.joined(separator: "\n")),
                8: .unknown,
            ])
        let closed = await run(RemoteScripts.close("run-0", polite: 0))
        #expect(closed.succeeded, "\(closed)")
        #expect(TemporaryDirectory.names(in: files.path) == ["program"])
    }
}
