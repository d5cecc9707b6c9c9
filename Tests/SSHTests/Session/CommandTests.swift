import Glibc
import HayateCluster
import HayateLaunch
import Testing

@testable import HayateSSH

@Suite("Commands on other machines",
    .enabled("OpenSSH can run here") { await SSHTestbed.isPossible() }, .serialized, .sshServers("plain", "few")
)
struct RemoteCommandTests {
    private var servers: SSHTestbed { SSHTestbed.current }

    @Test("a script's answer has its end, its output and its errors") func wholeAnswer() async throws {
        try await servers.withConnection("plain") { connection in
            let answer = await connection.run(script: "echo out; echo err >&2; exit 3", timeLimit: .seconds(20))
            #expect(answer == CommandAnswer(.process(.exited(code: 3)), output: "out\n", errors: "err\n"))
            #expect(!answer.succeeded)
        }
    }

    @Test("what a script runs reads nothing of the script, and nobody sees it among the processes")
    func scriptIsUnseen() async throws {
        try await servers.withConnection("plain") { connection in
            let answer = await connection.run(
                script: "secret=3141592; cat; tr '\\0' ' ' < /proc/$$/cmdline; echo; echo $secret | tr 1 2",
                timeLimit: .seconds(20))
            let lines = answer.output.split(separator: "\n")
            #expect(lines.count == 2 && !lines[0].contains("3141592") && lines[1] == "3242592", "\(answer)")
        }
    }

    @Test("a signal that ended a command is told", arguments: [SIGTERM, SIGKILL, SIGSEGV])
    func signals(number: Int32) async throws {
        try await servers.withConnection("plain") { connection in
            let answer = await connection.run(script: "kill -\(number) $$", timeLimit: .seconds(20))
            guard case .process(.signalled(let found, _)) = answer.end else {
                Issue.record("\(answer)")
                return
            }
            #expect(found == number)
        }
    }

    @Test("10 MB of output arrive whole") func muchOutput() async throws {
        try await servers.withConnection("plain") { connection in
            let answer = await connection.run(script: "seq 1 1400000; seq 1 1400000 >&2", timeLimit: .seconds(60))
            let expected = (1...1_400_000).map { "\($0)\n" }.joined()
            #expect(answer.succeeded && answer.output == expected && answer.errors == expected)
        }
    }

    @Test("a program reads its input as it is", arguments: ["", "a", "x\ny", "'\"$HOME`\\\n\n", "雪 \r\n\u{1}"])
    func input(text: String) async throws {
        try await servers.withConnection("plain") { connection in
            var line = CommandLine(["cat"])
            line.standardInput = text
            #expect(await connection.run(line) == CommandAnswer(.process(.exited(code: 0)), output: text))
        }
    }

    @Test("a program reads input that is longer than all windows") func muchInput() async throws {
        try await servers.withConnection("plain") { connection in
            var line = CommandLine(["cat"])
            line.standardInput = String(repeating: "#SBATCH --comment='雪'\n", count: 400_000)
            let answer = await connection.run(line)
            #expect(answer.succeeded && answer.output == line.standardInput)
        }
    }

    @Test("words arrive as they are") func words() async throws {
        try await servers.withConnection("plain") { connection in
            let words = ["", "a b", "it's", "$HOME", "*", "-n", "\"\\", "line\nbreak", "!x", "雪"]
            let answer = await connection.run(CommandLine(["printf", "%s|"] + words))
            #expect(answer.output == words.map { $0 + "|" }.joined())
        }
    }

    @Test("variables are taken out and put in, and the language is C") func environment() async throws {
        try await servers.withConnection("plain") { connection in
            var line = CommandLine(["sh", "-c", "env | grep -E '^(SSH|HAYATE|LC_ALL|MY)' | sort"])
            line.unset = ["SSH_*", "HAYATE_TESTBED_DAEMON"]
            line.kept = ["SSH_CLIENT"]
            line.environment = ["MY_ROOT": "/opt/a b=c'd", "LC_ALL": "C.UTF-8"]
            let lines = await connection.run(line).output.split(separator: "\n")
            #expect(lines.count == 3 && lines[0] == "LC_ALL=C.UTF-8" && lines[1] == "MY_ROOT=/opt/a b=c'd")
            #expect(lines.last?.hasPrefix("SSH_CLIENT=") == true)
            line.environment = [:]
            #expect(await connection.run(line).output.hasPrefix("LC_ALL=C\n"))
        }
    }

