import Glibc
import HayateDaemon
import Synchronization

@_exported import HayateCore
@_exported import HayateDaemon
@_exported import HayateTLS

/// Whether and how this program was entered through `Hayate.main`.
enum Entry {
    private static let entered = Atomic<Bool>(false)

    static var wasEntered: Bool { entered.load(ordering: .acquiring) }
    static func enter() { entered.store(true, ordering: .releasing) }

    /// The file of this program, whatever it was called as.
    static var executablePath: String {
        let buffer = [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
            count = buffer.withMemoryRebound(to: CChar.self) {
                $0.baseAddress.map { max(0, readlink("/proc/self/exe", $0, 4096)) } ?? 0
            }
        }
        return buffer.isEmpty ? CommandLine.arguments[0] : String(decoding: buffer, as: UTF8.self)
    }
}

/// Enters a program that uses daemons of its own executable: call it first, as `Hayate.main { … }`.
///
/// When a pool has started this executable as a daemon, the call becomes that daemon, and does not
/// return; otherwise it runs `body`.
public func main<Value>(
    isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Value
) async rethrows -> Value {
    enterHayate()
    return try await body()
}

/// The same for a program whose daemons have something to do of their own.
///
/// ```swift
/// try await Hayate.main(onDaemon: { InstrumentationSystem.bootstrap(exporter) }) { … }
/// ```
/// - Parameters:
///   - onDaemon: runs in a daemon before it dials its host: the place to bootstrap logging, metrics and
///     tracing there. If it throws, the process ends with the error; after five such daemons in a row the
///     pool starts no more.
///   - onDaemonEnd: runs in a daemon when it has left its host, e.g. to send the last spans. When its pool
///     is closed it has 4 s in all.
public func main<Value>(
    isolation: isolated (any Actor)? = #isolation,
    onDaemon: () async throws -> Void, onDaemonEnd: () async -> Void = {},
    _ body: () async throws -> Value
) async rethrows -> Value {
    if DaemonProgram.isMarked() {
        try await onDaemon()
        let status = DaemonProgram.statusOfMarked()
        await onDaemonEnd()
        exit(status)
    }
    Entry.enter()
    return try await body()
}

/// Enters a program that is not asynchronous, or that parses its arguments first.
public func enterHayate() {
    DaemonProgram.runIfMarked()
    Entry.enter()
}

/// Whether this code runs as part of a task: in a daemon's process, or in the host's own process where the
/// pool is synchronous. Elsewhere in the host it is false.
public var isOnDaemon: Bool { TaskContext.isOnDaemon }

/// The same for a program whose daemons have something to do of their own; see `main`.
public func enterHayate(
    onDaemon: () throws -> Void, onDaemonEnd: () -> Void = {}
) rethrows {
    if DaemonProgram.isMarked() {
        try onDaemon()
        let status = DaemonProgram.statusOfMarked()
        onDaemonEnd()
        exit(status)
    }
    Entry.enter()
}
