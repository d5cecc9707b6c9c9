import Glibc
import Hayate

/// Maps numbers, one child each, and adds up what they give.
public struct SumOfChildren: RemoteTask {
    public var count: Int
    /// What a child divides its number by to find out whether to fail; 0: none fails.
    public var divisor: Int

    public init(_ count: Int, failingAt divisor: Int = 0) {
        self.count = count
        self.divisor = divisor
    }

    public func run(in context: TaskContext) async throws -> Int {
        guard divisor == 0 else {
            let tasks = (1...count).map { FailingAt($0, divisor: divisor) }
            return try await context.pool.map(tasks).collect().reduce(0, +)
        }
        return try await context.pool.map((1...count).map { Add($0, 0) }).collect().reduce(0, +)
    }
}

/// A map of maps.
public struct SumOfSums: RemoteTask {
    public var count: Int
    public var each: Int

    public init(_ count: Int, each: Int) {
        self.count = count
        self.each = each
    }

    public func run(in context: TaskContext) async throws -> Int {
        let tasks = (0..<count).map { _ in SumOfChildren(each) }
        return try await context.pool.map(tasks).collect().reduce(0, +)
    }
}

/// A number of the sequence by two children each, down to the first two.
public struct Fibonacci: RemoteTask {
    public var n: Int

    public init(_ n: Int) { self.n = n }

    public func run(in context: TaskContext) async throws -> Int {
        guard n > 1 else { return n }
        let one = context.pool.mirai(Fibonacci(n - 1))
        let other = context.pool.mirai(Fibonacci(n - 2))
        return try await one.value + other.value
    }
}

/// A task whose only child is like it, so many deep. Gives the processes on the way.
public struct Descend: RemoteTask {
    public var depth: Int

    public init(_ depth: Int) { self.depth = depth }

    public func run(in context: TaskContext) async throws -> [Int32] {
        guard depth > 0 else { return [getpid()] }
        return [getpid()] + (try await context.pool.mirai(Descend(depth - 1)).value)
    }
}

/// Prints, waits for a child that prints, and prints again. Gives what the child printed.
public struct PrintingParent: RemoteTask {
    public init() {}

    public func run(in context: TaskContext) async throws -> String {
        print("parent before")
        let child = context.pool.mirai(Printing(output: "child\n", error: "child's error\n"))
        _ = try await child.value
        print("parent after")
        return (child.output?.text ?? "nothing") + (child.output?.errorText ?? "")
    }
}

/// Submits a child and tells how that ended.
public struct OutcomeOfChild: RemoteTask {
    public enum Kind: String, Codable, Sendable {
        /// The child throws.
        case throwing
        /// The child kills its daemon each time.
        case killing
        /// The child runs out of time.
        case late
        /// The child is of a type that cannot travel.
        case unsendable
        /// The child is stopped.
        case stopped
    }

    public var kind: Kind
    public var file: String

    public init(_ kind: Kind, file: String = "") {
        self.kind = kind
        self.file = file
    }

    public func run(in context: TaskContext) async throws -> [String] {
        let pool = context.pool
        switch kind {
        case .throwing: return await Self.tell(pool.mirai(Failing("no luck")))
        case .killing: return await Self.tell(pool.mirai(Fatal(.kill, counter: file), retry: .never))
        case .late:
            return await Self.tell(pool.mirai(Gate(file), timeout: .milliseconds(100)))
        case .unsendable: return await Self.tell(pool.mirai(UnsendableTask()))
        case .stopped:
            let child = pool.mirai(Gate(file))
            let waiting = Task { await Self.tell(child) }
            while !SignalFile.exists("\(file).started") {
                try await Task.sleep(for: .milliseconds(5))
            }
            child.stop()
            return await waiting.value
        }
    }

    private static func tell<Value>(_ mirai: Mirai<Value>) async -> [String] {
        switch await mirai.result {
        case .success(let value): return ["value", "\(value)"]
        case .failure(let error): return ["\(error.code)", error.message, error.errorType ?? ""]
        }
    }
}

/// Submits gates and waits for them.
public struct GatedChildren: RemoteTask {
    public var names: [String]
    /// Whether only the first attempt of this task submits any.
    public var onlyFirstAttempt: Bool

    public init(_ names: [String], onlyFirstAttempt: Bool = false) {
        self.names = names
        self.onlyFirstAttempt = onlyFirstAttempt
    }

    public func run(in context: TaskContext) async throws -> [Place] {
        if onlyFirstAttempt, context.attempt > 1 { return [] }
        return try await context.pool.map(names.map { Gate($0) }).collect()
    }
}

/// Submits a gate, waits until it has started, and returns without its outcome.
public struct Heartless: RemoteTask {
    public var name: String

    public init(_ name: String) { self.name = name }

    public func run(in context: TaskContext) async throws -> Int {
        let child = context.pool.mirai(Gate(name))
        let waiting = Task { _ = await child.result }
        while !SignalFile.exists("\(name).started") {
            try await Task.sleep(for: .milliseconds(5))
        }
        withExtendedLifetime(waiting) {}
        return 7
    }
}

/// Waits for the first of two children: one that never ends and a quick one.
public struct RaceOfChildren: RemoteTask {
    public var name: String

    public init(_ name: String) { self.name = name }

    public func run(in context: TaskContext) async throws -> Int? {
        let endless = context.pool.mirai(WaitsAtGate(name))
        let quick = context.pool.mirai(Add(1, 2))
        let first = try await race([endless, quick])
        return first
    }
}

/// A gate that gives a number.
public struct WaitsAtGate: RemoteTask {
    public var name: String

    public init(_ name: String) { self.name = name }

    public func run(in context: TaskContext) async throws -> Int {
        Int(try await Gate(name).run(in: context).process)
    }
}
