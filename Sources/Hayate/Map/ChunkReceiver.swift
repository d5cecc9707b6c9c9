import HayateCore
import HayateDaemon
import HayateWire

/// Waits for one chunk of a map, and knows what is in it.
///
/// Safe to share: `stream` is set under the dispatcher's lock before the chunk is sent, and read when it has
/// come back; the rest is constant.
final class ChunkReceiver: OutcomeReceiver, @unchecked Sendable {
    /// The place of the first element in the input.
    let first: UInt32
    private let inbox: MapInbox
    private let bodies: PackedBodies
    /// What an element is when it travels alone, but for its body.
    private let template: Dispatcher.Request
    private var stream: MRG32k3a?

    init(inbox: MapInbox, first: UInt32, bodies: PackedBodies, template: Dispatcher.Request) {
        self.inbox = inbox
        self.first = first
        self.bodies = bodies
        self.template = template
    }

    var count: Int { bodies.count }

    override func resolve(_ items: [Item]) {
        for item in items { inbox.resolve(self, item.resolution) }
    }

    override func drawsFrom(_ stream: MRG32k3a) { self.stream = stream }

    override func took(_ taskTime: Int64) { inbox.took(taskTime / Int64(max(1, count))) }

    override func isPart(of other: OutcomeReceiver) -> Bool { other === inbox }

    /// The elements from this one on, each by itself, with the places and random streams that they have.
    func singles(from start: Int) -> [Dispatcher.Request] {
        var stream = stream?.advancedByStreams(UInt64(start))
        return (start..<count).map { position in
            var request = template
            request.body = bodies[position]
            request.spec.bytes = request.body.count
            request.index = first &+ UInt32(position)
            if let start = stream {
                request.details.stream = start.state
                stream = start.advancedToNextStream()
            }
            return request
        }
    }
}

/// A chunk that came back, or the one error of all its elements: gives its elements' outcomes one by one.
struct ReturnedChunk {
    private enum Content {
        case output(Chunk.Output, TaskOutput?)
        case error(HayateError)
    }

    private let first: UInt32
    private let count: Int
    private let content: Content
    private var position = 0

    /// - Parameter leftOver: gets the elements that have no outcome and must be submitted again.
    /// - Returns: nil if that are all.
    init?(
        _ receiver: ChunkReceiver, _ resolution: Resolution,
        leftOver: ([Dispatcher.Request]) -> Void
    ) {
        first = receiver.first
        switch resolution {
        case .error(let error):
            switch error.code {
            case .cancelled, .closed, .noDaemons:
                // Said of the chunk, and as true of each in it.
                count = receiver.count
                content = .error(error)
            default:
                // Lost with its daemon, or not understood there: each for itself.
                leftOver(receiver.singles(from: 0))
                return nil
            }
        case .value(let body), .valueWithOutput(let body, _):
            guard let output = try? BinaryDecoder().decode(Chunk.Output.self, from: body),
                output.bodies.isSound, output.statuses.count == output.bodies.count,
                output.statuses.count <= receiver.count
            else {
                count = receiver.count
                content = .error(
                    HayateError(
                        .malformed,
                        "the results of a chunk of tasks could not be read: host and daemon must be "
                            + "built from the same sources"))
                return
            }
            count = output.statuses.count
            if count < receiver.count { leftOver(receiver.singles(from: count)) }
            var printed: TaskOutput?
            if case .valueWithOutput(_, let output) = resolution { printed = output }
            content = .output(output, printed)
        }
    }

    /// How many outcomes are left.
    var remaining: Int { count - position }

    /// The outcome of the next element.
    mutating func next<Value: Codable & Sendable>() -> MapResult<Value>? {
        guard position < count else { return nil }
        defer { position += 1 }
        let index = Int(first &+ UInt32(position))
        switch content {
        case .error(let error): return MapResult(index: index, result: .failure(error))
        case .output(let output, let printed):
            do throws(HayateError) {
                let status = ResultStatus(rawValue: output.statuses[position]) ?? .refused
                guard status == .value else {
                    var error = HayateError(
                        failure: output.bodies[position], status: status,
                        task: output.task, attempt: output.attempt, daemon: output.daemon)
                    error.output = printed
                    throw error
                }
                let value = try output.bodies.withBytes(position) { bytes throws(HayateError) in
                    try Mirai<Value>.decode(bytes)
                }
                return MapResult(index: index, result: .success(value))
            } catch {
                return MapResult(index: index, result: .failure(error))
            }
        }
    }
}
