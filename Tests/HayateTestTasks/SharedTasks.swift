import Glibc
import Hayate

/// What a process has mapped of shared memory files.
public enum SharedMappings {
    /// The inodes of the shared memory files that this process has mapped.
    public static func inodes(of process: Int32 = getpid()) -> [String] {
        SignalFile.lines("/proc/\(process)/maps").compactMap { line in
            guard line.contains("memfd:hayate-shared") else { return nil }
            let words = line.split(separator: " ")
            return words.count > 4 ? String(words[4]) : nil
        }
    }
}

/// What a task saw of its shared arguments.
public struct SharedSight: Codable, Hashable, Sendable {
    public var process: Int32
    public var attempt: Int
    public var count: Int
    public var sum: Double
    /// Memory files that were mapped while it ran.
    public var inodes: [String]

    public init(process: Int32, attempt: Int, count: Int, sum: Double, inodes: [String]) {
        self.process = process
        self.attempt = attempt
        self.count = count
        self.sum = sum
        self.inodes = inodes
    }
}

/// Adds up a shared array, in place.
public struct SumShared: RemoteTask {
    public var numbers: SharedArray<Double>
    public var failures: Int

    /// - Parameter failures: so many attempts fail after they have read the array.
    public init(_ numbers: SharedArray<Double>, failures: Int = 0) {
        self.numbers = numbers
        self.failures = failures
    }

    public func run(in context: TaskContext) async throws -> SharedSight {
        var sum = 0.0
        let span = numbers.span
        for index in span.indices { sum += span[index] }
        if context.attempt <= failures { throw TestFailure("attempt \(context.attempt) fails") }
        return SharedSight(
            process: getpid(), attempt: context.attempt, count: numbers.count, sum: sum,
            inodes: SharedMappings.inodes())
    }
}

/// A table that counts how often it was decoded in this process.
public struct CountedTable: Codable, Sendable, Hashable {
    public var rows: [String]

    public init(_ rows: [String]) { self.rows = rows }

    public init(from decoder: any Decoder) throws {
        rows = try decoder.singleValueContainer().decode([String].self)
        // Not synchronized: tasks run one after the other.
        Self.decodings += 1
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rows)
    }

    nonisolated(unsafe) static var decodings = 0
}

/// Looks up a row of a shared table.
public struct LookUp: RemoteTask {
    public var row: Int
    public var table: Shared<CountedTable>

    public init(_ row: Int, in table: Shared<CountedTable>) {
        self.row = row
        self.table = table
    }

    public struct Found: Codable, Sendable, Hashable {
        public var text: String
        public var process: Int32
        public var decodings: Int
    }

    public func run(in context: TaskContext) async throws -> Found {
        let text = try table.value.rows[row]
        return Found(text: text, process: getpid(), decodings: CountedTable.decodings)
    }
}

/// Several shared things in one another.
public struct Study: Codable, Sendable {
    public struct Part: Codable, Sendable {
        public var weights: SharedArray<Float>?
        public var names: Shared<[String]>
    }

    public var title: String
    public var parts: [Part]
    public var byName: [String: Shared<Int>]

    public init(title: String, parts: [Part], byName: [String: Shared<Int>]) {
        self.title = title
        self.parts = parts
        self.byName = byName
    }
}

extension Study.Part {
    public init(_ weights: SharedArray<Float>?, _ names: Shared<[String]>) {
        self.weights = weights
        self.names = names
    }
}

/// Describes a study, and returns it.
public struct ReadStudy: RemoteTask {
    public var study: Study

    public init(_ study: Study) { self.study = study }

    public struct Answer: Codable, Sendable {
        public var text: String
        public var study: Study
    }

    public func run(in context: TaskContext) async throws -> Answer {
        var text = study.title
        for part in study.parts {
            text += " \(part.weights?.map { String($0) }.joined(separator: "/") ?? "-")"
            text += " \(try part.names.value.joined(separator: "/"))"
        }
        for (name, shared) in study.byName.sorted(by: { $0.key < $1.key }) {
            text += " \(name)=\(try shared.value)"
        }
        return Answer(text: text, study: study)
    }
}

/// Keeps a shared array in the daemon for later tasks, and tells how it was got.
public struct KeepShared: RemoteTask {
    public var numbers: SharedArray<Double>

    public init(_ numbers: SharedArray<Double>) { self.numbers = numbers }

    nonisolated(unsafe) static var kept: SharedArray<Double>?

    public func run(in context: TaskContext) async throws -> Nothing {
        Self.kept = numbers
        return Nothing()
    }
}

/// Adds up what `KeepShared` kept.
public struct SumKept: RemoteTask {
    public init() {}

    public func run(in context: TaskContext) async throws -> SharedSight {
        let kept = KeepShared.kept
        return SharedSight(
            process: getpid(), attempt: context.attempt, count: kept?.count ?? -1,
            sum: kept?.reduce(0, +) ?? 0, inodes: SharedMappings.inodes())
    }
}

/// Waits at a gate with a shared array in its hands.
public struct HoldShared: RemoteTask {
    public var numbers: SharedArray<Double>
    public var gate: Gate

    public init(_ numbers: SharedArray<Double>, _ gate: String) {
        self.numbers = numbers
        self.gate = Gate(gate)
    }

    public func run(in context: TaskContext) async throws -> Double {
        _ = try await gate.run(in: context)
        return numbers.reduce(0, +)
    }
}
