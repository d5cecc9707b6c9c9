import HayateCore
import HayateDaemon

/// A map whose tasks have names: an asynchronous sequence of names and values in the order in which they
/// come.
public struct NamedMap<Name: Hashable & Sendable, Work: RemoteTask>: AsyncSequence, Sendable {
    public typealias Value = Work.Output
    public typealias Element = (name: Name, value: Value)
    public typealias Failure = any Error

    let names: [Name]
    var map: TaskMap<[Work]>

    public func makeAsyncIterator() -> Iterator {
        Iterator(names: names, base: map.makeAsyncIterator())
    }

    public struct Iterator: AsyncIteratorProtocol {
        let names: [Name]
        var base: TaskMap<[Work]>.Iterator

        public mutating func next() async throws -> (name: Name, value: Value)? {
            guard let element = try await base.next() else { return nil }
            return (names[element.index], element.value)
        }
    }

    /// All values in input order, with their names.
    /// - Throws: the first failure that comes; the rest is stopped.
    public func collect() async throws -> NamedValues<Name, Value> {
        NamedValues(names, try await map.collect())
    }

    /// All outcomes in input order, with their names; a failure does not stop the others.
    public func collectResults() async throws -> NamedValues<Name, Result<Value, HayateError>> {
        NamedValues(names, try await map.collectResults())
    }

    /// The same map, which tells how far it is while it runs.
    public func reporting(_ reporter: ProgressReporter) -> NamedMap {
        var copy = self
        copy.map = map.reporting(reporter)
        return copy
    }
}

/// Values in order, each with its name.
///
/// Of several values with one name the subscript finds the first; as a collection it has all.
public struct NamedValues<Name: Hashable & Sendable, Value: Sendable>: RandomAccessCollection, Sendable {
    /// The names in input order.
    public let names: [Name]
    /// The values in input order.
    public let values: [Value]
    private let places: [Name: Int]

    init(_ names: [Name], _ values: [Value]) {
        self.names = names
        self.values = values
        places = Dictionary(zip(names, names.indices), uniquingKeysWith: { first, _ in first })
    }

    public var startIndex: Int { 0 }
    public var endIndex: Int { values.count }
    public subscript(position: Int) -> (name: Name, value: Value) {
        (names[position], values[position])
    }

    /// The value with this name; nil if there is none.
    public subscript(name: Name) -> Value? { places[name].map { values[$0] } }
}
