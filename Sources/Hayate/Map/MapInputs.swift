import HayateCore
import HayateDaemon

extension Pool {
    /// Submits a task for each row of a table whose rows are tasks: columns are the arguments.
    public func map<Work: RemoteTask>(
        _ rows: CSVRows<Work>, timeout: Duration? = nil, retry: RetryPolicy = .lostDaemons,
        priority: Int8 = 0, timeRequest: Duration? = nil, resources: ResourceRequest? = nil,
        chunk: ChunkPolicy = .automatic
    ) -> TaskMap<CSVTasks<Work, Work>> {
        map(
            rows.tasks { $0 }, timeout: timeout, retry: retry, priority: priority,
            timeRequest: timeRequest, resources: resources, chunk: chunk)
    }

    /// Submits a task for each value, made from it as the map needs it: rows of a table in memory, or
    /// arguments of a task that has others too.
    ///
    /// ```swift
    /// pool.map(stars) { Fit(star: $0, method: .robust) }
    /// ```
    public func map<Values: Sequence & Sendable, Work: RemoteTask>(
        _ values: Values, timeout: Duration? = nil, retry: RetryPolicy = .lostDaemons,
        priority: Int8 = 0, timeRequest: Duration? = nil, resources: ResourceRequest? = nil,
        chunk: ChunkPolicy = .automatic,
        _ task: @escaping @Sendable (Values.Element) -> Work
    ) -> TaskMap<MadeTasks<Values, Work>> {
        map(
            MadeTasks(values: values, task: task), timeout: timeout, retry: retry, priority: priority,
            timeRequest: timeRequest, resources: resources, chunk: chunk)
    }

    /// Submits tasks that have names, and keeps those with the results.
    ///
    /// ```swift
    /// let fits = try await pool.map(["linear": Fit(degree: 1), "square": Fit(degree: 2)]).collect()
    /// print(fits["square"])
    /// ```
    public func map<Name: Hashable & Sendable, Work: RemoteTask>(
        _ tasks: KeyValuePairs<Name, Work>, timeout: Duration? = nil, retry: RetryPolicy = .lostDaemons,
        priority: Int8 = 0, timeRequest: Duration? = nil, resources: ResourceRequest? = nil,
        chunk: ChunkPolicy = .automatic
    ) -> NamedMap<Name, Work> {
        NamedMap(
            names: tasks.map { $0.key },
            map: map(
                tasks.map { $0.value }, timeout: timeout, retry: retry, priority: priority,
                timeRequest: timeRequest, resources: resources, chunk: chunk))
    }

    /// Submits tasks that have names, in the order that the dictionary happens to have.
    @_disfavoredOverload
    public func map<Name: Hashable & Sendable, Work: RemoteTask>(
        _ tasks: [Name: Work], timeout: Duration? = nil, retry: RetryPolicy = .lostDaemons,
        priority: Int8 = 0, timeRequest: Duration? = nil, resources: ResourceRequest? = nil,
        chunk: ChunkPolicy = .automatic
    ) -> NamedMap<Name, Work> {
        let tasks = Array(tasks)
        return NamedMap(
            names: tasks.map { $0.key },
            map: map(
                tasks.map { $0.value }, timeout: timeout, retry: retry, priority: priority,
                timeRequest: timeRequest, resources: resources, chunk: chunk))
    }

    /// Submits tasks that have names, such as `zip(names, tasks)`.
    public func map<Pairs: Sequence, Name: Hashable & Sendable, Work: RemoteTask>(
        named pairs: Pairs, timeout: Duration? = nil, retry: RetryPolicy = .lostDaemons,
        priority: Int8 = 0, timeRequest: Duration? = nil, resources: ResourceRequest? = nil,
        chunk: ChunkPolicy = .automatic
    ) -> NamedMap<Name, Work> where Pairs.Element == (Name, Work) {
        let tasks = Array(pairs)
        return NamedMap(
            names: tasks.map { $0.0 },
            map: map(
                tasks.map { $0.1 }, timeout: timeout, retry: retry, priority: priority,
                timeRequest: timeRequest, resources: resources, chunk: chunk))
    }
}

/// Tasks that are made from values when they are asked for.
public struct MadeTasks<Values: Sequence & Sendable, Work: RemoteTask>: Sequence, Sendable, CountedInput {
    let values: Values
    let task: @Sendable (Values.Element) -> Work

    public func makeIterator() -> Iterator { Iterator(values: values.makeIterator(), task: task) }

    var knownCount: Int? { (values as? any Collection)?.count }

    public struct Iterator: IteratorProtocol {
        var values: Values.Iterator
        let task: (Values.Element) -> Work

        public mutating func next() -> Work? { values.next().map(task) }
    }
}
