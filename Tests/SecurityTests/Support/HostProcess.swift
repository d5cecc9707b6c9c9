import CSystem
import Glibc
import HayateTLS
import Testing

@testable import HayateTransport

/// A host in a process of its own: with its own limits, its own threads, and memory that is its alone.
///
/// It is this program's test again, in which `serve` runs. The two speak over a Unix socket.
final class HostProcess {
    struct Settings: Sendable {
        /// Files that it may have open.
        var files = 4096
        /// How long it waits for strangers to show who they are.
        var deadline = Duration.seconds(10)
        /// Whether its connections are bare.
        var isPlain = false
    }

    struct Figures: Sendable {
        var process: Int32
        var joined: Int
        var refused: Int
        var evicted: Int
        var descriptors: Int
        var unadmitted: Int
        /// Bytes that the allocator has given out.
        var inUse: Int
        /// The most bytes of memory, and of addresses, that it ever had.
        var highWater: Int
        var highWaterOfAddresses: Int
    }

    private let talk: LineTalk
    let port: UInt16
    let key: RoleKey

    fileprivate init(_ talk: LineTalk, _ settings: Settings) throws {
        self.talk = talk
        let wait = Int(settings.deadline / .milliseconds(1))
        try talk.say("\(settings.files) \(wait) \(settings.isPlain ? 1 : 0)")
        let words = try talk.hear().split(separator: " ")
        guard words.count == 33, let port = UInt16(words[0]),
            let key = RoleKey(role: .daemon, bytes: SecretBytes(words[1...].compactMap { UInt8($0) }))
        else { throw Failed("the host did not start: \(words.first ?? "")") }
        (self.port, self.key) = (port, key)
    }

    func figures() throws -> Figures {
        try talk.say("figures")
        let numbers = try talk.hear().split(separator: " ").compactMap { Int($0) }
        guard numbers.count == 9 else { throw Failed("the host gave no figures") }
        return Figures(
            process: Int32(numbers[0]), joined: numbers[1], refused: numbers[2], evicted: numbers[3],
            descriptors: numbers[4], unadmitted: numbers[5], inUse: numbers[6], highWater: numbers[7],
            highWaterOfAddresses: numbers[8])
    }

    /// Runs `body` with a host that ends with it, on a thread that may be blocked.
    static func with<Value: Sendable>(
        _ settings: Settings = Settings(), _ body: @escaping @Sendable (HostProcess) throws -> Value
    ) async throws -> Value {
        let door = try LineTalk.Door()
        async let ended: Void = run(door.path)
        let result: Result<Value, any Error>
        do {
            result = .success(
                try await onThread { try body(HostProcess(try door.accept(within: .seconds(30)), settings)) })
        } catch {
            result = .failure(error)
        }
        await ended
        return try result.get()
    }

    private static func run(_ path: String) async {
        await #expect(processExitsWith: .success) { [path = path as String] in
            try HostProcess.serve(path)
        }
    }

    /// In the host's process: serves until the test hangs up.
    static func serve(_ path: String) throws {
        let talk = try LineTalk(path: path)
        let settings = try talk.hear().split(separator: " ").compactMap { Int($0) }
        guard settings.count == 3 else { throw Failed("no settings came") }
        var limit = rlimit(rlim_cur: rlim_t(settings[0]), rlim_max: rlim_t(settings[0]))
        guard setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            throw Failed("no limit of \(settings[0]) files")
        }
        var limits = TransportLimits()
        limits.admissionDeadline = .milliseconds(settings[1])
        let host = try SecureHost(limits: limits, isPlain: settings[2] == 1)
        let key = host.daemonKey.withBytes { $0.map { "\($0)" } }
        try talk.say(([String(host.port)] + key).joined(separator: " "))
        while let line = try? talk.hear(), line == "figures" {
            let numbers = [
                Int(getpid()), Int(host.joined), host.refused, host.listener.evictedConnections,
                OwnProcess.descriptors, host.listener.unadmittedConnections, Int(hayate_heap_bytes()),
                OwnProcess.status("VmHWM") * 1024, OwnProcess.status("VmPeak") * 1024,
            ]
            try talk.say(numbers.map { "\($0)" }.joined(separator: " "))
        }
        host.close()
    }
}

enum OwnProcess {
    static var descriptors: Int {
        guard let directory = opendir("/proc/self/fd") else { return -1 }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        // Without the two dots and itself.
        return count - 3
    }

    /// A number of `/proc/self/status`.
    static func status(_ name: String) -> Int {
        guard let file = fopen("/proc/self/status", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard text.hasPrefix(name + ":") else { continue }
            return text.split(whereSeparator: { " \t\n".contains($0) }).dropFirst().first.flatMap { Int($0) } ?? 0
        }
        return 0
    }
}
