import Glibc
import HayateCluster
import HayateCore
import HayateLaunch
import Testing

@Suite struct CommandRunnerTests {
    private func shell(_ script: String) -> CommandLine { CommandLine(["sh", "-c", script]) }

    @Test("an answer has the end, the output and the errors", arguments: [true, false])
    func wholeAnswer(blocking: Bool) async {
        let line = shell("echo out; echo err >&2; exit 3")
        let answer = blocking ? CommandRunner.runBlocking(line) : await LocalCommands().run(line)
        #expect(answer == CommandAnswer(.process(.exited(code: 3)), output: "out\n", errors: "err\n"))
        #expect(!answer.succeeded)
    }

    @Test("a command reads the script as it is, also one larger than a pipe holds")
    func standardInput() async {
        var line = CommandLine(["cat"])
        line.standardInput = String(repeating: "#SBATCH --comment='雪'\n", count: 20_000)
        let answer = await CommandRunner.run(line)
        #expect(answer.succeeded && answer.output == line.standardInput)
    }

    @Test("a command without input reads nothing, not the terminal")
    func noInput() async {
        #expect(await CommandRunner.run(CommandLine(["cat"])) == CommandAnswer(.process(.exited(code: 0))))
    }

    @Test("a surrounding job's variables are out, the command's own are in, and the language is C")
    func environment() async {
        setenv("HAYATETEST_JOB_ID", "1", 1)
        setenv("HAYATETESTS", "2", 1)
        setenv("HAYATETEST", "3", 1)
        defer { for name in ["HAYATETEST_JOB_ID", "HAYATETESTS", "HAYATETEST"] { unsetenv(name) } }
        var line = CommandLine(["env"])
        line.unset = ["HAYATETEST_*", "HAYATETEST"]
        line.environment = ["HAYATETEST_ROOT": "/opt/a b=c"]
        let lines = await CommandRunner.run(line).output.split(separator: "\n")
        #expect(lines.filter { $0.hasPrefix("HAYATETEST") }.sorted() == [
            "HAYATETESTS=2", "HAYATETEST_ROOT=/opt/a b=c",
        ])
        #expect(lines.filter { $0.hasPrefix("LC_ALL=") } == ["LC_ALL=C"])
    }

    @Test("a command that takes too long is ended with all that it started", arguments: [true, false])
    func timeLimit(blocking: Bool) async throws {
        var line = shell("trap '' TERM; sleep 1000 & echo $!; wait; sleep 1000")
        line.timeLimit = .milliseconds(300)
        let answer = blocking ? CommandRunner.runBlocking(line) : await CommandRunner.run(line)
        #expect(answer.end == .timedOut)
        let child = try #require(pid_t(answer.output.dropLast()))
        #expect(!isAlive(child))
    }

    @Test("cancelling the task that awaits a command does not end the command")
    func cancellation() async {
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await CommandRunner.run(shell("sleep 0.2; echo done"))
        }
        #expect(await task.value == CommandAnswer(.process(.exited(code: 0)), output: "done\n"))
    }

    @Test("what cannot be started is said by name", arguments: [
        (["hayate-no-such-program"], "hayate-no-such-program"), (["/nowhere/sbatch"], "/nowhere/sbatch"),
        (["/etc/passwd"], "/etc/passwd"), ([], "no program"), (["echo", "a\0b"], "NUL"),
    ])
    func notStarted(words: [String], part: String) async {
        for answer in [await CommandRunner.run(CommandLine(words)), CommandRunner.runBlocking(CommandLine(words))] {
            guard case .notStarted(let message) = answer.end else {
                Issue.record("\(answer)")
                continue
            }
            #expect(message.contains(part) && message.hasSuffix("."), "\(message)")
        }
    }

    @Test("a NUL byte in the input or in a variable is refused")
    func nulBytes() async {
        var input = CommandLine(["cat"])
        input.standardInput = "a\0b"
        var variable = CommandLine(["env"])
        variable.environment = ["A": "a\0b"]
        for line in [input, variable] {
            guard case .notStarted(let message) = await CommandRunner.run(line).end else {
                Issue.record("it was started")
                continue
            }
            #expect(message.contains("NUL"))
        }
    }

    @Test("an answer keeps the first 64 MiB, and says so")
    func muchOutput() async {
        let answer = await CommandRunner.run(shell("head -c \(CommandRunner.outputLimit + 5) /dev/zero; echo end >&2"))
        #expect(answer.succeeded && answer.output.utf8.count == CommandRunner.outputLimit)
        #expect(answer.errors.hasPrefix("end\nsh wrote \(CommandRunner.outputLimit + 5) bytes"))
    }

    @Test("bytes that are no UTF-8 do not lose the rest")
    func strangeBytes() async {
        let answer = await CommandRunner.run(shell(#"printf 'a\377b\n'"#))
        #expect(answer.output == "a\u{FFFD}b\n")
    }
}

@Suite struct CommandLeakTests {
    @Test("200 commands leave no descriptor and no process")
    func nothingIsLeft() async throws {
        let mark = "hayate-leak-\(getpid())"
        for round in 0..<200 {
            var line = CommandLine(["sh", "-c", "sleep 1000 & echo $! >&2; echo \(mark)"])
            let starts = round % 10 != 1
            if !starts { line.words[0] = "hayate-no-such-program" }
            line.standardInput = mark
            let answer = round % 4 < 2 ? await CommandRunner.run(line) : CommandRunner.runBlocking(line)
            guard starts else { continue }
            #expect(answer.output == mark + "\n")
            let child = try #require(pid_t(answer.errors.dropLast()))
            #expect(!isAlive(child))
        }
        #expect(Self.memoryFiles(with: mark) == 0)
        // Other tests of this process let go of theirs at any time, and each only for a moment.
        var left = Self.descriptorsOfEndedProcesses()
        for _ in 0..<1000 where !left.isEmpty {
            await Task.yield()
            left.formIntersection(Self.descriptorsOfEndedProcesses())
        }
        #expect(left.isEmpty)
    }

    /// How many descriptors of this process are memory files that begin so.
    private static func memoryFiles(with mark: String) -> Int {
        (0..<4096).count { number in
            var bytes = [UInt8](repeating: 0, count: 64)
            var status = stat()
            guard fstat(Int32(number), &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return false }
            let count = pread(Int32(number), &bytes, bytes.count, 0)
            return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).hasPrefix(mark)
        }
    }

    private static func descriptorsOfEndedProcesses() -> Set<Int> {
        Set((0..<4096).filter { number in
            guard let file = fopen("/proc/self/fdinfo/\(number)", "re") else { return false }
            defer { fclose(file) }
            var bytes = [UInt8](repeating: 0, count: 1024)
            let count = fread(&bytes, 1, bytes.count, file)
            return String(decoding: bytes.prefix(count), as: UTF8.self).contains("\nPid:\t-1\n")
        })
    }
}
