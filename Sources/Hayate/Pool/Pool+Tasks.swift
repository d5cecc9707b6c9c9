import HayateCore
import HayateDaemon

extension Pool {
    /// Submits a task and returns at once with its future.
    ///
    /// A task that cannot be submitted gives a mirai that has its error already.
    /// - Parameters:
    ///   - timeout: counted from now, waiting included; nil for none.
    ///   - retry: what happens when the daemon is lost or the task fails.
    ///   - priority: higher runs earlier; first in, first out among equals.
    public func mirai<Work: RemoteTask>(
        _ work: Work, timeout: Duration? = nil, retry: RetryPolicy = .lostDaemons,
        priority: Int8 = 0
    ) -> Mirai<Work.Output> {
        do {
            let request = try Dispatcher.request(
                work, timeout: timeout, retry: retry, priority: priority, encoder: dispatcher.encoder)
            let state = try dispatcher.submit(request) { [dispatcher] task in
                MiraiState(task: task, dispatcher: dispatcher)
            }.get()
            return Mirai(state)
        } catch {
            return Mirai(MiraiState(failed: error))
        }
    }

    /// Like `mirai`, but suspends while the queue is full.
    /// - Throws: `CancellationError` if cancelled while it waits.
    public func submit<Work: RemoteTask>(
        _ work: Work, timeout: Duration? = nil, retry: RetryPolicy = .lostDaemons,
        priority: Int8 = 0
    ) async throws -> Mirai<Work.Output> {
        while true {
            let mirai = mirai(work, timeout: timeout, retry: retry, priority: priority)
            guard case .error(let error) = mirai.state.resolution, error.code == .queueFull else {
                return mirai
            }
            await dispatcher.waitForRoom()
            try Task.checkCancellation()
        }
    }

    /// Runs a task on every daemon that is there, and on each that joins later before it takes others.
    ///
    /// A daemon that joins later and fails it leaves. For what it does to outlive the task, it must
    /// change the daemon's process: global variables, environment, open files.
    /// - Returns: the results of the present daemons, errors included.
    public func everywhere<Work: RemoteTask>(
        _ work: Work, timeout: Duration? = nil
    ) async throws(HayateError) -> [Result<Work.Output, HayateError>] {
        let request = try Dispatcher.request(
            work, timeout: timeout, retry: .never, priority: 0, encoder: dispatcher.encoder)
        let states = dispatcher.everywhere(request) { [dispatcher] task in
            MiraiState(task: task, dispatcher: dispatcher)
        }
        var results: [Result<Work.Output, HayateError>] = []
        for state in states {
            switch state {
            case .success(let state): results.append(await Mirai<Work.Output>(state).result)
            case .failure(let error): results.append(.failure(error))
            }
        }
        return results
    }
}
