import HayateCore
import HayateDaemon
import HayateTransport

/// Turns a map's input into requests: single elements, or chunks of them.
struct MapFeed<Tasks: Sequence & Sendable> where Tasks.Element: RemoteTask {
    /// What to do until the next look.
    struct Plan {
        /// Elements of a chunk, 1 for none.
        var chunk: Int
        /// Elements on their way.
        var limit: Int
    }

    private let options: MapOptions
    private let queue: TaskQueue
    private let span: GroupSpan?
    private var planner: ChunkPlanner
    private var input: Tasks.Iterator?
    /// Elements of the input, where that is known without taking them.
    let total: Int?
    private var taken = 0
    /// Taken from the input, and did not fit into the last chunk.
    private var carried: Dispatcher.Request?
    private(set) var mayChunk: Bool
    private var pause = Duration.milliseconds(20)

    init(_ tasks: Tasks, options: MapOptions, for queue: TaskQueue, in span: GroupSpan?) {
        self.options = options
        self.queue = queue
        self.span = span
        mayChunk = queue.daemonsForChunks.knowChunks
        planner = ChunkPlanner(options, isCommand: Tasks.Element.self is Command.Type)
        input = tasks.makeIterator()
        total = (tasks as? any CountedInput)?.knownCount ?? (tasks as? any Collection)?.count
    }

    var isAtEnd: Bool { input == nil && carried == nil }

    func plan(time: Int64?, on queue: TaskQueue) -> Plan {
        let daemons = queue.daemonsForChunks
        let isAllowed = mayChunk && !(planner.isAutomatic && daemons.countTasks)
        let size = isAllowed
            ? planner.size(time: time, daemons: daemons.count, remaining: total.map { $0 - taken }) : 1
        return Plan(
            chunk: size,
            limit: isAllowed
                ? planner.limit(time: time, daemons: daemons.count) : options.window)
    }

    /// Whether only some are on their way, because nobody knows yet how long they take.
    func isWaitingForFirst(_ time: Int64?) -> Bool {
        mayChunk && planner.isAutomatic && time == nil && !isAtEnd
    }

    /// After how long to look again for daemons that have joined meanwhile: growing, to a second.
    mutating func nextPause() -> Duration {
        defer { pause = min(pause * 2, .seconds(1)) }
        return pause
    }

    /// Elements that print stay single from now on, so that each failure has its own output; and so do all
    /// if a daemon does not know what a chunk is.
    mutating func learn(from batch: MapInbox.Batch) {
        func isNoisy(_ resolution: Resolution) -> Bool {
            switch resolution {
            case .valueWithOutput: true
            case .error(let error): error.output != nil
            case .value: false
            }
        }
        if batch.chunks.contains(where: {
            if case .error(let error) = $0.resolution { error.code == .refused } else { false }
        }) {
            mayChunk = false
        }
        guard planner.isAutomatic else { return }
        if batch.items.contains(where: { isNoisy($0.resolution) })
            || batch.chunks.contains(where: { isNoisy($0.resolution) })
        {
            mayChunk = false
        }
    }

    /// The next element, or so many of them as a chunk.
    /// - Returns: nil at the end of the input.
    /// - Throws: `HayateError.notSendable`.
    mutating func next(
        _ size: Int, from index: UInt32, for inbox: MapInbox
    ) throws -> Dispatcher.Request? {
        guard size > 1 else {
            var request = try takeOne()
            request?.index = index
            return request
        }
        guard var first = try takeOne() else { return nil }
        first.index = index
        var bodies = PackedBodies()
        bodies.reserve(count: size, bytes: min(ChunkPlanner.bytes, size * (first.body.count + 8)))
        bodies.append(first.body)
        while bodies.count < size, let request = try takeOne() {
            guard bodies.byteCount + request.body.count <= ChunkPlanner.bytes,
                request.details == first.details
            else {
                carried = request
                break
            }
            bodies.append(request.body)
            // Elements mostly mean the same contents; to mean one more than needed costs nothing.
            for region in request.shares where !first.shares.contains(where: { $0 === region }) {
                first.shares.append(region)
            }
        }
        guard bodies.count > 1 else { return first }
        first.body = []
        return try Dispatcher.Request.chunk(
            of: first, bodies,
            for: ChunkReceiver(inbox: inbox, first: index, bodies: bodies, template: first))
    }

    private mutating func takeOne() throws -> Dispatcher.Request? {
        if let request = carried {
            carried = nil
            return request
        }
        guard let work = input?.next() else {
            defer { input = nil }
            if let failure = (input as? any FailableInput)?.failure { throw failure }
            return nil
        }
        taken += 1
        var request = try Dispatcher.request(
            work, timeout: options.timeout, retry: options.retry, priority: options.priority,
            for: queue)
        request.spec.timeRequest = options.timeRequest
        request.spec.resources = options.resources
        queue.instruments?.begin(&request, parent: span?.context)
        return request
    }
}

extension MapInbox {
    /// Lets the consumer look although nothing has come.
    func nudge(after pause: Duration) -> TimerQueue.Timer {
        TimerQueue.shared.schedule(after: pause) { [weak self] in self?.nudge() }
    }
}

/// An input of a map that is no collection and may know all the same how many elements it has.
protocol CountedInput {
    var knownCount: Int? { get }
}
