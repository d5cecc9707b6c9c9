import HayateTransport
import Logging
import Synchronization

/// Counts the peers that were turned away before they were admitted, and tells whoever reads the host's log:
/// under the label `hayate.security`, at most one line an address and minute.
final class RefusalLog: Sendable {
    private let ledger = Mutex(RefusalLedger())
    private let write: @Sendable (_ line: String, _ metadata: Logger.Metadata) -> Void

    init(
        write: @escaping @Sendable (String, Logger.Metadata) -> Void = { line, metadata in
            // Made for each line: there are few, and the program may set up its logging after its pools.
            Logger(label: "hayate.security").warning("\(line)", metadata: metadata)
        }
    ) {
        self.write = write
    }

    /// All that were turned away, logged or not.
    var total: Int { ledger.withLock { $0.total } }

    /// Must not be called with the dispatcher's lock: whoever takes the line may take its time.
    func note(_ peer: Peer, _ why: String) {
        let origin = peer.origin
        guard let line = ledger.withLock({ $0.note(origin, at: MonotonicClock.now) }) else { return }
        let from = line.isOfMany ? "\(origin) and from others, which are too many to be told apart," : origin
        let more = line.unlogged == 0
            ? "" : "; \(line.unlogged) more since the last such line were not logged"
        write(
            "A connection from \(from) was refused: \(Self.printable(why))\(more)",
            ["address": "\(origin)", "unlogged": "\(line.unlogged)"])
    }

    /// Strangers have a say in the reason: it shall neither write other lines nor steer a terminal.
    static func printable(_ text: String) -> String {
        let scalars = text.unicodeScalars.prefix(400)
        return String(String.UnicodeScalarView(scalars.map { (0x20...0x7e).contains($0.value) ? $0 : "?" }))
    }
}
