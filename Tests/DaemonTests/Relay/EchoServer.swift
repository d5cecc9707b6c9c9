import Foundation
import Glibc
import Synchronization

/// Gives back what it is sent, and ends each connection when the other side has said its last word.
final class EchoServer: Sendable {
    let port: UInt16
    private let listener: Int32
    private let served = Mutex(0)

    init() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.listener = listener
        var address = Sockets.address(0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && listen(listener, 256) == 0 && getsockname(listener, $0, &size) == 0
            }
        }
        guard isBound else { throw POSIXFailure(number: errno) }
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { [self] in
            while case let accepted = accept(listener, nil, nil), accepted >= 0 {
                served.withLock { $0 += 1 }
                Thread.detachNewThread {
                    Sockets.eachPiece(of: accepted) { Sockets.write($0, to: accepted) }
                    close(accepted)
                }
            }
            close(listener)
        }
    }

    /// How many have dialled.
    var connections: Int { served.withLock { $0 } }

    func end() { shutdown(listener, Int32(SHUT_RDWR)) }
}

/// Sockets of threads that wait.
enum Sockets {
    static func address(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }

    /// nil: nobody listens.
    static func dial(_ port: UInt16) -> Int32? {
        let dialled = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = address(port)
        let failed = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(dialled, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard failed == 0 else {
            close(dialled)
            return nil
        }
        return dialled
    }

    static func write(_ bytes: ArraySlice<UInt8>, to socket: Int32) {
        bytes.withUnsafeBytes { bytes in
            var written = 0
            while written < bytes.count {
                let count = send(socket, bytes.baseAddress! + written, bytes.count - written, Int32(MSG_NOSIGNAL))
                if count <= 0 { return }
                written += count
            }
        }
    }

    /// Until the other side's last word.
    static func eachPiece(of socket: Int32, _ body: (ArraySlice<UInt8>) -> Void) {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = read(socket, &buffer, buffer.count), count > 0 { body(buffer[..<count]) }
    }

    /// Sends so many bytes that nobody guesses, says the last word, and reads to the end.
    /// - Returns: whether exactly they came back.
    static func echo(_ count: Int, seed: UInt64, through port: UInt16) -> Bool {
        guard let socket = dial(port) else { return false }
        defer { close(socket) }
        let bytes = noise(count, seed)
        Thread.detachNewThread {
            write(bytes[...], to: socket)
            shutdown(socket, Int32(SHUT_WR))
        }
        var place = 0
        var isSame = true
        eachPiece(of: socket) { piece in
            isSame = isSame && place + piece.count <= count && bytes[place..<place + piece.count].elementsEqual(piece)
            place += piece.count
        }
        return isSame && place == count
    }

    private static func noise(_ count: Int, _ seed: UInt64) -> [UInt8] {
        var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            for index in 0..<count {
                state ^= state << 13
                state ^= state >> 7
                state ^= state << 17
                buffer[index] = UInt8(truncatingIfNeeded: state)
            }
            filled = count
        }
    }
}
