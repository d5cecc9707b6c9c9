import Hayate

/// Logs lines of its own: a warning first, then as many as it is asked for, and fails if it is asked to.
public struct Chatty: RemoteTask {
    public var lines: Int
    public var fails: Bool

    public init(_ lines: Int, fails: Bool = false) {
        self.lines = lines
        self.fails = fails
    }

    public func run(in context: TaskContext) async throws -> Int {
        context.warn("the calibration is old")
        for number in 0..<lines { context.log("line \(number)") }
        if fails { throw TestFailure("no convergence") }
        return lines
    }
}

/// Fails at its first start, and logs at each.
public struct ChattyTwice: RemoteTask {
    public init() {}

    public func run(in context: TaskContext) async throws -> Int {
        context.log("start \(context.attempt)")
        if context.attempt == 1 { throw TestFailure("once more") }
        return context.attempt
    }
}

/// Reports how far it is, waits for `NAME.release` half way, and reports many times at once at the end.
public struct Training: RemoteTask {
    public var name: String

    public init(_ name: String) { self.name = name }

    public func run(in context: TaskContext) async throws -> Int {
        context.report(progress: 0.5, "epoch 1")
        try SignalFile.write("\(name).started")
        while !SignalFile.exists("\(name).release") { try await Task.sleep(for: .milliseconds(2)) }
        for step in 0...1_000 { context.report(progress: 0.5 + Double(step) / 2_000, "step \(step)") }
        context.report(progress: .nan)
        context.report(progress: 7, "over")
        return 1
    }
}
