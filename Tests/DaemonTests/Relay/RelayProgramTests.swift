import Glibc
import HayateCluster
import HayateDaemon
import HayateLaunch
import Testing

/// The relay as a program of its own, as a host starts it on a login node.
@Suite(.serialized, .timeLimit(.minutes(2))) struct RelayProgramTests {
    private static let program: String = {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let path = String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return String(path.prefix(upTo: path.lastIndex(of: "/") ?? path.endIndex)) + "/hayate-daemon"
    }()

    private func start(_ options: RelayOptions) async throws -> RelayAddress {
        let words = ([Self.program, RelayOptions.word] + options.arguments).map { "'\($0)'" }.joined(separator: " ")
        let answer = await CommandRunner.run(
            CommandLine(["/bin/sh", "-c", "line=$(\(words) </dev/null &) && printf '%s\\n' \"$line\""]))
        let lines = answer.output.split(separator: "\n")
        return try #require(lines.last.flatMap { RelayAddress(text: String($0)) }, "\(answer)")
    }

    private func eventually(_ what: String, _ condition: () -> Bool) async throws {
        for _ in 0..<600 {
            if condition() { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("never: \(what)")
    }

    private func options(_ files: TemporaryDirectory, to server: EchoServer) throws -> RelayOptions {
        _ = try files.write(RelayOptions.leaseFile, "")
        _ = try files.write(RelayOptions.keyFile, "secret", mode: 0o600)
        var options = RelayOptions(directory: files.path, target: server.port)
        options.dialBack = .host("127.0.0.1")
        return options
    }

    @Test("It outlives its starter, is found by a second one, and ends with its lease and the key")
    func life() async throws {
        let files = try TemporaryDirectory()
        let server = try EchoServer()
        defer { server.end() }
        let options = try options(files, to: server)
        let address = try await start(options)
        #expect(try await start(options) == address)
        #expect(Sockets.echo(1000, seed: 1, through: address.port))
        unlink("\(files.path)/\(RelayOptions.leaseFile)")
        try await eventually("it ends") { Sockets.dial(address.port).map { close($0) } == nil }
        try await eventually("its files are gone") { access(files.path, F_OK) != 0 }
    }

    @Test("A host that gives no sign of life is given up; one that does is not")
    func silence() async throws {
        let files = try TemporaryDirectory()
        let server = try EchoServer()
        defer { server.end() }
        var options = try options(files, to: server)
        options.lease = .seconds(3)
        _ = try files.write("task.out", "kept")
        let address = try await start(options)
        let lease = "\(files.path)/\(RelayOptions.leaseFile)"
        let began = ContinuousClock.now
        while ContinuousClock.now - began < .seconds(5) {
            utimensat(AT_FDCWD, lease, nil, 0)
            try await Task.sleep(for: .milliseconds(200))
        }
        #expect(Sockets.echo(1000, seed: 2, through: address.port))
        try await eventually("it ends") { Sockets.dial(address.port).map { close($0) } == nil }
        try await eventually("the key is gone") { TemporaryDirectory.names(in: files.path) == ["task.out"] }
    }

    @Test("One that was killed comes back where daemons know it")
    func killed() async throws {
        let files = try TemporaryDirectory()
        let server = try EchoServer()
        defer { server.end() }
        let options = try options(files, to: server)
        let address = try await start(options)
        kill(address.process, SIGKILL)
        try await eventually("it is gone") { Sockets.dial(address.port).map { close($0) } == nil }
        let again = try await start(options)
        #expect((again.host, again.port) == (address.host, address.port))
        #expect(Sockets.echo(1000, seed: 3, through: address.port))
        unlink("\(files.path)/\(RelayOptions.leaseFile)")
        try await eventually("its files are gone") { access(files.path, F_OK) != 0 }
    }
}
