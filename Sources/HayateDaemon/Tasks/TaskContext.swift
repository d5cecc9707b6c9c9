import HayateCore
import HayateWire
import Logging

/// What a running task knows of its surroundings.
public struct TaskContext: Sendable {
    /// The task's number at its host.
    public let task: UInt64
    /// 1 for the first start, 2 after its daemon was lost once, and so on.
    public let attempt: Int
    /// The most detailed level that the caller wants to see.
    public let logLevel: Logger.Level
    /// The random numbers of this task: see `RandomStream`.
    public internal(set) var random: RandomStream

    /// What travelled with the task beside its arguments.
    package let details: TaskDetails
    let sink: @Sendable (Logger.Level, String) -> Void

    public init(
        task: UInt64, attempt: Int, logLevel: Logger.Level = .info,
        sink: @escaping @Sendable (Logger.Level, String) -> Void = { _, _ in }
    ) {
        self.init(
            task: task, attempt: attempt, details: TaskDetails(), logLevel: logLevel, sink: sink)
    }

    /// - Parameter ownStream: what the task draws from if no stream travelled with it.
    package init(
        task: UInt64, attempt: Int, details: TaskDetails, ownStream: RandomStream? = nil,
        logLevel: Logger.Level = .info,
        sink: @escaping @Sendable (Logger.Level, String) -> Void = { _, _ in }
    ) {
        self.details = details
        random =
            details.stream.flatMap { MRG32k3a(state: $0) }.map { RandomStream($0) } ?? ownStream
            ?? .ofProcess
        self.task = task
        self.attempt = attempt
        self.logLevel = logLevel
        self.sink = sink
    }

    /// Whether nobody wants the result any more.
    public var isCancelled: Bool { Task.isCancelled }

    /// A logger whose lines appear at the caller, with the task and its daemon beside them.
    public var logger: Logger {
        let sink = sink
        let level = logLevel
        return Logger(label: "hayate.task") { _ in ForwardingLogHandler(logLevel: level, sink: sink) }
    }

    /// Sends one line to the caller's log.
    public func log(_ text: String, level: Logger.Level = .info) {
        if level >= logLevel { sink(level, text) }
    }
}

/// Hands log lines to a connection instead of a terminal.
struct ForwardingLogHandler: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    let sink: @Sendable (Logger.Level, String) -> Void

    init(logLevel: Logger.Level, sink: @escaping @Sendable (Logger.Level, String) -> Void) {
        self.logLevel = logLevel
        self.sink = sink
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var text = event.message.description
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        for (key, value) in all.sorted(by: { $0.key < $1.key }) { text += " \(key)=\(value)" }
        sink(event.level, text)
    }
}
