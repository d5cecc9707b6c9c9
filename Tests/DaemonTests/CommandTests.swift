import CSystem
import Glibc
import HayateCore
import HayateDaemon
import Synchronization
import Testing

@Suite struct CommandTests {
    // MARK: how it ends

    @Test(arguments: [Int32(0), 1, 3, 125, 255])
    func `An exit code is a result`(code: Int32) throws {
        let result = try run(shell("exit \(code)"))
        #expect(result.exit == .exited(code: code))
        #expect(result.succeeded == (code == 0))
        #expect(result.pid > 0)
        #expect(result.hint == nil)
    }

    @Test(arguments: ["KILL", "TERM", "SEGV", "ABRT", "XCPU"])
    func `A signal is a result with a hint`(name: String) throws {
        let result = try run(shell("kill -\(name) $$"))
        let number = try #require(SignalName.number(named: name))
        #expect(result.exit == .signalled(number: number, coreDumped: false))
        #expect(try #require(result.hint).contains("SIG\(name)"))
        #expect(!result.succeeded)
    }

    @Test func `A hundred processes killed from outside are told apart from each other`() throws {
        for _ in 0..<100 {
            let stop = try StopSignal()
            // The command tells its own number, and is killed by it once it has.
            let seen = Mutex("")
            let result = try CommandRunner.run(shell("echo $$; exec sleep 1000"), stop: stop) {
                let chunk = String(decoding: $1, as: UTF8.self)
                let text = seen.withLock { text in
                    text += chunk
                    return text
                }
                if text.hasSuffix("\n"), let pid = Int32(text.dropLast()) { kill(pid, SIGKILL) }
            }
            #expect(result.exit == .signalled(number: SIGKILL, coreDumped: false))
            #expect(result.standardOutput.text == "\(result.pid)\n")
            #expect(try #require(result.hint).contains("memory"))
            #expect(!result.wasStopped)
        }
    }

    @Test func `What a shell says of its own failures has a hint`() throws {
        let missing = try run(shell("hayate-has-no-such-program"))
        #expect(missing.exit == .exited(code: 127))
        #expect(try #require(missing.hint).contains("cannot find"))
        let killed = try run(shell("sh -c 'kill -KILL $$'; exit $?"))
        #expect(killed.exit == .exited(code: 137))
        #expect(try #require(killed.hint).contains("SIGKILL"))
    }

    // MARK: what it does not start

    private func failure(of command: Command) -> CommandError? {
        do throws(CommandError) {
            _ = try CommandRunner.run(command, stop: StopSignal())
            return nil
        } catch {
            return error
        }
    }

    @Test func `A program that is not there is named`() throws {
        let error = try #require(failure(of: Command("hayate-has-no-such-program")))
        #expect(error.code == .programNotFound)
        #expect(error.description.contains("hayate-has-no-such-program"))
        let path = try #require(failure(of: Command("/nowhere/program")))
        #expect(path.code == .programNotFound)
        #expect(path.description.contains("/nowhere/program"))
    }

