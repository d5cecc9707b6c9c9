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
    package internal(set) var details: TaskDetails
    /// Whether its daemon gives graphics processors to tasks, so that those that were given none use none.
    let sharesGPUs: Bool
    /// The daemon that runs the task; nil in a context that somebody made by hand.
    package let submitter: (any ChildSubmitter)?
    /// How the daemon reads and writes; nil in a context that somebody made by hand.
    let coding: TaskCoding?
    /// What the daemon calls the task; a relay's task has another name at its first host.
    package let local: AttemptID?
    let report: @Sendable (TaskReport) -> Void

    public init(
        task: UInt64, attempt: Int, logLevel: Logger.Level = .info,
        sink: @escaping @Sendable (Logger.Level, String) -> Void = { _, _ in }
    ) {
        self.init(
            task: task, attempt: attempt, details: TaskDetails(), logLevel: logLevel,
            report: { if case .line(let level, let text) = $0 { sink(level, text) } })
    }

    /// - Parameter ownStream: what the task draws from if no stream travelled with it.
    package init(
        task: UInt64, attempt: Int, details: TaskDetails, submitter: (any ChildSubmitter)? = nil,
        local: AttemptID? = nil, coding: TaskCoding? = nil, ownStream: RandomStream? = nil, sharesGPUs: Bool = false,
        logLevel: Logger.Level = .info, report: @escaping @Sendable (TaskReport) -> Void
    ) {
        self.details = details
        self.sharesGPUs = sharesGPUs
        self.submitter = submitter
        self.coding = coding
        self.local = local
        random =
            details.stream.flatMap { MRG32k3a(state: $0) }.map { RandomStream($0) } ?? ownStream
            ?? .ofProcess
        self.task = task
        self.attempt = attempt
        self.logLevel = logLevel
        self.report = report
    }

    /// The daemon that runs the task, as host and process: the name under which its pool knows it.
    public var daemon: String { ThisProcess.name }

    /// What the task was given of its daemon, where it runs beside others; nil where it runs by itself.
    public var resources: ResourceGrant? { details.grant }

    /// Whether nobody wants the result any more.
    public var isCancelled: Bool { Task.isCancelled }

    /// A logger whose lines appear at the caller, with the task and its daemon beside them.
    public var logger: Logger {
        let report = report
        let level = logLevel
        return Logger(label: "hayate.task") { _ in
            ForwardingLogHandler(logLevel: level, report: report)
        }
    }

    /// Sends one line to the caller's log.
    public func log(_ text: String, level: Logger.Level = .info) {
        if level >= logLevel { report(.line(level, text)) }
    }
}

/// Hands log lines to a connection instead of a terminal.
struct ForwardingLogHandler: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    let report: @Sendable (TaskReport) -> Void

    init(logLevel: Logger.Level, report: @escaping @Sendable (TaskReport) -> Void) {
        self.logLevel = logLevel
        self.report = report
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var text = event.message.description
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        for (key, value) in all.sorted(by: { $0.key < $1.key }) { text += " \(key)=\(value)" }
        report(.line(event.level, text))
    }
}
