import Hayate

/// Returns what it was given of its daemon; nil where it runs by itself.
public struct WhatIWasGiven: RemoteTask {
    public struct Given: Codable, Equatable, Sendable {
        public var cpus: Int
        public var gpus: [Int]
    }

    public init() {}

    public func run(in context: TaskContext) async throws -> Given? {
        context.resources.map { Given(cpus: $0.cpus, gpus: $0.gpus) }
    }
}
