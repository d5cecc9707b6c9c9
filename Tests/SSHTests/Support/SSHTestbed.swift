import Glibc
import HayateCluster
import HayateLaunch
import HayateSSH
import Synchronization
import Testing

/// Real servers of OpenSSH for the tests of one suite, from `testbed/sshd`.
///
/// ```swift
/// @Suite(.enabled("OpenSSH can run here") { await SSHTestbed.isPossible() }, .sshServers("plain", "jump")) struct … {
///     @Test func … { let servers = SSHTestbed.current! … }
/// ```
struct SSHTestbed: Sendable {
    /// What the script and the commands of `testbed/network` need.
    let environment: [String: String]

    /// The servers of the suite that runs.
    @TaskLocal static var current: SSHTestbed!

    private static let instances = Atomic(0)

    /// The directory of the package, wherever in its tests this file is.
    static let package: String = {
        let words = #filePath.split(separator: "/")
        return "/" + words.prefix(upTo: words.lastIndex(of: "Tests") ?? 0).joined(separator: "/")
    }()

    /// An instance of its own, which is not started yet.
    /// - Parameter network: of `testbed/network`, for servers on its hosts.
    init(network: String? = nil) {
        let number = Self.instances.add(1, ordering: .relaxed).oldValue
        let block = (Int(getpid()) * 8 + number) % 1200
        var environment = [
            "HAYATE_TESTBED": "/tmp/hayate-testbed-\(getpid()).\(number)",
            "HAYATE_TESTBED_PORT": String(18000 + block * 10),
        ]
        environment["HAYATE_NETWORK"] = network
        self.environment = environment
    }

    /// A directory with keys, `known_hosts` and `config`.
    var client: String { environment["HAYATE_TESTBED"]! + "/sshd/client" }

    /// Machines as the servers' configuration has them, with names like `plain`.
    var ssh: SSH {
        var ssh = SSH()
        ssh.configFile = client + "/config"
        return ssh
    }

    /// A file of `client`, without the end of its last line.
    func text(_ name: String) throws -> String {
        var text = try #require(readFile("\(client)/\(name)"), "there is no \(client)/\(name)")
        if text.hasSuffix("\n") { text.removeLast() }
        return text
    }

    /// Where a server listens.
    func place(of server: String) async throws -> (host: String, port: UInt16) {
        let words = try await run("where", server).split { $0 == " " || $0 == "\n" }
        return (String(words[0]), try #require(UInt16(words[1])))
    }

    /// A verb of the script; what it prints.
    @discardableResult
    func run(_ words: String...) async throws -> String { try await run(words) }

    @discardableResult
    func run(_ words: [String]) async throws -> String {
        let answer = await Self.answer(words, environment)
        guard answer.succeeded else {
            throw SSHTestbedFailure(description: "sshd \(words.joined(separator: " ")): \(answer.end) \(answer.errors)")
        }
        return answer.output
    }

    /// Whether this machine can have such servers. Says why not.
    static func isPossible(_ options: String...) async -> Bool {
        let answer = await answer(["check"] + options, [:])
        if answer.succeeded { return true }
        print("skipped: \(answer.errors.split(separator: "\n").last ?? "testbed/sshd check: \(answer.end)")")
        if answer.end != .process(.exited(code: 77)) { Issue.record("sshd check: \(answer.errors)") }
        return false
    }

    private static func answer(_ words: [String], _ environment: [String: String]) async -> CommandAnswer {
        var line = CommandLine(["\(package)/testbed/sshd"] + words)
        line.environment = environment
        line.timeLimit = .seconds(300)
        return await CommandRunner.run(line)
    }

    /// Runs something with servers, and takes them down.
    static func with(
        _ options: [String], network: String? = nil, _ body: (SSHTestbed) async throws -> Void
    ) async throws {
        let testbed = SSHTestbed(network: network)
        do {
            try await testbed.run(["start"] + options)
            try await $current.withValue(testbed) { try await body(testbed) }
        } catch {
            try await testbed.run("stop")
            throw error
        }
        try await testbed.run("stop")
    }
}

struct SSHTestbedFailure: Error, CustomStringConvertible {
    var description: String
}

/// Keeps servers for the tests of a suite.
struct SSHServersTrait: SuiteTrait, TestScoping {
    let options: [String]

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await SSHTestbed.with(options) { _ in try await function() }
    }
}

extension Trait where Self == SSHServersTrait {
    /// - Parameter options: options of `testbed/sshd start`, and servers.
    static func sshServers(_ options: String...) -> Self { SSHServersTrait(options: options) }
}

/// Nil where there is none.
func readFile(_ path: String) -> String? {
    guard let file = fopen(path, "re") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
    return String(decoding: bytes, as: UTF8.self)
}
