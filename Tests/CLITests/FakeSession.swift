import Foundation
import HayateView
import HayateWire
import Synchronization

@testable import Hayate
@testable import HayateCLI
@testable import HayateDaemon

/// A session in memory: what is submitted ends when the test says how.
final class FakeSession: HayateCLI.SessionConnection {
    struct Element {
        var task: SessionTask
        var outcome: SessionOutcome?
    }

    struct Submission {
        var options: SubmissionOptions
        var elements: [Element] = []
        var isComplete = false
    }

    struct State {
        var submissions: [String: Submission] = [:]
        var order: [String] = []
        var ended: [SessionOutcome] = []
        var additions: [(submission: String, first: UInt32, count: Int)] = []
        var requests: [SessionSelection] = []
        var failures: [FailureView] = []
        var spans: [SpanView] = []
        var stalled: String?
        /// Answers that fail with this before others succeed.
        var losses: [HayateError] = []
        var hasStopped = false
    }

    private let state = Mutex(State())
    private let runs: @Sendable (Command) -> ElementOutcome?
    private let facts: SessionFacts

    /// - Parameter runs: how a command ends that is submitted; nil: it waits for `end`.
    init(
        name: String = "default", process: Int32 = 4711,
        runs: @escaping @Sendable (Command) -> ElementOutcome? = { _ in nil }
    ) {
        self.runs = runs
        facts = SessionFacts(
            name: name, host: "here", process: process, started: 900, created: 100, epoch: 1, now: 1000)
    }

    /// Every command says its arguments, as echo does; `false` fails.
    static func echo(name: String = "default") -> FakeSession {
        FakeSession(name: name) { command in
            command.arguments[0] == "false"
                ? .failure(1, "no\n") : .success(command.arguments.dropFirst().joined(separator: " ") + "\n")
        }
    }

    func look<Value>(_ body: (State) -> Value) -> Value { state.withLock { body($0) } }
    func change(_ body: (inout State) -> Void) { state.withLock { body(&$0) } }

    /// The commands of a submission.
    func commands(_ name: String) -> [Command] {
        look { state in
            (state.submissions[name]?.elements ?? []).compactMap {
                try? BinaryDecoder().decode(ElementCommand.self, from: $0.task.body).command
            }
        }
    }

    func end(_ name: String, _ element: Int, _ outcome: ElementOutcome) {
        state.withLock { Self.end(name, element, outcome, &$0) }
    }

    private static func end(_ name: String, _ element: Int, _ outcome: ElementOutcome, _ state: inout State) {
        guard let task = state.submissions[name]?.elements[element].task else { return }
        let values = (try? BinaryDecoder().decode(ElementCommand.self, from: task.body).values) ?? []
        var result = CommandResult(
            exit: .exited(code: 0), standardOutput: HayateDaemon.CapturedOutput(),
            standardError: HayateDaemon.CapturedOutput(), wallNanoseconds: 1_500_000_000, userNanoseconds: 0,
            systemNanoseconds: 0, peakMemoryBytes: 0, peakMemoryIsBound: true, pid: 1, wasStopped: false)
        result.daemon = "d1"
        if case .bytes(let bytes) = outcome.standardOutput.content { result.standardOutput.bytes = bytes }
        if case .bytes(let bytes) = outcome.standardError.content { result.standardError.bytes = bytes }
        result.standardOutput.totalCount = UInt64(result.standardOutput.bytes.count)
        result.standardError.totalCount = UInt64(result.standardError.bytes.count)
        let end: Result<[UInt8], HayateError>
        switch outcome.status {
        case .succeeded:
            end = .success((try? BinaryEncoder().encode(ElementResult(result: result, values: values))) ?? [])
        case .failed(let code):
            result.exit = .exited(code: code)
            end = .failure(HayateError(RemoteFailure(thrown: CommandFailed(result, values: values))))
        case .cancelled:
            end = .failure(HayateError(.cancelled, "the task was stopped"))
        default:
            end = .failure(HayateError(.neededFailed, "a/0, which the task needs, ended without returning"))
        }
        let number = Int64(state.ended.count + 1)
        let ended = SessionOutcome(
            task: SessionTaskName(submission: name, element: UInt32(element)), number: number, attempt: 1,
            daemon: "d1", ended: 950, taskTime: 1.5, result: end)
        state.submissions[name]?.elements[element].outcome = ended
        state.ended.append(ended)
    }

    private static func view(_ name: String, _ submission: Submission) -> SubmissionView {
        var view = SubmissionView(
            name: name, created: 100, label: submission.options.label, total: submission.elements.count,
            isComplete: submission.isComplete)
        for element in submission.elements {
            switch element.outcome?.result {
            case nil: view.waiting += 1
            case .success: view.returned += 1
            case .failure(let error): if error.code == .cancelled { view.cancelled += 1 } else { view.failed += 1 }
            }
        }
        return view
    }

    private func lose() throws(HayateError) {
        let loss = state.withLock { $0.losses.isEmpty ? nil : $0.losses.removeFirst() }
        if let loss { throw loss }
    }

    // MARK: As a session answers

    func begin(_ options: SubmissionOptions) async throws(HayateError) -> SubmissionView {
        state.withLock { state in
            if let key = options.key,
                let (name, known) = state.submissions.first(where: { $0.value.options.key == key })
            {
                return Self.view(name, known)
            }
            let name = options.name ?? "s\(state.order.count + 1)"
            state.submissions[name] = Submission(options: options)
            state.order.append(name)
            return Self.view(name, Submission(options: options))
        }
    }

