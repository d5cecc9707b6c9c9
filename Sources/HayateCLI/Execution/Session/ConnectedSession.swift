import Hayate
import HayateView
import Synchronization

/// A session that answers.
final class ConnectedSession: Sendable {
    let name: String
    let access: SessionAccess
    private let current: Mutex<any SessionConnection>

    var connection: any SessionConnection { current.withLock { $0 } }

    init(_ name: String, _ access: SessionAccess) async throws {
        self.name = name
        self.access = access
        do {
            current = Mutex(try await access.connect(name))
        } catch let error as HayateError where error.code == .noSession {
            throw try Self.absent(name, error, access)
        }
    }

    deinit { connection.close() }

    /// Does something that may be done twice, and again when the host has ended meanwhile and is there again.
    /// - Throws: what the session says; when it is gone for longer than `SessionAccess.patience`, that.
    func steadily<Value>(
        _ body: (any SessionConnection) async throws -> Value
    ) async throws -> Value {
        while true {
            do {
                return try await body(connection)
            } catch let error as HayateError where Self.isLoss(error) {
                try await comeBack(error)
            }
        }
    }

    /// Whether an error tells of the way to the host, and not of what was asked.
    static func isLoss(_ error: HayateError) -> Bool {
        [.noSession, .closed, .transport].contains(error.code)
    }

    /// Waits until the host is there again.
    private func comeBack(_ error: HayateError) async throws {
        let environment = ProgramEnvironment.current
        let clock = ContinuousClock()
        let deadline = clock.now + access.patience
        let start = name == "default" ? "" : " --name \(HumanText.shellWord(name))"
        var isTold = false
        while true {
            try Task.checkCancellation()
            do {
                let fresh = try await access.connect(name)
                current.withLock { $0 = fresh }
                if isTold { environment.write("hayate: session \(name) is there again\n", to: environment.error) }
                return
            } catch let again as HayateError where Self.isLoss(again) {
                guard clock.now < deadline else { throw error }
            }
            // A host that is killed and started by a supervisor at once is not worth a line.
            if !isTold, deadline - clock.now < access.patience - .milliseconds(500) {
                isTold = true
                environment.write(
                    "hayate: session \(name) does not answer; this goes on when it runs again: "
                        + "hayate session start\(start)\n", to: environment.error)
            }
            try await clock.sleep(for: .milliseconds(200))
        }
    }

    /// Why a session cannot be asked, with what there is instead.
    private static func absent(
        _ name: String, _ error: HayateError, _ access: SessionAccess
    ) throws -> CommandLineError {
        let all = try access.all()
        switch all.first(where: { $0.name == name }) {
        case let entry? where entry.state == .elsewhere:
            return .sessionElsewhere(name, host: entry.host)
        case let entry? where entry.state == .running:
            return .session(error)
        case .some:
            return .sessionStopped(name)
        case nil:
            return .noSession(
                name, nearest: nearestName(to: name, among: all.map(\.name)),
                running: all.filter { $0.state == .running }.map(\.name))
        }
    }

    /// The words that choose this session, behind a command that is proposed.
    var option: String { name == "default" ? "" : " --session \(HumanText.shellWord(name))" }

    /// One submission.
    /// - Throws: `CommandLineError` with the nearest name if there is none of that name.
    func submission(_ name: String) async throws -> SubmissionView {
        if let view = try await connection.submission(name) { return view }
        let names = try await connection.snapshot(tasks: 0).submissions.map(\.name)
        throw CommandLineError.noSubmission(
            name, session: self.name, nearest: nearestName(to: name, among: names))
    }

    /// What `SUB` and `SUB/N` name: several tasks, or one or several submissions.
    /// - Throws: `CommandLineError` for a submission or an element that there is not.
    func selections(_ names: [String], failed: Bool = false) async throws -> [SessionSelection] {
        var selections: [SessionSelection] = []
        var tasks: [SessionTaskName] = []
        for name in names {
            if let task = SessionTaskName(name) {
                try await check(task)
                tasks.append(task)
            } else {
                let view = try await submission(name)
                selections.append(failed ? .failed(view.name) : .submission(view.name))
            }
        }
        return selections + (tasks.isEmpty ? [] : [.tasks(tasks)])
    }

    func check(_ task: SessionTaskName) async throws {
        let view = try await submission(task.submission)
        guard Int(task.element) < view.total else {
            throw CommandLineError.noElement(task, count: view.total)
        }
    }
}
