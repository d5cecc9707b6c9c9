import HayateCore
import HayateDaemon
import HayateTransport
import HayateWire

/// A task on its way to a daemon, with what must be there before it.
struct Assignment {
    var attempt: AttemptID
    var type: UInt32
    var name: String
    var body: [UInt8]
    var details: TaskDetails
    var shares: [SharedRegion]
}

/// A frame that waits for the answer to a probe.
enum HeldBack {
    case message(Message)
    case assignment(Assignment)
}

extension DaemonWire {
    /// Under the dispatcher's lock: writes a task and the contents that it means, those that this connection
    /// has not had.
    func assign(_ assignment: Assignment, to link: DaemonLink, _ ledger: SharedLedger) {
        guard heldBack == nil else {
            heldBack?.append(.assignment(assignment))
            return
        }
        var details = assignment.details
        for region in assignment.shares {
            share(region, with: link, ledger)
            details.shares.append(region.number)
        }
        if !details.isEmpty { write(.details(details)) }
        assign(
            assignment.attempt, type: assignment.type, name: assignment.name, body: assignment.body)
    }

    private func share(_ region: SharedRegion, with link: DaemonLink, _ ledger: SharedLedger) {
        guard shared.insert(region.number).inserted else { return }
        link.shared.insert(region.number)
        region.watch(ledger)
        if link.memory == .readable, let file = region.file {
            return write(.sharedFile(region.number, file))
        }
        let count = region.bytes.count
        // More does not fit into a frame: the daemon refuses the task and says so.
        guard count <= Wire.limitAfterAdmission - 64 else { return }
        guard !isHolding else { return write(.sharedBytes(region.number, body: Array(region.bytes))) }
        writer.writeSharedBytes(region.number, bodyBytes: count, into: &outgoing)
        if count < Wire.largeBody {
            outgoing.append(contentsOf: region.bytes)
        } else {
            handOver()
            connection.append { $0.append(region.bytes, keptBy: region) }
        }
    }

    /// Under the dispatcher's lock: writes what waited for the probe's answer.
    func release(to link: DaemonLink, _ ledger: SharedLedger) {
        let held = heldBack ?? []
        heldBack = nil
        for item in held {
            switch item {
            case .message(let message): write(message)
            case .assignment(let assignment): assign(assignment, to: link, ledger)
            }
        }
    }
}
