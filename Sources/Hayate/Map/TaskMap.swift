import HayateCore
import HayateDaemon
import HayateTransport

/// One element's value of a map.
public struct MapElement<Value: Sendable>: Sendable {
    /// The place of its task in the input, from 0.
    public var index: Int
    public var value: Value
}

/// One element's outcome of a map that goes on after failures.
public struct MapResult<Value: Sendable>: Sendable {
    /// The place of its task in the input, from 0.
    public var index: Int
    public var result: Result<Value, HayateError>
}

/// Many tasks as one: an asynchronous sequence of values in the order in which they come.
///
/// Tasks are taken from the input as there is room, so the input may be longer than memory. The first
/// failure is thrown and stops the rest; leaving the loop early stops the rest too. `results` goes on
/// after failures, and `collect()` gives all values in input order.
public struct TaskMap<Tasks: Sequence & Sendable>: AsyncSequence, Sendable
where Tasks.Element: RemoteTask {
    public typealias Value = Tasks.Element.Output
    public typealias Element = MapElement<Value>
    public typealias Failure = any Error

    let tasks: Tasks
    /// Kept, so that a pool lives as long as its map.
    let submitter: any TaskSubmitter
    var options: MapOptions

    public func makeAsyncIterator() -> Iterator {
        Iterator(base: MapResults<Tasks>(map: self).makeAsyncIterator())
    }

    public struct Iterator: AsyncIteratorProtocol {
        var base: MapResults<Tasks>.Iterator

        public mutating func next() async throws -> MapElement<Value>? {
            guard let element = try await base.next() else { return nil }
            do {
                return MapElement(index: element.index, value: try element.result.get())
            } catch {
                base.stop()
                throw error
            }
        }
    }

    /// The outcomes in the order in which they come, failures included: nothing is stopped by a failure.
    public var results: MapResults<Tasks> { MapResults(map: self) }

    /// All values in input order.
    /// - Throws: the first failure that comes; the rest is stopped.
    public func collect() async throws -> [Value] {
        var values: [Value?] = []
        for try await element in self {
            while values.count <= element.index { values.append(nil) }
            values[element.index] = element.value
        }
        return values.compactMap { $0 }
    }

    /// All elements of values that are sequences themselves, in input order, as one array.
    /// - Throws: the first failure that comes; the rest is stopped.
    public func collectFlat() async throws -> [Value.Element] where Value: Sequence {
        try await collect().flatMap { $0 }
    }

    /// All values in input order, telling a reporter meanwhile how far it is.
    ///
    /// ```swift
    /// try await pool.map(tasks).collect(progress: .terminal("fits"))
    /// ```
    public func collect(progress reporter: ProgressReporter) async throws -> [Value] {
        try await reporting(reporter).collect()
    }

    /// The same map, which tells how far it is while it runs.
    public func reporting(_ reporter: ProgressReporter) -> TaskMap {
        var copy = self
        copy.options.progress = reporter
        return copy
    }

    /// The same map, which calls this at most ten times a second and once at the end.
    public func reporting(_ body: @escaping @Sendable (MapProgress) -> Void) -> TaskMap {
        reporting(.calling(body))
    }

    /// All outcomes in input order; a failure does not stop the others.
    /// - Throws: `CancellationError`, or `HayateError.notSendable` if a task cannot travel.
    public func collectResults() async throws -> [Result<Value, HayateError>] {
        var values: [Result<Value, HayateError>?] = []
        for try await element in results {
            while values.count <= element.index { values.append(nil) }
            values[element.index] = element.result
        }
        return values.compactMap { $0 }
    }
}

