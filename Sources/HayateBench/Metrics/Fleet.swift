import Glibc
import Hayate
import HayateTransport
import HayateWire
import Synchronization

/// Many daemons in one process that answer every task at once: real connections and frames, no work.
enum Fleet {
    static let flag = "--fleet"

    static func raiseLimit() -> Int { Transport.raiseFileDescriptorLimit() }

    /// Microseconds of the host's processor time per task, or nil if not all daemons came.
    static func costPerTask(daemons count: Int) async throws -> Double? {
        // One task a daemon at a time: with 2 daemons, batches would make the writes so cheap that
        // 10,000 daemons could only be compared with batching, not with dispatch.
        let daemons = Daemons.listening(at: "tcp://127.0.0.1:0").with {
            $0.limits.prefetch = 1
            $0.allowsPlaintext = true
        }
        return try await withDaemons(daemons) { pool in
            guard let fleet = start(url: pool.url, count: count) else { return nil }
            defer {
                kill(fleet, SIGKILL)
                waitpid(fleet, nil, 0)
            }
            let deadline = Floor.microseconds() + 60e6
            while pool.status.counts.daemons < count {
                guard Floor.microseconds() < deadline else { return nil }
                try await Task.sleep(for: .milliseconds(20))
            }
            let tasks = 200_000
            _ = try await pool.map(repeatElement(Empty(), count: 2 * count + 2_000), chunk: .none)
                .collect()
            let before = processorMicroseconds()
            _ = try await pool.map(repeatElement(Empty(), count: tasks), chunk: .none).collect()
            return (processorMicroseconds() - before) / Double(tasks)
        }
    }

    private static func start(url: String, count: Int) -> pid_t? {
        guard let name = strdup("/proc/self/exe"), let flag = strdup(flag), let url = strdup(url),
            let number = strdup(String(count))
        else { return nil }
        defer { for word in [name, flag, url, number] { free(word) } }
        let arguments: [UnsafeMutablePointer<CChar>?] = [name, flag, url, number, nil]
        var child = pid_t()
        return posix_spawn(&child, name, nil, nil, arguments, environ) == 0 ? child : nil
    }

    /// The body of the fleet's process.
    static func serveIfAsked(_ arguments: [String]) {
        guard arguments.count == 4, arguments[1] == flag, let count = Int(arguments[3]),
            let endpoint = try? Endpoint(arguments[2])
        else { return }
        _ = raiseLimit()
        // The listener's backlog is 128: dial in waves.
        for index in 0..<count {
            let member = FleetMember()
            _ = try? Dialer(endpoint, deadline: .seconds(30)) { result in
                if case .success(let connection) = result { member.run(connection) }
            }
            if index % 64 == 63 { usleep(20_000) }
        }
        while true { pause() }
    }

    private static func processorMicroseconds() -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let seconds = Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
        return seconds * 1e6 + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
    }
}

/// One daemon of a fleet: answers each task with the encoded number 1.
final class FleetMember: Sendable {
    private struct State {
        var reader = FrameReader(limit: Wire.limitAfterAdmission)
        var writer = FrameWriter()
    }

    private let state = Mutex(State())
    private let answer = (try? BinaryEncoder().encode(1)) ?? []

    func run(_ connection: Connection) {
        send([.hello(Hello(process: UInt32(getpid())))], connection)
        connection.start(
            onBytes: { [self] bytes in
                var answers: [Message] = []
                state.withLock { state in
                    var reader = state.reader
                    _ = try? reader.take(bytes) { message, _ in
                        switch message {
                        case .assign(let attempt, _, _):
                            answers.append(
                                .finished(attempt, status: .value, taskTime: 1_000, body: answer))
                        // It reads no memory files.
                        case .probe: answers.append(.seen([]))
                        case .ping(let stamp): answers.append(.pong(stamp: stamp))
                        default: break
                        }
                    }
                    state.reader = reader
                }
                send(answers, connection)
                return .any
            }, onClose: { _ in })
    }

    private func send(_ messages: [Message], _ connection: Connection) {
        guard !messages.isEmpty else { return }
        state.withLock { state in
            var bytes: [UInt8] = []
            for message in messages { state.writer.write(message, into: &bytes) }
            connection.append(bytes: bytes)
        }
        connection.flush()
    }
}
