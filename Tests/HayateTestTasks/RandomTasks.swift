import Glibc
import Hayate

/// Draws random numbers.
public struct Draw: RemoteTask {
    public var count: Int
    /// How many of the first attempts end their daemon after they have drawn.
    public var fatalAttempts: Int

    public init(_ count: Int = 1, fatalAttempts: Int = 0) {
        self.count = count
        self.fatalAttempts = fatalAttempts
    }

    public func run(in context: TaskContext) async throws -> [Double] {
        let units = (0..<count).map { _ in context.random.nextUnit() }
        if context.attempt <= fatalAttempts { kill(getpid(), SIGKILL) }
        return units
    }
}

/// Draws with the standard library, and tells where its stream stood before.
public struct DrawNumber: RemoteTask {
    public struct Drawn: Codable, Hashable, Sendable {
        public var start: [UInt32]
        public var number: Double
        public var end: [UInt32]
    }

    public init() {}

    public func run(in context: TaskContext) async throws -> Drawn {
        let start = context.random.generator.state
        var generator = context.random
        let number = Double.random(in: 0..<1, using: &generator)
        return Drawn(start: start, number: number, end: context.random.generator.state)
    }
}

/// A number, but one of them ends its daemon.
public struct FatalAt: RemoteTask {
    public var number: Int
    public var fatal: Int

    public init(_ number: Int, fatal: Int) {
        self.number = number
        self.fatal = fatal
    }

    public func run(in context: TaskContext) async throws -> Int {
        if number == fatal { kill(getpid(), SIGKILL) }
        return number
    }
}

/// Says something, and fails if asked to.
public struct PrintsNumber: RemoteTask {
    public var number: Int

    public init(_ number: Int) { self.number = number }

    public func run(in context: TaskContext) async throws -> Int {
        print("this is \(number)")
        if number % 10 == 0 { throw TestFailure("\(number) fails") }
        return number
    }
}
