@testable import HayateWebSocket

/// Two engines and the wire between them.
struct Pair {
    let server: WebSocketEngine
    let client: WebSocketEngine
    var serverFailure: WebSocketFailure?
    var clientFailure: WebSocketFailure?
    var atServer: [UInt8] = []
    var atClient: [UInt8] = []
    /// What the client put on the wire.
    var fromClient: [UInt8] = []
    var fromServer: [UInt8] = []

    init(at path: String = "/hayate", headers: [WebSocketClient.Header] = []) throws {
        server = try WebSocketServer(path: "/hayate").engine()
        client = try WebSocketClient(host: "127.0.0.1:5555", path: path, headers: headers).engine()
    }

    /// With the handshake over.
    static func established() throws -> Pair {
        var pair = try Pair()
        pair.run()
        pair.fromClient = []
        pair.fromServer = []
        return pair
    }

    /// Carries bytes until nothing moves; `slice` is the most that arrives at once.
    mutating func run(slice: Int = .max) {
        client.start()
        while client.hasOutput || server.hasOutput {
            let up = client.output()
            fromClient += up
            server.hear(up, slice, &serverFailure, &atServer)
            let down = server.output()
            fromServer += down
            client.hear(down, slice, &clientFailure, &atClient)
        }
    }
}

extension WebSocketEngine {
    func output() -> [UInt8] {
        var bytes: [UInt8] = []
        takeOutput { bytes = Array($0) }
        return bytes
    }

    func send(_ bytes: [UInt8]) { bytes.withUnsafeBytes { send($0) } }

    func hear(_ bytes: [UInt8], _ slice: Int = .max, _ failure: inout WebSocketFailure?, _ plain: inout [UInt8]) {
        var start = 0
        while start < bytes.count {
            let end = start + min(slice, bytes.count - start)
            bytes[start..<end].withUnsafeBytes { part in
                do throws(WebSocketFailure) {
                    plain += Array(try receive(part))
                } catch {
                    failure = failure ?? error
                }
            }
            start = end
        }
    }

    /// What it complains about when it hears these bytes, and what it then has for the wire.
    func answer(to bytes: [UInt8]) -> (plain: [UInt8], failure: WebSocketFailure?, output: [UInt8]) {
        var failure: WebSocketFailure?
        var plain: [UInt8] = []
        hear(bytes, .max, &failure, &plain)
        return (plain, failure, output())
    }
}
