import Hayate

/// A row of a table as a task: the columns are its arguments.
public struct SumOfRow: RemoteTask {
    public var a: Int
    public var b: Int
    public var c: Int?

    public init(a: Int, b: Int, c: Int? = nil) {
        self.a = a
        self.b = b
        self.c = c
    }

    public func run(in context: TaskContext) async throws -> Int { a + b + (c ?? 0) }
}

/// A row of a table that is only data.
public struct Star: Codable, Hashable, Sendable {
    public enum Kind: String, Codable, Sendable { case dwarf, giant }

    public var name: String
    public var flux: Double
    public var isDouble: Bool
    public var kind: Kind
    public var redshift: Double?

    public init(name: String, flux: Double, isDouble: Bool, kind: Kind, redshift: Double? = nil) {
        self.name = name
        self.flux = flux
        self.isDouble = isDouble
        self.kind = kind
        self.redshift = redshift
    }
}

/// A task with a row as one argument, and another that is the same for all.
public struct Describe: RemoteTask {
    public var star: Star
    public var prefix: String

    public init(star: Star, prefix: String) {
        self.star = star
        self.prefix = prefix
    }

    public func run(in context: TaskContext) async throws -> String { "\(prefix) \(star.name) \(star.flux)" }
}

/// So many numbers from a start on; fails for negative counts.
public struct Counting: RemoteTask {
    public var start: Int
    public var count: Int

    public init(from start: Int, count: Int) {
        self.start = start
        self.count = count
    }

    public func run(in context: TaskContext) async throws -> [Int] {
        guard count >= 0 else { throw TestFailure("\(count) is no count") }
        return Array(start..<(start + count))
    }
}
