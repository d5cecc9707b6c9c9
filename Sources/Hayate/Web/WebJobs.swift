import HayateHTTP
import Logging
import Synchronization

/// What web services have started for a pool, and ends with it where it is known how.
final class WebJobs: Sendable {
    private struct Job {
        var name: String
        var url: String
        var configuration: HTTPConfiguration
    }

    private struct State {
        var jobs: [Job] = []
        var isEnding = false
    }

    private let state = Mutex(State())
    private static let log = Logger(label: "hayate.web")

    /// Asks for one daemon.
    /// - Throws: `HayateError.launchFailed` with the service's words, `.invalidArgument`, `.cancelled`, `.closed`.
    func launch(
        _ configuration: HTTPConfiguration, command: @escaping @Sendable (LaunchKey) -> String
    ) async throws(HayateError) -> LaunchAnswer {
        let daemon = RequestedDaemon(name: Self.uniqueName(), key: configuration.key, command: command)
        let call = try await WebCall(configuration)
        // A job that has its name from here may come to be without an answer, so it is remembered before.
        let planned = configuration.service.name(of: daemon)
        do throws(WebFailure) {
            let body = try await configuration.service.body(for: daemon, call)
            try remember(planned, call, configuration)
            let answer = try await call.send(body)
            let job = try call.job(in: answer) ?? planned
            if planned == nil { try remember(job, call, configuration) }
            return LaunchAnswer(status: answer.status, body: answer.text, isCut: answer.isCut, job: job)
        } catch {
            if let planned, !error.isUnclear { forget(planned) }
            if let late = error.late {
                // The pool was closed while the service answered: nobody else ends the job.
                do throws(WebFailure) {
                    try await Self.cancel(Job(name: late, url: call.url, configuration: configuration))
                } catch {
                    throw HayateError(
                        .closed, "the pool is closed, and its job \(late) could not be ended: \(error.error.message)")
                }
            }
            throw error.error
        }
    }

    /// Ends the jobs, or leaves them. Idempotent.
    func end(cancelling: Bool) async {
        let jobs = state.withLock { state in
            defer { state.jobs.removeAll() }
            state.isEnding = true
            return state.jobs
        }
        guard cancelling else { return }
        var left: [String] = []
        var failure: HayateError?
        for (position, job) in jobs.enumerated() {
            do throws(WebFailure) {
                try await Self.cancel(job)
            } catch {
                failure = error.error
                left.append(job.name)
                guard !error.isAnswered else { continue }
                // It is not there: it would not be for the others either, each time after the whole deadline.
                left += jobs[(position + 1)...].map(\.name)
                break
            }
        }
        guard let failure else { return }
        Self.log.warning(
            """
            \(left.count) jobs of a web service could not be ended (\(left.joined(separator: ", "))): \
            \(failure.message)
            """)
    }

    /// The same for a pool that nobody waits for.
    func endLater(cancelling: Bool) {
        guard state.withLock({ !$0.jobs.isEmpty }) else { return }
        Task { await end(cancelling: cancelling) }
    }

    private static func cancel(_ job: Job) async throws(WebFailure) {
        let service = job.configuration.service
        guard let url = service.cancellation(of: job.name, launchedAt: job.url) else { return }
        // The token of the launch may be over by now.
        let call: WebCall
        do throws(HayateError) { call = try await WebCall(job.configuration) } catch { throw WebFailure(error) }
        _ = try await call.send("", method: "DELETE", url: url, accepting: service.isGone)
    }

    /// Keeps in mind what is to be ended with the pool.
    private func remember(
        _ name: String?, _ call: WebCall, _ configuration: HTTPConfiguration
    ) throws(WebFailure) {
        let job = name.flatMap { name in
            configuration.service.cancellation(of: name, launchedAt: call.url).map { _ in
                Job(name: name, url: call.url, configuration: configuration)
            }
        }
        let isLate = state.withLock { state in
            if let job, !state.isEnding { state.jobs.append(job) }
            return state.isEnding
        }
        if isLate { throw WebFailure(HayateError(.closed, "the pool is closed"), late: job?.name) }
    }

    private func forget(_ name: String) {
        state.withLock { state in state.jobs.removeAll { $0.name == name } }
    }

    private static func uniqueName() -> String {
        String(UInt64.random(in: .min ... .max), radix: 36)
    }
}