    @Test("what cannot be started is said by name", arguments: [
        (["hayate-no-such-program"], "hayate-no-such-program in PATH on plain"),
        (["/nowhere/sbatch"], "/nowhere/sbatch"),
        (["/etc/passwd"], "/etc/passwd on plain may not be executed"), ([], "no program"), (["echo", "a\0b"], "NUL"),
    ])
    func notStarted(words: [String], part: String) async throws {
        try await servers.withConnection("plain") { connection in
            let answer = await connection.run(CommandLine(words))
            guard case .notStarted(let message) = answer.end else {
                Issue.record("\(answer)")
                return
            }
            #expect(message.contains(part) && message.hasSuffix("."), "\(message)")
        }
    }

    @Test("a program that exits with 127 itself has run") func ownCode() async throws {
        try await servers.withConnection("plain") { connection in
            let answer = await connection.run(CommandLine(["sh", "-c", "exit 127"]))
            #expect(answer.end == .process(.exited(code: 127)))
        }
    }

    @Test("what the start-up files of a shell print is no part of an answer") func noisyShell() async throws {
        // As if the user's shell did so before it runs what it is given.
        let noise = "echo welcome; printf 'no end of line' >&2"
        try await SSHTestbed.with(
            ["--conf", "ForceCommand \(noise); eval \"$SSH_ORIGINAL_COMMAND\"", "plain"]
        ) { servers in
            try await servers.withConnection("plain") { connection in
                let answer = await connection.run(script: "echo out; echo err >&2", timeLimit: .seconds(20))
                #expect(answer == CommandAnswer(.process(.exited(code: 0)), output: "out\n", errors: "err\n"))
                // What the command itself prints is, also if it is the same.
                #expect(await connection.run(script: noise, timeLimit: .seconds(20)).output == "welcome\n")
                #expect(await connection.run(CommandLine(["echo", "x"])).output == "x\n")
            }
        }
    }

    @Test("a command is over when it ends, whatever it has left behind itself") func backgroundChild() async throws {
        try await servers.withConnection("plain") { connection in
            let answer = await connection.run(
                script: "sleep 1000 & echo $!; head -c 300000 /dev/zero | tr '\\0' x; exit 4", timeLimit: .seconds(60))
            #expect(answer.end == .process(.exited(code: 4)))
            let lines = answer.output.split(separator: "\n")
            #expect(lines.count == 2 && lines[1].utf8.count == 300_000)
            let child = try #require(lines.first.flatMap { pid_t($0) })
            #expect(kill(child, SIGKILL) == 0)
        }
    }

    @Test("a command that takes too long is ended with what it runs") func timeLimit() async throws {
        try await servers.withConnection("plain") { connection in
            let answer = await connection.run(script: "echo $$; sleep 1000; echo late", timeLimit: .seconds(3))
            #expect(answer.end == .timedOut)
            let shell = try #require(pid_t(answer.output.dropLast()))
            #expect(try await eventually { kill(shell, 0) != 0 })
        }
    }

    @Test("a command that does not obey is given up") func stubbornCommand() async throws {
        try await servers.withConnection("plain") { connection in
            let answer = await connection.run(
                script: "trap '' TERM; echo $$; while :; do sleep 1; done", timeLimit: .seconds(3))
            #expect(answer.end == .timedOut)
            let shell = try #require(pid_t(answer.output.dropLast()))
            #expect(try await eventually { kill(shell, 0) != 0 })
        }
    }

    @Test("cancelling the task that awaits a command does not end the command") func cancellation() async throws {
        try await servers.withConnection("plain") { connection in
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return await connection.run(script: "sleep 0.2; echo done", timeLimit: .seconds(20))
            }
            #expect(await task.value == CommandAnswer(.process(.exited(code: 0)), output: "done\n"))
        }
    }

    @Test("many commands at a time run on a server that allows few", arguments: ["plain", "few"])
    func manyAtOnce(server: String) async throws {
        try await servers.withConnection(server) { connection in
            let answers = await withTaskGroup(of: (Int, CommandAnswer).self) { group in
                for number in 0..<50 {
                    group.addTask {
                        (number, await connection.run(script: "echo \(number)", timeLimit: .seconds(60)))
                    }
                }
                return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
            for number in 0..<50 {
                #expect(answers[number] == CommandAnswer(.process(.exited(code: 0)), output: "\(number)\n"))
            }
        }
    }
}
