import HayateTransport
import HayateWire

/// One connection to the host: how its bytes become messages and messages its bytes.
///
/// `reader`, `inbox` and `largeArrived` belong to the connection's receiving callbacks, which never
/// overlap; `writer` and `outgoing` are used under the runtime's lock only. That is why it is safe to
/// share.
final class HostLink: @unchecked Sendable {
    let connection: Connection
    var reader = FrameReader()
    var inbox: [Message] = []
    var writer = FrameWriter()
    var outgoing: [UInt8] = []
    /// Task types by the number that the host gave them on this connection.
    var types: [UInt32: TaskType] = [:]
    var isAdmitted = false
    /// What came for the next task.
    var nextDetails = TaskDetails()
    /// The child, by its number, that the next task is: it was asked for.
    var nextChild: UInt64?
    /// Types of children by their names, as this connection was told.
    private var childTypes: [String: UInt32] = [:]
    /// Whether a new session has just begun, so that details that come now are the daemon's own.
    var isNew = false

    struct TaskType: Sendable {
        var name: String
        var type: (any RemoteTask.Type)?
    }

    init(_ connection: Connection) { self.connection = connection }

    /// Under the runtime's lock: adds a frame to what the next flush sends.
    func write(_ message: Message) { writer.write(message, into: &outgoing) }

    /// Under the runtime's lock: adds a result; a large body is handed over without a copy.
    func writeFinished(_ result: DaemonRuntime.KeptResult) {
        writer.writeFinished(
            result.attempt, status: result.end.status, taskTime: result.taskTime,
            bodyBytes: result.end.body.count, into: &outgoing)
        if result.end.body.count < Wire.largeBody {
            outgoing.append(contentsOf: result.end.body)
        } else {
            handOver()
            connection.append(bytes: result.end.body)
        }
    }

    /// Under the runtime's lock: adds a child, and before it what the host must know of it.
    func writeChild(_ number: UInt64, _ child: ChildTask) {
        let type: UInt32
        if let known = childTypes[child.typeName] {
            type = known
        } else {
            type = UInt32(childTypes.count)
            childTypes[child.typeName] = type
            write(.define(index: type, name: child.typeName))
        }
        if !child.details.isEmpty { write(.details(child.details)) }
        write(
            .submit(
                SubmittedTask(
                    number: number, type: type, priority: child.priority, timeout: child.timeout,
                    retry: child.retry),
                body: child.body))
    }

    /// Under the runtime's lock: moves the frames to the connection, in their order.
    func handOver() {
        guard !outgoing.isEmpty else { return }
        outgoing.withUnsafeBytes { bytes in _ = connection.append { $0.append(bytes) } }
        outgoing.removeAll(keepingCapacity: true)
    }
}
