import HayateCore
import HayateDaemon
import Logging

/// A line that a running task logged.
public struct TaskLogLine: Sendable, Hashable, Codable {
    public var task: UInt64
    public var attempt: Int
    /// Host and process of the daemon.
    public var daemon: String
    public var level: Logger.Level
    public var text: String
    /// The part of the task that is done, from 0 to 1, if the line is a report of progress.
    public var progress: Double?
    /// What the task is called in a session, `submission/element`; nil outside of sessions.
    public var name: String?
}

/// How far a task is, as it said itself.
public struct TaskProgress: Sendable, Hashable, Codable {
    /// The part that is done, from 0 to 1.
    public var fraction: Double
    /// What it is doing; may be empty.
    public var text: String
    /// The start of the task that said so, 1 for the first.
    public var attempt: Int

    public init(fraction: Double, text: String, attempt: Int) {
        self.fraction = fraction
        self.text = text
        self.attempt = attempt
    }
}

/// What one task told its caller while it ran.
struct TaskTrail: Sendable, Hashable, Codable {
    var lines: [TaskLogLine] = []
    private var bytes = 0
    /// Lines that came and were not kept.
    var droppedLines = 0
    var progress: TaskProgress?

    /// The most lines that are kept of one task, and the most bytes of their text.
    static let mostLines = 1_000
    static let mostBytes = 256 << 10

    mutating func append(_ line: TaskLogLine) {
        if let fraction = line.progress {
            progress = TaskProgress(fraction: fraction, text: line.text, attempt: line.attempt)
            return
        }
        // The first ones are kept: they say how it began to go wrong.
        guard lines.count < Self.mostLines, bytes + line.text.utf8.count <= Self.mostBytes else {
            droppedLines += 1
            return
        }
        bytes += line.text.utf8.count
        lines.append(line)
    }
}

extension TaskOutput {
    /// The task starts again: what it wrote is gone, what it told is part of its story.
    mutating func forgetStreams() {
        standardOutput = []
        standardError = []
    }
}

extension HayateError {
    /// What came of the task before its end. The last words of a lost daemon stay what they are.
    mutating func take(_ output: TaskOutput) {
        trail = output.trail
        guard self.output == nil, !output.isEmpty else { return }
        self.output = output
        self.output?.trail = nil
    }

    /// The lines that the task logged before it ended, of all its starts: at most 1,000, and 256 KiB.
    public var logs: [TaskLogLine] { trail?.lines ?? [] }
}

extension Mirai {
    /// The lines that the task has logged so far, of all its starts: at most 1,000, and 256 KiB of text;
    /// what came later is counted in `droppedLogLines`. The pool's `onLog` gets them too.
    public var logs: [TaskLogLine] { trail?.lines ?? [] }

    /// The lines of level `warning` and above.
    public var warnings: [TaskLogLine] { logs.filter { $0.level >= .warning } }

    /// Lines that came and are not among `logs`.
    public var droppedLogLines: Int { trail?.droppedLines ?? 0 }

    /// What the task said last of how far it is; nil if it has said nothing.
    public var progress: TaskProgress? { trail?.progress }

    private var trail: TaskTrail? {
        if let resolution = state.resolution { return resolution.trail }
        if let trail = (state.queue as? Dispatcher)?.trail(of: state.task) { return trail }
        // It may have been resolved between the two looks.
        return state.resolution?.trail
    }
}

extension Resolution {
    var trail: TaskTrail? {
        switch self {
        case .value: nil
        case .valueWithOutput(_, let output): output.trail
        case .error(let error): error.trail
        }
    }
}

extension Dispatcher {
    func trail(of task: TaskID) -> TaskTrail? {
        state.withLock { state in
            guard state.core.taskID(inSlot: task.slot) == task else { return nil }
            return state.outputs[task.slot]?.trail
        }
    }

    /// Under the lock: a line of a running task came.
    func logged(
        _ attempt: AttemptID, level: UInt8, _ text: String, by link: DaemonLink, _ state: inout State
    ) {
        let levels = Logger.Level.allCases
        var line = TaskLogLine(
            task: attempt.task.rawValue, attempt: Int(attempt.attempt), daemon: link.name,
            level: Int(level) < levels.count ? levels[Int(level)] : .info, text: text)
        if level == TaskReport.progressLevel {
            let words = text.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
            // A daemon that says something else has said a line.
            if let fraction = Double(words[0]), fraction >= 0, fraction <= 1 {
                line.progress = fraction
                line.text = words.count > 1 ? String(words[1]) : ""
            }
        }
        let entry = state.entries[Int(attempt.task.slot)]
        line.name = entry.receiver?.name(of: entry.index)
        state.outputs[attempt.task.slot, default: TaskOutput()].append(line)
        state.afterwards.logs.append(line)
    }
}

extension TaskOutput {
    fileprivate mutating func append(_ line: TaskLogLine) {
        var trail = self.trail ?? TaskTrail()
        // One owner at a time, or each line would copy all before it.
        self.trail = nil
        trail.append(line)
        self.trail = trail
    }
}
