import HayateCore
import HayateDaemon
import HayateView
import Synchronization

/// A task of a session that somebody waits for: like `Mirai`, but it outlives this process.
///
/// ```swift
/// let fit = try await session.mirai(Fit(seed: 1))
/// print(fit.task)                 // session.outcome(of:) finds it again by this name
/// let value = try await fit.value
/// ```
public struct SessionMirai<Value: Codable & Sendable>: Sendable {
    let session: Session
    /// What it is called in the session.
    public let task: SessionTaskName

    /// The task's value. Suspends until there is an outcome; cancelling the Swift task that waits ends the waiting
    /// alone.
    /// - Throws: `HayateError`.
    public var value: Value {
        get async throws(HayateError) { try await session.outcome(of: task).value() }
    }

    /// Ends the task as cancelled, if it has no outcome yet.
    public func stop() async throws(HayateError) { try await session.cancel(.tasks([task])) }
}

/// Where a client's single tasks go: a submission for all of them, without end.
final class MiraiInbox: Sendable {
    struct State {
        var submission: String?
        var next: UInt32 = 0
    }

    let state = Mutex(State())
    let turnstile = Turnstile()
}

extension Session {
    /// Submits one task. When this returns, it is on disk.
    public func mirai<Work: RemoteTask>(
        _ work: Work, timeout: Duration? = nil, retry: RetryPolicy = .lostDaemons, priority: Int8 = 0
    ) async throws(HayateError) -> SessionMirai<Work.Output> {
        let task = try SessionTask.task(work, timeout: timeout, retry: retry, priority: priority)
        await inbox.turnstile.enter()
        defer { inbox.turnstile.leave() }
        if inbox.state.withLock({ $0.submission }) == nil {
            var options = SubmissionOptions()
            options.label = "single tasks of \(Entry.executablePath.split(separator: "/").last ?? "a program")"
            options.name = "mirai-" + String(UInt64.random(in: .min ... .max), radix: 36)
            let name = try await begin(options).name
            inbox.state.withLock { $0.submission = name }
        }
        let (submission, element) = inbox.state.withLock { ($0.submission ?? "", $0.next) }
        try await add([task], to: submission, first: element)
        inbox.state.withLock { $0.next += 1 }
        return SessionMirai(session: self, task: SessionTaskName(submission: submission, element: element))
    }

    /// Submits a task for each element, and waits for all.
    /// - Parameters:
    ///   - name: nil: one is made from the type's name.
    ///   - key: as in `submit`; with it, a program that was ended goes on where it was.
    /// - Returns: the outcomes in the order of the elements.
    public func map<Work: RemoteTask>(
        _ works: some Sequence<Work>, named name: String? = nil, key: String? = nil,
        retry: RetryPolicy = .lostDaemons
    ) async throws -> [Result<Work.Output, HayateError>] {
        var tasks: [SessionTask] = []
        for work in works { tasks.append(try SessionTask.task(work, retry: retry)) }
        let submission = try await submit(tasks, named: name, key: key, label: "\(Work.self)")
        var results: [Result<Work.Output, HayateError>?] = Array(repeating: nil, count: tasks.count)
        for try await outcomes in outcomes(of: submission.name) {
            for outcome in outcomes where Int(outcome.task.element) < results.count {
                do throws(HayateError) {
                    results[Int(outcome.task.element)] = .success(try outcome.value(as: Work.Output.self))
                } catch {
                    results[Int(outcome.task.element)] = .failure(error)
                }
            }
        }
        return results.map { result in
            result ?? .failure(HayateError(.cancelled, "the task was removed from its session before it ended"))
        }
    }
}
