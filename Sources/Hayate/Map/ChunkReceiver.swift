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
    private let first: UInt32
    private let count: Int
    private var position = 0
    /// The one error of all.
    private let error: HayateError?
    private let output: Chunk.Output?
    private let printed: TaskOutput?

    /// - Parameter leftOver: gets the elements that have no outcome and must be submitted again.
    /// - Returns: nil if that are all.
    init?(
        _ receiver: ChunkReceiver, _ resolution: Resolution,
        leftOver: ([Dispatcher.Request]) -> Void
    ) {
        switch resolution {
        case .error(let error):
            switch error.code {
            case .cancelled, .closed, .noDaemons:
                // Said of the chunk, and as true of each in it.
                self.init(receiver, error)
            default:
                // Lost with its daemon, or not understood there: each for itself.
                leftOver(receiver.singles(from: 0))
                return nil
            }
        case .value(let body): self.init(receiver, body, nil, leftOver: leftOver)
        case .valueWithOutput(let body, let printed):
            self.init(receiver, body, printed, leftOver: leftOver)
        }
    }

    private init(_ receiver: ChunkReceiver, _ error: HayateError) {
        self.init(first: receiver.first, count: receiver.count, error: error, output: nil, printed: nil)
    }

    private init(
        _ receiver: ChunkReceiver, _ body: [UInt8], _ printed: TaskOutput?,
        leftOver: ([Dispatcher.Request]) -> Void
    ) {
        guard let output = try? BinaryDecoder().decode(Chunk.Output.self, from: body),
            output.bodies.isSound, output.statuses.count == output.bodies.count,
            output.statuses.count <= receiver.count
        else {
            self.init(
                receiver,
                HayateError(
                    .malformed,
                    "the results of a chunk of tasks could not be read: host and daemon must be built "
                        + "from the same sources"))
            return
        }
        let count = output.statuses.count
        self.init(
            first: receiver.first, count: count, error: nil, output: output, printed: printed)
        if count < receiver.count { leftOver(receiver.singles(from: count)) }
    }

    private init(
        first: UInt32, count: Int, error: HayateError?, output: Chunk.Output?, printed: TaskOutput?
    ) {
        self.first = first
        self.count = count
        self.error = error
        self.output = output
        self.printed = printed
    }

    /// The outcome of the next element; nil when all were given.
    mutating func next<Value: Codable & Sendable>(_ decoder: BinaryDecoder) -> MapResult<Value>? {
        guard position < count else { return nil }
        defer { position += 1 }
        return MapResult(index: Int(first &+ UInt32(position)), result: result(decoder))
    }

    private func result<Value: Codable & Sendable>(_ decoder: BinaryDecoder) -> Result<Value, HayateError> {
        guard let output else {
            return .failure(error ?? HayateError(.malformed, "the chunk has no results"))
        }
        let status = ResultStatus(rawValue: output.statuses[position]) ?? .refused
        guard status == .value else {
            var error = HayateError(
                failure: output.bodies[position], status: status, task: output.task,
                attempt: output.attempt, daemon: output.daemon)
            error.output = printed
            return .failure(error)
        }
        do throws(HayateError) {
            return .success(
                try output.bodies.withBytes(position) { bytes throws(HayateError) in
                    try Mirai<Value>.decode(bytes, decoder)
                })
        } catch {
            return .failure(error)
        }
    }
}
