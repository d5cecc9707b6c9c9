import HayateCore
import HayateDaemon
import HayateTransport

extension TaskSubmitter {
    /// Submits a task and returns at once with its future.
    ///
    /// A task that cannot be submitted gives a mirai that has its error already.
    /// - Parameters:
    ///   - timeout: counted from now, waiting included; nil for none.
    ///   - retry: what happens when the daemon is lost or the task fails.
    ///   - priority: higher runs earlier; first in, first out among equals.
    ///   - timeRequest: how much of its wall time the daemon must have left that is given the task, since it takes that
    ///     long at most; nil for any. The task waits for one with so much left, others pass it meanwhile. No limit, and
    ///     rounded up by 3 % at most. Not for tasks of tasks, nor in a pool `withoutDispatcher()`.
    ///   - resources: what it needs of a daemon that runs several tasks at once (`Daemons.resources(_:)`); nil for one
    ///     processor. It waits for a daemon that has so much free; others that do not say what they have get it only if
    ///     it asks for one processor and nothing else. Not for tasks of tasks, nor in a pool `withoutDispatcher()`.
    public func mirai<Work: RemoteTask>(
        _ work: Work, timeout: Duration? = nil, retry: RetryPolicy = .lostDaemons,
        priority: Int8 = 0, timeRequest: Duration? = nil, resources: ResourceRequest? = nil
    ) -> Mirai<Work.Output> {
        do {
            var request = try Dispatcher.request(
                work, timeout: timeout, retry: retry, priority: priority, for: queue)
            request.spec.timeRequest = timeRequest
            request.spec.resources = resources
            queue.instruments?.begin(&request)
            let result = queue.submit(request)
            if case .failure(let error) = result { request.watch?.refused(error) }
            return Mirai(try result.get())
        } catch {
            return Mirai(MiraiState(failed: error))
        }
    }

    /// Like `mirai`, but gives nil if the queue is full. Never waits.
    public func tryMirai<Work: RemoteTask>(
        _ work: Work, timeout: Duration? = nil, retry: RetryPolicy = .lostDaemons,
        priority: Int8 = 0, timeRequest: Duration? = nil, resources: ResourceRequest? = nil
    ) -> Mirai<Work.Output>? {
        let mirai = mirai(
            work, timeout: timeout, retry: retry, priority: priority, timeRequest: timeRequest,
            resources: resources)
        if case .error(let error) = mirai.state.resolution, error.code == .queueFull { return nil }
        return mirai
    }

    /// Like `mirai`, but suspends while the queue is full.
    /// - Throws: `CancellationError` if cancelled while it waits.
    public func submit<Work: RemoteTask>(
        _ work: Work, timeout: Duration? = nil, retry: RetryPolicy = .lostDaemons,
        priority: Int8 = 0, timeRequest: Duration? = nil, resources: ResourceRequest? = nil
    ) async throws -> Mirai<Work.Output> {
        let started = Instant.now
        while true {
            // Waiting for room counts, too.
            let left = timeout.map { max(.zero, $0 - .nanoseconds(Instant.now.since(started))) }
            let mirai = mirai(
                work, timeout: left, retry: retry, priority: priority, timeRequest: timeRequest,
                resources: resources)
            guard case .error(let error) = mirai.state.resolution, error.code == .queueFull else {
                return mirai
            }
            guard left.map({ $0 > .zero }) ?? true else {
                return Mirai(
                    MiraiState(
                        failed: HayateError(
                            .timedOut, "the task ran out of time while it waited for room in the queue")))
            }
            await waitForRoom(within: left)
            try Task.checkCancellation()
        }
    }

    private func waitForRoom(within limit: Duration?) async {
        guard let limit else { return await queue.waitForRoom() }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await queue.waitForRoom() }
            group.addTask { try? await Task.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
    }
}

extension Pool {
    /// Runs a task on every daemon that is there, and on each that joins later before it takes others.
    ///
    /// A daemon that joins later and fails it leaves. For what it does to outlive the task, it must
    /// change the daemon's process: `context.state`, global variables, environment, open files.
    /// - Parameters:
    ///   - minimum: waits until so many daemons take tasks; nil for those that are there and those that the
    ///     pool has started and that have not joined yet.
    ///   - timeout: for waiting and running together.
    /// - Returns: the results of the present daemons, errors included.
    /// - Throws: `HayateError` if the task cannot travel or the daemons do not come; no daemon then gets it.
    public func everywhere<Work: RemoteTask>(
        _ work: Work, minimum: Int? = nil, timeout: Duration? = nil
    ) async throws(HayateError) -> [Result<Work.Output, HayateError>] {
        let started = Instant.now
        try await comeTogether(minimum, timeout: timeout)
        let timeout = timeout.map { $0 - .nanoseconds(Instant.now.since(started)) }
        var request = try Dispatcher.request(
            work, timeout: timeout, retry: .never, priority: 0, for: dispatcher)
        let span = dispatcher.instruments?.tracing?.begin("everywhere", ofKind: .client)
        defer { withExtendedLifetime(span) {} }
        span?.mark(&request)
        let states = dispatcher.everywhere(request) { [dispatcher] task in
            MiraiState(task: task, queue: dispatcher)
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
