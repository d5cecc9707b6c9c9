import Glibc
import HayateTransport
import Synchronization

/// The transport's own connection measured as `Floor` measures the bare library.
enum ConnectionFigures {
    static let serveFlag = "--connection-serve"

    /// Runs the echoing side if the arguments ask for it; it ends with its peer.
    static func serveIfAsked(_ arguments: [String]) {
        guard arguments.count == 3, arguments[1] == serveFlag,
            let endpoint = try? Endpoint(arguments[2])
        else { return }
        let listener = try? Listener(endpoint) { connection in
            connection.admitted()
            connection.start(
                onBytes: { [weak connection] bytes in
                    // A size in front asks for a large transfer back, all else is echoed.
                    if bytes.count >= 9, bytes[0] == 0xff {
                        let size = Int(bytes.loadUnaligned(fromByteOffset: 1, as: UInt64.self))
                        return .large(count: size, buffered: bytes.count - 9)
                    }
                    connection?.append { $0.append(bytes) }
                    connection?.flush()
                    return .any
                },
                onLarge: { [weak connection] whole in
                    connection?.append(bytes: whole)
                    connection?.flush()
                },
                onClose: { _ in exit(0) })
        }
        guard listener != nil else { exit(1) }
        while true { pause() }
    }

    /// A round trip of `bytes` bytes to another process.
    static func roundTrip(bytes: Int = 64, rounds: Int = 20_000) -> Floor.RoundTrip? {
        withServer { connection in
            let samples = Mutex<(start: Double, list: [Double])>((0, []))
            let finished = Waiter()
            let message = [UInt8](repeating: 1, count: bytes)
            let ping: @Sendable () -> Void = {
                samples.withLock { $0.start = Floor.microseconds() }
                connection.append(bytes: message)
                connection.flush()
            }
            connection.start(
                onBytes: { _ in
                    let count = samples.withLock { samples in
                        samples.list.append(Floor.microseconds() - samples.start)
                        return samples.list.count
                    }
                    if count < rounds { ping() } else { finished.signal() }
                    return .any
                }, onClose: { _ in finished.signal() })
            ping()
            finished.wait()
            return Floor.summary(samples.withLock { $0.list })
        }
    }

    /// Megabytes per second of `bytes` there and back, counted once each way; the best of `rounds`.
    static func echo(bytes: Int = 100_000_000, rounds: Int = 3) -> Double? {
        withServer { connection in
            let payload = [UInt8](repeating: 1, count: bytes)
            let finished = Waiter()
            connection.start(
                onBytes: { .large(count: bytes, buffered: $0.count) },
                onLarge: { _ in finished.signal() }, onClose: { _ in finished.signal() })
            var best = 0.0
            for _ in 0..<rounds {
                let start = Floor.microseconds()
                connection.append { outbox in
                    outbox.append(UInt8(0xff))
                    outbox.append(UInt64(bytes))
                    outbox.append(payload)
                }
                connection.flush()
                finished.wait()
                best = max(best, 2 * Double(bytes) / (Floor.microseconds() - start))
            }
            return best
        }
    }

    private static func withServer<Result>(_ body: (Connection) -> Result?) -> Result? {
        guard let directory = try? PrivateDirectory() else { return nil }
        defer { directory.remove() }
        guard let endpoint = try? directory.endpoint(named: "socket") else { return nil }
        let arguments = ["/proc/self/exe", serveFlag, endpoint.description]
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var process = pid_t()
        guard posix_spawn(&process, "/proc/self/exe", nil, nil, &words, environ) == 0 else {
            return nil
        }
        defer {
            kill(process, SIGKILL)
            waitpid(process, nil, 0)
        }
        for _ in 0..<5000 {
            let result = Mutex<Connection?>(nil)
            let dialed = Waiter()
            _ = try? Dialer(endpoint, deadline: .seconds(10)) { outcome in
                result.withLock { $0 = try? outcome.get() }
                dialed.signal()
            }
            dialed.wait()
            if let connection = result.withLock({ $0 }) {
                let value = body(connection)
                connection.close()
                Transport.waitUntilIdle()
                return value
            }
            usleep(1000)
        }
        return nil
    }
}

/// A semaphore. Safe to share: the system's calls on it are, and it stays where it is.
final class Waiter: @unchecked Sendable {
    private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init() { sem_init(semaphore, 0, 0) }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    func signal() { sem_post(semaphore) }

    func wait() {
        while sem_wait(semaphore) != 0 {}
    }
}
