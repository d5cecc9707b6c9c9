import Glibc
import Hayate

// `hayate-bench [NAME…]`: one JSON line per metric. Without names: all of them.

Floor.serveIfAsked(CommandLine.arguments)
ConnectionFigures.serveIfAsked(CommandLine.arguments)
Fleet.serveIfAsked(CommandLine.arguments)
if CommandLine.arguments.contains("--nothing") { exit(0) }
if CommandLine.arguments.count == 3, CommandLine.arguments[1] == "--spawn-loop" {
    exit(Floor.posixSpawnLoop(count: Int(CommandLine.arguments[2]) ?? 0) == nil ? 1 : 0)
}

/// TLS beside the same without it.
@Sendable func secured() async throws {
    try EngineHandshakes.keys()
    try EngineHandshakes.certificates()
    try SecureConnections.handshakes()
    try SecureConnections.streams()
    SecureConnections.memory()
    try await SecurePools.tasks()
}

/// Through SSH beside the same without it.
@Sendable func tunnelled() async throws {
    let server = try await TunnelServer()
    do {
        try await TunnelStreams.measure(server)
        try await TunnelPools.measure(server)
    } catch {
        try await server.stop()
        throw error
    }
    try await server.stop()
}

let benchmarks: [(name: String, run: @Sendable () async throws -> Void)] = [
    ("roundtrip", Latency.roundTrip),
    ("throughput", Throughput.tasks),
    ("cleanup", Throughput.cleanUp),
    ("payload", Throughput.payload),
    ("shared", SharedContents.array),
    ("constant", SharedContents.constant),
    ("commands", Throughput.commands),
    ("memory", Scaling.memory),
    ("queue", Scaling.queue),
    ("daemons", Scaling.daemons),
    ("start", Latency.start),
    ("cancel", Latency.cancel),
    ("size", Size.daemon),
    ("tls", secured),
    ("tunnel", tunnelled),
    ("journal", JournalFigures.measure),
]

try await Hayate.main {
    let words = Array(CommandLine.arguments.dropFirst())
    if words.first == "--memory", words.count == 2 {
        return try await Scaling.memoryChild(Int(words[1]) ?? 0)
    }
    if let isProtected = ["--connections-plain": false, "--connections-tls": true][words.first ?? ""],
        words.count == 2
    {
        return try SecureConnections.memoryChild(Int(words[1]) ?? 0, isProtected: isProtected)
    }
    for word in words where !benchmarks.contains(where: { $0.name == word }) {
        let names = benchmarks.map(\.name).joined(separator: ", ")
        let text = Array("hayate-bench: there is no benchmark \(word); there are: \(names)\n".utf8)
        _ = text.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
        exit(2)
    }
    for benchmark in benchmarks where words.isEmpty || words.contains(benchmark.name) {
        try await benchmark.run()
    }
}
