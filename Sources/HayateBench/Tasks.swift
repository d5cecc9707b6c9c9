import Hayate

/// Nothing, as quickly as possible.
struct Empty: RemoteTask {
    func run(in context: TaskContext) async throws -> Int { 1 }
}

/// Sends its argument back.
struct Echo: RemoteTask {
    var bytes: [UInt8]
    func run(in context: TaskContext) async throws -> [UInt8] { bytes }
}

/// Waits until it is cancelled.
struct Forever: RemoteTask {
    func run(in context: TaskContext) async throws -> Int {
        try await Task.sleep(for: .seconds(1_000))
        return 0
    }
}
