import Glibc
import HayateCluster
import Testing

@testable import HayateLaunch

@Suite("What serves a connection over there") struct ServerProcessTests {
    private func run(_ script: String, under program: String = "/bin/sh") async -> CommandAnswer {
        // The script's shell is the program's child.
        var line = CommandLine(program == "/bin/sh" ? [program] : [program, "-c", "/bin/sh; true"])
        line.standardInput = script
        return await CommandRunner.run(line)
    }

    /// A shell that is called like a server.
    private func server(in directory: String) throws -> String {
        let path = directory + "/sshd-session"
        let shell = try Array(read(contentsOf: "/bin/sh"))
        let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o700)
        defer { close(file) }
        guard file >= 0, Glibc.write(file, shell, shell.count) == shell.count else { throw POSIXFailure(number: errno) }
        return path
    }

    private func read(contentsOf path: String) throws -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw POSIXFailure(number: errno) }
        defer { close(file) }
        var all: [UInt8] = []
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(file, &bytes, bytes.count)
            guard count > 0 else { return all }
            all += bytes[..<count]
        }
    }

    @Test("The server is the parent that is called so; where there is none, nobody is named")
    func findsTheServer() async throws {
        try await withTemporaryDirectory { directory in
            let answer = await run(ServerProcess.script(ending: nil), under: try server(in: directory))
            #expect(answer.succeeded, "\(answer)")
            #expect(ServerProcess.read(answer.output) != nil, "\(answer)")
        }
        let none = await run(ServerProcess.script(ending: nil))
        #expect(none.succeeded, "\(none)")
        #expect(ServerProcess.read(none.output) == nil)
    }

    @Test("The last server is ended, but nothing else that has its number, and no other program")
    func endsTheLast() async throws {
        try await withTemporaryDirectory { directory in
            let server = try server(in: directory)
            let (ends, ended) = AsyncStream.makeStream(of: Void.self)
            func start(_ program: String) throws -> (LocalProcess, ServerProcess) {
                let process = try LocalProcess.spawn(
                    executable: program, arguments: ["-c", "while :; do sleep 1000; done"], standardOutput: nil,
                    standardError: nil, onExit: { _ in ended.yield() })
                let stat = try LaunchTests.read("/proc/\(process.pid)/stat")
                let fields = stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].split(separator: " ")
                return (process, ServerProcess(pid: process.pid, start: try #require(UInt64(fields[20]))))
            }
            let (old, right) = try start(server)
            let (other, wrong) = try start("/bin/sh")
            #expect(isAlive(old.pid) && isAlive(other.pid))
            var younger = right
            younger.start += 1
            for process in [younger, wrong] {
                #expect(await run(ServerProcess.script(ending: process)).succeeded)
            }
            #expect(isAlive(old.pid) && isAlive(other.pid))
            #expect(await run(ServerProcess.script(ending: right)).succeeded)
            #expect(!isAlive(old.pid))
            #expect(isAlive(other.pid))
            for process in [old, other] { process.send(signal: SIGKILL) }
            // Both, with what they have started.
            var left = 2
            for await _ in ends {
                left -= 1
                if left == 0 { break }
            }
        }
    }
}