/// The outcomes of a map, failures included, in the order in which they come.
public struct MapResults<Tasks: Sequence & Sendable>: AsyncSequence, Sendable
where Tasks.Element: RemoteTask {
    public typealias Value = Tasks.Element.Output
    public typealias Element = MapResult<Value>
    public typealias Failure = any Error

    let map: TaskMap<Tasks>

    public func makeAsyncIterator() -> Iterator { Iterator(map: map) }

    /// Takes tasks from the input, submits them, and hands over outcomes. One consumer at a time.
    public struct Iterator: AsyncIteratorProtocol {
        private let inbox: MapInbox
        private let scope: MapScope
        private let map: TaskMap<Tasks>
        private let span: GroupSpan?
        private var feed: MapFeed<Tasks>
        private var next: UInt32 = 0
        private var outstanding = 0
        private var batch = MapInbox.Batch()
        private var position = 0
        private var chunks: [ReturnedChunk] = []
        private var limit = 0
        private let progress: ProgressTracker?

        init(map: TaskMap<Tasks>) {
            self.map = map
            inbox = MapInbox()
            let queue = map.submitter.queue
            span = queue.instruments?.tracing?.begin("mirai_map", ofKind: .internal)
            scope = MapScope(inbox: inbox, queue: queue)
            feed = MapFeed(map.tasks, options: map.options, for: queue, in: span)
            progress = map.options.progress.map { [feed] in ProgressTracker($0, total: feed.total) }
        }

        public mutating func next() async throws -> MapResult<Value>? {
            guard let progress else { return try await nextOutcome() }
            do {
                let outcome = try await nextOutcome()
                switch outcome?.result {
                case .success: progress.count(failed: false)
                case .failure: progress.count(failed: true)
                case nil: progress.end()
                }
                return outcome
            } catch {
                progress.end()
                throw error
            }
        }

        private mutating func nextOutcome() async throws -> MapResult<Value>? {
            while true {
                if let outcome = nextHere() { return outcome }
                while true {
                    if outstanding < limit / 2 + 1 { try refill() }
                    guard outstanding == 0 else { break }
                    guard scope.isHolding else { return nil }
                    // Others fill the queue; this map has nothing on its way that could wake it.
                    await map.submitter.queue.waitForRoom()
                    try Task.checkCancellation()
                }
                try await takeBatch()
                // Before these are looked at, which may take a while: daemons must not run dry.
                if outstanding < limit / 2 || feed.isWaitingForFirst(inbox.elementTime) { try refill() }
            }
        }

        /// The next outcome of those that have come.
        private mutating func nextHere() -> MapResult<Value>? {
            while let last = chunks.indices.last {
                if let outcome: MapResult<Value> = chunks[last].next(map.submitter.queue.decoder) { return outcome }
                chunks.removeLast()
            }
            guard position < batch.items.count else { return nil }
            let item = batch.items[position]
            position += 1
            do {
                let value = try Mirai<Value>.decode(
                    item.resolution, map.submitter.queue.decoder)
                return MapResult(index: Int(item.index), result: .success(value))
            } catch {
                return MapResult(index: Int(item.index), result: .failure(error))
            }
        }

        /// Ends what is not finished.
        func stop() {
            scope.stop()
            progress?.end()
        }

        /// Waits for outcomes, and opens chunks.
        private mutating func takeBatch() async throws {
            batch = try await wait()
            position = 0
            outstanding -= batch.count
            for (receiver, resolution) in batch.chunks {
                let chunk = ReturnedChunk(receiver, resolution) { scope.holdBack($0) }
                if let chunk { chunks.append(chunk) }
            }
            // The last is opened first.
            chunks.reverse()
            if feed.mayChunk { feed.learn(from: batch) }
        }

        private mutating func wait() async throws -> MapInbox.Batch {
            let (scope, inbox, queue) = (scope, inbox, map.submitter.queue)
            if queue.isNested { queue.beginWait(for: inbox) }
            defer { if queue.isNested { queue.endWait(for: inbox) } }
            let isWaiting = feed.isWaitingForFirst(inbox.elementTime)
            let timer = isWaiting ? inbox.nudge(after: feed.nextPause()) : nil
            let batch = await withTaskCancellationHandler {
                await inbox.take()
            } onCancel: {
                scope.stop()
            }
            if let timer { TimerQueue.shared.cancel(timer) }
            try Task.checkCancellation()
            return batch
        }

        /// Submits tasks until enough are on their way, the queue is full or the input ends.
        private mutating func refill() throws {
            let plan = feed.plan(time: inbox.elementTime, on: map.submitter.queue)
            limit = plan.limit
            while !feed.isAtEnd || scope.isHolding, outstanding < plan.limit {
                var requests: [Dispatcher.Request] = []
                var count = 0
                var following = next
                // A chunk leaves at once: the first daemon need not wait for the last one's.
                while requests.count < 64, count == requests.count, outstanding + count < plan.limit {
                    if let held = scope.takeHeld() {
                        requests.append(held)
                    } else if let request = try feed.next(plan.chunk, from: following, for: inbox) {
                        requests.append(request)
                        following &+= UInt32(request.elements)
                    } else {
                        break
                    }
                    count += requests[requests.count - 1].elements
                }
                let first = requests.first?.index ?? next
                next = following
                let accepted = try map.submitter.queue.submit(requests, from: first, to: inbox)
                outstanding += requests[..<accepted].reduce(0) { $0 + $1.elements }
                guard accepted == requests.count else {
                    scope.holdBack(requests[accepted...])
                    return
                }
            }
        }
    }
}

/// How a map's tasks are submitted.
struct MapOptions: Sendable {
    var timeout: Duration?
    var retry: RetryPolicy
    var priority: Int8
    var timeRequest: Duration?
    var resources: ResourceRequest?
    /// The most tasks of one map that are on their way at once: enough to keep daemons busy while the
    /// consumer works, little enough to let other submitters in and to bound memory.
    var window = 8192
    var chunk = ChunkPolicy.automatic
    var progress: ProgressReporter?
}

extension TaskSubmitter {
    /// Submits many tasks as one. Nothing happens before the result is iterated or collected.
    ///
    /// - Parameters:
    ///   - timeout: for each task, counted from its submission.
    ///   - retry: for each task, as for `mirai`.
    ///   - timeRequest, resources: for each task, as for `mirai`.
    ///   - chunk: how many tiny tasks travel together.
    public func map<Tasks: Sequence & Sendable>(
        _ tasks: Tasks, timeout: Duration? = nil, retry: RetryPolicy = .lostDaemons,
        priority: Int8 = 0, timeRequest: Duration? = nil, resources: ResourceRequest? = nil,
        chunk: ChunkPolicy = .automatic
    ) -> TaskMap<Tasks> where Tasks.Element: RemoteTask {
        TaskMap(
            tasks: tasks, submitter: self,
            options: MapOptions(
                timeout: timeout, retry: retry, priority: priority, timeRequest: timeRequest,
                resources: resources, chunk: chunk))
    }
}
