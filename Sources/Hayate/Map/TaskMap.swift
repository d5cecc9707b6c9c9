import HayateCore
import HayateDaemon

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
    let options: MapOptions

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
        private var input: Tasks.Iterator?
        private var next = 0
        private var outstanding = 0
        private var batch: [MapInbox.Item] = []
        private var position = 0

        init(map: TaskMap<Tasks>) {
            self.map = map
            inbox = MapInbox()
            span = map.submitter.queue.instruments?.tracing?.begin("mirai_map", ofKind: .internal)
            scope = MapScope(inbox: inbox, queue: map.submitter.queue)
            input = map.tasks.makeIterator()
        }

        public mutating func next() async throws -> MapResult<Value>? {
            if position == batch.count {
                batch.removeAll(keepingCapacity: true)
                position = 0
                while true {
                    if outstanding < map.options.window / 2 + 1 { try refill() }
                    guard outstanding == 0 else { break }
                    guard scope.isHolding else { return nil }
                    // Others fill the queue; this map has nothing on its way that could wake it.
                    await map.submitter.queue.waitForRoom()
                    try Task.checkCancellation()
                }
                batch = try await wait()
                outstanding -= batch.count
                // Before these are looked at, which may take a while: daemons must not run dry.
                if outstanding < map.options.window / 2 { try refill() }
            }
            let item = batch[position]
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
        func stop() { scope.stop() }

        private func wait() async throws -> [MapInbox.Item] {
            let scope = scope
            let queue = map.submitter.queue
            if queue.isNested { queue.beginWait(for: inbox) }
            defer { if queue.isNested { queue.endWait(for: inbox) } }
            let items = await withTaskCancellationHandler {
                await inbox.take()
            } onCancel: {
                scope.stop()
            }
            try Task.checkCancellation()
            return items
        }

        /// Submits tasks until enough are on their way, the queue is full or the input ends.
        private mutating func refill() throws {
            while input != nil || scope.isHolding, outstanding < map.options.window {
                var requests: [Dispatcher.Request] = []
                while requests.count < 64, outstanding + requests.count < map.options.window {
                    if let held = scope.takeHeld() {
                        requests.append(held)
                        continue
                    }
                    guard let work = input?.next() else {
                        input = nil
                        break
                    }
                    var request = try Dispatcher.request(
                        work, timeout: map.options.timeout, retry: map.options.retry,
                        priority: map.options.priority, for: map.submitter.queue)
                    map.submitter.queue.instruments?.begin(&request, parent: span?.context)
                    requests.append(request)
                }
                let accepted = try map.submitter.queue.submit(
                    requests, from: UInt32(truncatingIfNeeded: next), to: inbox)
                next += accepted
                outstanding += accepted
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
    /// The most tasks of one map that are on their way at once: enough to keep daemons busy while the
    /// consumer works, little enough to let other submitters in and to bound memory.
    var window = 8192
}

extension TaskSubmitter {
    /// Submits many tasks as one. Nothing happens before the result is iterated or collected.
    ///
    /// - Parameters:
    ///   - timeout: for each task, counted from its submission.
    ///   - retry: for each task, as for `mirai`.
    public func map<Tasks: Sequence & Sendable>(
        _ tasks: Tasks, timeout: Duration? = nil, retry: RetryPolicy = .lostDaemons,
        priority: Int8 = 0
    ) -> TaskMap<Tasks> where Tasks.Element: RemoteTask {
        TaskMap(
            tasks: tasks, submitter: self,
            options: MapOptions(timeout: timeout, retry: retry, priority: priority))
    }
}
