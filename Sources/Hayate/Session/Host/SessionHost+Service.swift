import HayateCore
import HayateJournal
import HayateView

extension SessionHost: SessionService {
    func answer(_ request: SessionRequest, parts: PartSender) async throws(HayateError) -> SessionAnswer {
        switch request {
        case .begin(let options): return .submission(try await begin(options))
        case .add(let addition):
            try await add(addition)
            return .done
        case .complete(let name): return .submission(try await complete(name))
        case .follow(let submission, let after): return try await follow(submission, after: after, parts)
        case .results(let submission, let from, let limit):
            return .outcomes(try await results(of: submission, from: from, limit: limit))
        case .outcome(let task): return .outcomes([try await outcome(of: task)])
        case .snapshot(let tasks): return .snapshot(try await snapshot(tasks: tasks))
        case .spans(let since, let limit): return .spans(try await spans(since: since, limit: limit))
        case .submission(let name): return .submission(view(of: name))
        case .attachment(let name): return .bytes(try book.submission(name).facts.attachment)
        case .explain(let task): return .sentences(try await explain(task))
        case .log(let selection, let following): return try await followLog(selection, following: following, parts)
        case .cancel(let selection): return .count(try await cancel(selection))
        case .retry(let selection): return .count(try await retry(selection))
        case .remove(let name):
            try await remove(name)
            return .done
        case .resize(let count):
            guard (0...100_000).contains(count) else {
                throw HayateError(.invalidArgument, "\(count) is no number of daemons: use 0 to 100000")
            }
            pool.resize(to: count)
            log.add("\(count) daemons are wanted")
            return .done
        case .stop(let draining):
            // Said before the connections end.
            try await parts(.done)
            stop(draining: draining)
            return .done
        }
    }

    /// The keys that a selection means, where it names tasks; nil: a whole submission or everything.
    func key(of task: SessionTaskName) throws(HayateError) -> TaskKey {
        let submission = try book.submission(task.submission)
        guard task.element < submission.total else {
            throw HayateError(
                .invalidArgument,
                "the submission \(task.submission) has \(submission.total) tasks, from 0 on, and none \(task.element)")
        }
        return TaskKey(submission: submission.number, element: task.element)
    }
}