    func add(_ tasks: [SessionTask], to name: String, first: UInt32) async throws(HayateError) {
        try lose()
        state.withLock { state in
            state.additions.append((name, first, tasks.count))
            for (offset, task) in tasks.enumerated() {
                let number = Int(first) + offset
                guard let count = state.submissions[name]?.elements.count, number >= count else { continue }
                precondition(number == count, "elements come without gaps")
                state.submissions[name]?.elements.append(Element(task: task))
                guard let command = try? BinaryDecoder().decode(ElementCommand.self, from: task.body).command,
                    let outcome = runs(command)
                else { continue }
                Self.end(name, number, outcome, &state)
            }
        }
    }

    func complete(_ name: String) async throws(HayateError) -> SubmissionView {
        state.withLock { state in
            state.submissions[name]?.isComplete = true
            return Self.view(name, state.submissions[name]!)
        }
    }

    func outcomes(of submission: String?, after number: Int64) -> AsyncThrowingStream<[SessionOutcome], any Error> {
        AsyncThrowingStream { continuation in
            let work = Task {
                var last = number
                while !Task.isCancelled {
                    if let loss = self.state.withLock({ $0.losses.isEmpty ? nil : $0.losses.removeFirst() }) {
                        return continuation.finish(throwing: loss)
                    }
                    let (new, isOver) = self.look { state in
                        (
                            state.ended.filter {
                                $0.number > last && (submission == nil || $0.task.submission == submission)
                            },
                            submission.map { Self.view($0, state.submissions[$0]!).isOver } ?? false
                        )
                    }
                    if !new.isEmpty { continuation.yield(new) }
                    last = new.last?.number ?? last
                    if isOver { break }
                    try? await Task.sleep(for: .milliseconds(2))
                }
                continuation.finish()
            }
            continuation.onTermination = { _ in work.cancel() }
        }
    }

    func results(
        of submission: String, from element: UInt32, limit: Int
    ) async throws(HayateError) -> [SessionOutcome] {
        look { state in
            Array((state.submissions[submission]?.elements ?? []).compactMap(\.outcome)
                .filter { $0.task.element >= element }.prefix(limit))
        }
    }

    func snapshot(tasks: Int) async throws(HayateError) -> SessionSnapshot {
        try lose()
        return look { state in
            var snapshot = SessionSnapshot(session: facts)
            snapshot.session.stalled = state.stalled
            snapshot.pools = [PoolView(profile: "default", url: "ipc://x", wanted: 2, connected: 2)]
            snapshot.submissions = state.order.compactMap { name in
                state.submissions[name].map { Self.view(name, $0) }
            }
            snapshot.failures = state.failures
            return snapshot
        }
    }

    func spans(since: Double, limit: Int) async throws(HayateError) -> [SpanView] {
        look { state in Array(state.spans.filter { $0.ended.map { $0 > since } ?? true }.suffix(limit)) }
    }

    func submission(_ name: String) async throws(HayateError) -> SubmissionView? {
        look { state in state.submissions[name].map { Self.view(name, $0) } }
    }

    func attachment(of submission: String) async throws(HayateError) -> [UInt8] {
        look { $0.submissions[submission]?.options.attachment ?? [] }
    }

    func explain(_ task: SessionTaskName) async throws(HayateError) -> [String] { ["\(task) waits", "for a daemon"] }

    func log(
        of selection: SessionSelection, following: Bool
    ) -> AsyncThrowingStream<[String], any Error> {
        change { $0.requests.append(selection) }
        return AsyncThrowingStream { continuation in
            continuation.yield(["one", "two"])
            continuation.finish()
        }
    }

    func cancel(_ selection: SessionSelection) async throws(HayateError) -> Int {
        state.withLock { state in
            state.requests.append(selection)
            var count = 0
            for name in state.order {
                for (number, element) in state.submissions[name]!.elements.enumerated() where element.outcome == nil {
                    let task = SessionTaskName(submission: name, element: UInt32(number))
                    let isMeant = switch selection {
                    case .submission(let chosen), .failed(let chosen): chosen == name
                    case .tasks(let tasks): tasks.contains(task)
                    case .everything: true
                    }
                    guard isMeant else { continue }
                    Self.end(name, number, ElementOutcome(status: .cancelled), &state)
                    count += 1
                }
            }
            return count
        }
    }

    func retry(_ selection: SessionSelection) async throws(HayateError) -> Int {
        state.withLock { state in
            state.requests.append(selection)
            return 3
        }
    }

    func stop(draining: Bool) async throws(HayateError) { change { $0.hasStopped = true } }

    func close() {}
}

/// Sessions of a test, in a directory of its own.
struct FakeSessions: Sendable {
    let directory: String
    var running: [String: FakeSession] = [:]
    var stopped: [String] = []
    var elsewhere: [String] = []

    var access: SessionAccess {
        var access = SessionAccess()
        access.chosen = { nil }
        access.patience = .milliseconds(300)
        access.connect = { [running] name in
            guard let session = running[name], !session.look(\.hasStopped) else {
                throw HayateError(.noSession, "no session \(name) runs")
            }
            return session
        }
        access.all = { [self] in
            func entry(_ name: String, _ state: SessionEntry.State) -> SessionEntry {
                SessionEntry(name: name, path: "\(directory)/\(name)", state: state, host: "there", process: 4711)
            }
            return running.map { entry($0, $1.look(\.hasStopped) ? .stopped : .running) }
                + stopped.map { entry($0, .stopped) } + elsewhere.map { entry($0, .elsewhere) }
        }
        access.path = { [directory] name in
            guard !name.contains("/") else { throw HayateError(.invalidArgument, "\(name) is no name of a session") }
            return "\(directory)/\(name)"
        }
        return access
    }
}
