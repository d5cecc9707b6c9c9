import Foundation
import Hayate

/// What runs the commands of elements: a pool of daemons, or in tests a function.
protocol ElementExecutor: Sendable {
    /// Runs one command to its end, on whatever daemon is free, with the retries that were asked
    /// for.
    ///
    /// Cancelling the calling Swift task stops the command; the outcome is then `.cancelled`.
    /// Called for many elements at once; must not block.
    func execute(_ request: ElementRequest) async -> ElementOutcome

    /// The same in two steps: puts the command in the queue behind those of earlier calls, and
    /// returns what waits for its end. That function is to be called once.
    func start(_ request: ElementRequest) async -> @Sendable () async -> ElementOutcome

    /// Says that no more commands come for the moment: what was started is to be on its way when this returns.
    /// - Throws: `CommandLineError` if they cannot be started any more.
    func batchEnded() async throws

    /// Says that no more commands come at all.
    func inputsEnded() async throws

    /// Stops all commands, queued and running, at one stroke: none starts because another ended.
    /// Returns when nothing runs, or where commands outlive this program when all who wait have been told.
    func stop(for reason: RunSummary.Stop) async

    /// What it is doing at this moment; called a few times per second.
    var status: ExecutorStatus { get }

    /// How jobs of a scheduler ended that should not have, one sentence each.
    var lostJobs: [String] { get }
}

extension ElementExecutor {
    func start(_ request: ElementRequest) async -> @Sendable () async -> ElementOutcome {
        { await execute(request) }
    }

    func batchEnded() async throws {}

    func inputsEnded() async throws {}

    func stop(for reason: RunSummary.Stop) async {}

    var lostJobs: [String] { [] }
}

/// What a progress line tells of an executor.
struct ExecutorStatus: Sendable, Equatable {
    /// Commands running at this moment.
    var running = 0
    /// Daemons that take work.
    var daemons = 0
    /// Why nothing runs although there is work: one short phrase, such as `waiting for daemons`.
    var waitReason: String?
}

/// One command to run.
struct ElementRequest: Sendable, Equatable {
    /// The element's place in the inputs, from 1. Lower ones are wanted first.
    var index: Int
    /// The element's values, one for each column.
    var values: [String] = []
    /// The program and its arguments.
    var arguments: [String]
    /// What is added to the daemon's environment. The executor adds `HAYATE_ATTEMPT` (from 1).
    var environment: [String: String] = [:]
    var standardInput: [UInt8] = []
    /// Longest time of one attempt; `nil` for any.
    var timeout: Duration?
    /// How much time its daemon must have left; `nil` for any.
    var timeRequest: Duration?
    /// What it needs of a daemon that runs several at once; `nil` for one processor.
    var resources: ResourceRequest?
    /// How often a command that failed is started again. Losing a daemon does not count.
    var retries = 0
}

/// How the command of an element ended, and what it left.
struct ElementOutcome: Sendable, Equatable {
    enum Status: Sendable, Equatable {
        case succeeded
        /// It ended by itself with this code, 1 to 255.
        case failed(exitCode: Int32)
        /// It was ended by this signal.
        case signalled(Int32)
        case timedOut
        /// Every daemon that ran it was lost.
        case lost
        /// It was stopped because the run was, or never started for that reason.
        case cancelled
        /// No process came to be; the text says why, for example that there is no such program.
        case couldNotStart(String)
    }

    var status: Status
    var standardOutput = CapturedOutput()
    var standardError = CapturedOutput()
    /// How often it was started.
    var attempts = 1
    /// When the last attempt started and ended.
    var started = Date(timeIntervalSince1970: 0)
    var ended = Date(timeIntervalSince1970: 0)
    /// How long the last attempt took.
    var wallTime: Duration = .zero
    /// Processor time of the last attempt with its children, user and system.
    var processorTime: Duration = .zero
    /// Largest resident memory of the last attempt, where the system tells it.
    var peakMemoryBytes: Int?
    /// The name of the last daemon that ran it; empty when none did.
    var daemon = ""
}

/// One of the two outputs of a command.
struct CapturedOutput: Sendable, Equatable {
    enum Content: Sendable, Equatable {
        case bytes([UInt8])
        /// A temporary file. Who receives the outcome owns it: it is moved or deleted.
        case file(path: String)
    }

    var content = Content.bytes([])
    /// How much is there, in bytes.
    var byteCount = 0
    /// Whether more was written than was kept.
    var isTruncated = false

    init() {}

    init(_ bytes: [UInt8], isTruncated: Bool = false) {
        content = .bytes(bytes)
        byteCount = bytes.count
        self.isTruncated = isTruncated
    }

    init(file path: String, byteCount: Int, isTruncated: Bool = false) {
        content = .file(path: path)
        self.byteCount = byteCount
        self.isTruncated = isTruncated
    }
}