    @Test func `A file that may not be executed is named`() throws {
        let directory = try TemporaryDirectory()
        let script = try directory.write("script", "#!/bin/sh\nexit 0\n")
        let error = try #require(failure(of: Command(script)))
        #expect(error.code == .notExecutable)
        #expect(error.errorNumber == EACCES)
        #expect(error.description.contains("chmod +x"))
        let found = try #require(
            failure(of: Command("script").environment(["PATH": directory.path])))
        #expect(found.code == .notExecutable)
        #expect(found.subject == script)
    }

    @Test func `A script without a first line, or with a wrong one, is told`() throws {
        let directory = try TemporaryDirectory()
        let bare = try directory.write("bare", "exit 0\n", mode: 0o755)
        let error = try #require(failure(of: Command(bare)))
        #expect(error.errorNumber == ENOEXEC)
        #expect(error.description.contains("#!/bin/sh"))
        let wrong = try directory.write("wrong", "#!/nowhere/sh\nexit 0\n", mode: 0o755)
        let interpreter = try #require(failure(of: Command(wrong)))
        #expect(interpreter.code == .notExecutable)
        #expect(interpreter.description.contains("interpreter"))
    }

    @Test func `A directory or file that cannot be opened is named`() throws {
        let directory = try #require(failure(of: Command("true").directory("/nowhere")))
        #expect(directory.code == .directory)
        #expect(directory.description.contains("/nowhere"))
        let input = try #require(
            failure(of: Command("true").standardInput(.file("/nowhere/input"))))
        #expect(input.code == .file)
        #expect(input.description.contains("/nowhere/input"))
        let output = try #require(
            failure(of: Command("true").standardOutput(.file("/nowhere/output"))))
        #expect(output.code == .file)
    }

    @Test func `What no system could run is refused`() throws {
        #expect(failure(of: Command([]))?.code == .invalid)
        #expect(failure(of: Command(""))?.code == .invalid)
        #expect(failure(of: Command("true", "a\0b"))?.code == .invalid)
        #expect(failure(of: Command("true").environment(["A=B": "1"]))?.code == .invalid)
        #expect(failure(of: Command("true").niceness(.max))?.code == .invalid)
        let long = String(repeating: "x", count: 4 << 20)
        let error = try #require(failure(of: Command("true", long)))
        #expect(error.errorNumber == E2BIG)
        #expect(error.description.contains("too long"))
    }

    @Test func `A failed start leaves neither process nor descriptor`() throws {
        let before = openProcessDescriptors()
        for _ in 0..<200 { #expect(failure(of: Command("/etc/passwd")) != nil) }
        #expect(openProcessDescriptors() < before + 100)
        #expect(becomesTrue { zombieLeaders() == 0 })
    }

    // MARK: what it sees

    @Test func `The environment is inherited, overridden or cleared`() throws {
        let added = try run(shell("echo $HAYATE_A:$HOME").environment(["HAYATE_A": "x y"]))
        let home = getenv("HOME").map { String(cString: $0) } ?? ""
        #expect(added.standardOutput.text == "x y:\(home)\n")
        let replaced = try run(Command("env").environment(["HOME": "/other"]))
        let lines = replaced.standardOutput.text.split(separator: "\n")
        #expect(lines.filter { $0.hasPrefix("HOME=") } == ["HOME=/other"])
        let cleared = try run(Command("env").environment(["ONLY": "1"], clearing: true))
        #expect(cleared.standardOutput.text == "ONLY=1\n")
    }

    @Test func `The program is looked up in the command's own PATH`() throws {
        let directory = try TemporaryDirectory()
        _ = try directory.write("hayate-probe", "#!/bin/sh\necho found\n", mode: 0o755)
        let path = directory.path + ":/usr/bin:/bin"
        let result = try run(Command("hayate-probe").environment(["PATH": path]))
        #expect(result.standardOutput.text == "found\n")
        let relative = try run(
            Command("hayate-probe").environment(["PATH": ".:/usr/bin:/bin"])
                .directory(directory.path))
        #expect(relative.standardOutput.text == "found\n")
    }

    @Test func `Directory and files are those of the command`() throws {
        let directory = try TemporaryDirectory()
        _ = try directory.write("input", "from a file\n")
        let command = shell("pwd -P; cat; echo oops >&2").directory(directory.path)
            .standardInput(.file("input")).standardOutput(.file("all"))
            .standardError(.file("all"))
        let result = try run(command)
        #expect(result.succeeded)
        #expect(result.standardOutput.totalCount == 0)
        let all = String(decoding: try contents(of: directory.path + "/all"), as: UTF8.self)
        #expect(all == "\(directory.path)\nfrom a file\noops\n")
        try run(Command("echo", "more").directory(directory.path).standardOutput(.append("all")))
        #expect(try contents(of: directory.path + "/all").count == all.utf8.count + 5)
    }

    @Test func `Signals are as in a fresh process and no descriptor leaks in`() throws {
        let before = signal(SIGUSR1, SIG_IGN)
        let leak = open("/dev/null", O_RDONLY)
        defer {
            signal(SIGUSR1, before)
            close(leak)
        }
        let status = try run(Command("cat", "/proc/self/status")).standardOutput.text
        let lines = status.split(separator: "\n")
        for field in ["SigBlk", "SigIgn", "SigCgt"] {
            #expect(lines.contains("\(field):\t0000000000000000"))
        }
        let descriptors = try run(Command("ls", "/proc/self/fd")).standardOutput.text
        // The fourth is the directory that ls itself reads.
        #expect(descriptors == "0\n1\n2\n3\n")
    }

    @Test func `Niceness and limits reach the program`() throws {
        let nice = try run(Command("nice").niceness(3)).standardOutput.text
        let own = getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)
        #expect(nice == "\(min(19, own + 3))\n")
        let command = shell("ulimit -v; ulimit -t; ulimit -n; ulimit -c").limits {
            $0.addressSpaceBytes = 512 << 20
            $0.processorSeconds = 7
            $0.openFiles = 64
        }
        #expect(try run(command).standardOutput.text == "524288\n7\n64\n0\n")
        // More than a program of 64 MiB can keep: `tail` of a line without end.
        let starved = try run(
            shell("head -c 300000000 /dev/zero | tail -n 1 | wc -c").limits {
                $0.addressSpaceBytes = 64 << 20
            })
        #expect(starved.standardError.text.contains("memory"))
        let spinning = try run(shell("while :; do :; done").limits { $0.processorSeconds = 1 })
        #expect(spinning.exit == .signalled(number: SIGXCPU, coreDumped: false))
        #expect(try #require(spinning.hint).contains("processor seconds"))
        #expect(spinning.userNanoseconds + spinning.systemNanoseconds > 500_000_000)
    }

    @Test func `Usage is that of the program`() throws {
        let result = try run(shell("i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done"))
        let processor = result.userNanoseconds + result.systemNanoseconds
        #expect(processor > 0)
        #expect(processor <= result.wallNanoseconds + 100_000_000)
        #expect(result.peakMemoryBytes > 100_000)
        // A program as small as this is covered by the size of the test process itself.
        #expect(result.peakMemoryIsBound)
        let large = try run(
            shell("head -c 400000000 /dev/zero | tail -n 1 | wc -c").standardError(.discard))
        #expect(large.standardOutput.text == "400000000\n")
        #expect(large.peakMemoryBytes > 400_000_000)
        // Other suites in this process may have needed more than that themselves.
        var own = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &own)
        #expect(large.peakMemoryIsBound == (own.ru_maxrss * 1024 > 400_000_000))
    }
}
