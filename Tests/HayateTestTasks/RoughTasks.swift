import Glibc
import Hayate

/// Treats its process badly, in a way that can be chosen.
public struct Rough: RemoteTask {
    public enum Way: String, Codable, Sendable {
        /// Closes standard output and error.
        case closesStreams
        /// Puts a file of its own in the place of standard output.
        case replacesOutput
        /// Writes to a pipe and to a socket that nobody reads.
        case writesToNobody
        /// Calls itself until there is no stack left.
        case recursion
        /// Counts for ever, without looking whether anybody wants it.
        case busyLoop
        /// Sleeps in C for a minute.
        case sleeps
    }

    public var way: Way
    public var file: String

    public init(_ way: Way, _ file: String = "") {
        self.way = way
        self.file = file
    }

    public func run(in context: TaskContext) async throws -> Int {
        switch way {
        case .closesStreams:
            close(1)
            close(2)
            return 0
        case .replacesOutput:
            let own = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
            guard own >= 0, dup2(own, 1) == 1 else { throw TestFailure("open: \(errno)") }
            close(own)
            print("into the file")
            fflush(nil)
            return 0
        case .writesToNobody:
            var ends: [Int32] = [0, 0]
            guard pipe(&ends) == 0 else { throw TestFailure("pipe: \(errno)") }
            close(ends[0])
            defer { close(ends[1]) }
            return write(ends[1], "x", 1) < 0 ? Int(errno) : 0
        case .recursion: return Self.down(1, to: file.isEmpty ? .max : file.utf8.count)
        case .busyLoop:
            try SignalFile.write(file, "\(getpid())")
            var sum = 0
            while sum >= 0 { sum = (sum &+ 1) & 0xffff }
            return sum
        case .sleeps:
            try SignalFile.write(file, "\(getpid())")
            var left: UInt32 = 60
            while left > 0 { left = sleep(left) }
            return 0
        }
    }

    @inline(never)
    private static func down(_ depth: Int, to bottom: Int) -> Int {
        guard depth < bottom else { return 0 }
        // The array keeps the compiler from turning this into a loop.
        var values = [depth, depth + 1]
        values[depth & 1] += down(depth + 1, to: bottom)
        return values[0] ^ values[1]
    }
}
