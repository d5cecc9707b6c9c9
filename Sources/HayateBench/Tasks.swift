import Glibc
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

/// Processor time that the daemon has used so far, in microseconds.
struct ProcessorTime: RemoteTask {
    func run(in context: TaskContext) async throws -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let seconds = Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
        return seconds * 1e6 + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
    }
}
