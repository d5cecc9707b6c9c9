import Dispatch
import Glibc

/// Connections of loopback whose both ends are here, with something in between.
struct SocketPairs {
    private let listener: Int32
    let port: UInt16

    init() throws { (listener, port) = try Sockets.listen() }

    func close() { Glibc.close(listener) }

    /// Waits until whatever is between listens.
    func answers(through port: UInt16) async throws {
        for _ in 0..<200 {
            if let far = try? Sockets.dial(port) {
                Glibc.close(try Sockets.accept(listener))
                Glibc.close(far)
                return
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw BenchFailure("nothing listens at port \(port)")
    }

    /// Microseconds of each of so many round trips of 64 bytes.
    func pingPong(through port: UInt16, count: Int) throws -> [Double] {
        let far = try Sockets.dial(port)
        let near = try Sockets.accept(listener)
        defer { Glibc.close(far) }
        let done = DispatchSemaphore(value: 0)
        DispatchQueue(label: "echo").async {
            var buffer = [UInt8](repeating: 0, count: 64)
            while Sockets.readAll(near, &buffer) { Sockets.writeAll(near, buffer) }
            Glibc.close(near)
            done.signal()
        }
        var buffer = [UInt8](repeating: 1, count: 64)
        var samples: [Double] = []
        for round in 0..<count + 200 {
            let begin = Floor.microseconds()
            Sockets.writeAll(far, buffer)
            guard Sockets.readAll(far, &buffer) else { throw BenchFailure("the echo ended") }
            if round >= 200 { samples.append(Floor.microseconds() - begin) }
        }
        shutdown(far, Int32(SHUT_RDWR))
        done.wait()
        return samples
    }

    /// MB/s of so many bytes one way.
    func stream(through port: UInt16, _ size: Int, towardsHost: Bool) throws -> Double {
        let far = try Sockets.dial(port)
        let near = try Sockets.accept(listener)
        defer {
            Glibc.close(far)
            Glibc.close(near)
        }
        let (from, to) = towardsHost ? (far, near) : (near, far)
        let done = DispatchSemaphore(value: 0)
        let begin = Floor.microseconds()
        DispatchQueue(label: "source").async {
            let chunk = [UInt8](repeating: 7, count: 1 << 17)
            var rest = size
            while rest > 0 {
                let part = min(rest, chunk.count)
                guard Sockets.writeAll(from, part == chunk.count ? chunk : Array(chunk[..<part])) else { break }
                rest -= part
            }
            done.signal()
        }
        var buffer = [UInt8](repeating: 0, count: 1 << 17)
        var rest = size
        while rest > 0 {
            let count = read(to, &buffer, buffer.count)
            guard count > 0 else { throw BenchFailure("the stream ended \(rest) bytes early") }
            rest -= count
        }
        let time = Floor.microseconds() - begin
        done.wait()
        return Double(size) / time
    }
}
