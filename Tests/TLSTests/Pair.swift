@testable import HayateTLS

/// Two engines and the wire between them.
struct Pair {
    let server: TLSEngine
    let client: TLSEngine
    var serverFailure: TLSFailure?
    var clientFailure: TLSFailure?
    var atServer: [UInt8] = []
    var atClient: [UInt8] = []
    /// Everything that went over the wire, both ways.
    var onWire: [UInt8] = []

    init(_ server: TLSServer, _ client: TLSClient) {
        self.server = server.engine()
        self.client = client.engine()
    }

    /// Carries bytes until nothing moves; `slice` is the most that arrives at once.
    mutating func run(slice: Int = .max) {
        do throws(TLSFailure) { try client.start() } catch { clientFailure = clientFailure ?? error }
        while client.hasOutput || server.hasOutput {
            var bytes: [UInt8] = []
            client.takeOutput { bytes = Array($0) }
            onWire += bytes
            carry(bytes, to: server, slice, &serverFailure, &atServer)
            bytes = []
            server.takeOutput { bytes = Array($0) }
            onWire += bytes
            carry(bytes, to: client, slice, &clientFailure, &atClient)
        }
    }

    private func carry(
        _ bytes: [UInt8], to engine: TLSEngine, _ slice: Int, _ failure: inout TLSFailure?,
        _ plain: inout [UInt8]
    ) {
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + min(slice, bytes.count))
            bytes[start..<end].withUnsafeBytes { part in
                do throws(TLSFailure) {
                    plain += Array(try engine.receive(part))
                } catch {
                    failure = failure ?? error
                }
            }
            start = end
        }
    }
}

extension TLSEngine {
    func send(_ text: String) throws(TLSFailure) {
        let bytes = Array(text.utf8)
        try send(bytes)
    }

    func send(_ bytes: [UInt8]) throws(TLSFailure) {
        let failure = bytes.withUnsafeBytes { bytes -> TLSFailure? in
            do throws(TLSFailure) { try send(bytes) } catch { return error }
            return nil
        }
        if let failure { throw failure }
    }
}
