import HayateCore
import Testing

@testable import HayateWire

@Suite struct FramesRoundTripTests {
    @Test(arguments: Samples.messages)
    func aMessageComesBackAsItWent(_ message: Message) throws {
        var writer = FrameWriter()
        var bytes: [UInt8] = []
        writer.write(message, into: &bytes)
        #expect(try Samples.read(bytes) == [message])
    }

    @Test func allKindsAreAmongTheSamples() {
        #expect(Set(Samples.messages.map(\.kind)) == Set(FrameKind.allCases))
    }

    @Test func manyFramesInOneBufferComeInOrder() throws {
        #expect(try Samples.read(Samples.stream()) == Samples.messages)
    }

    /// Whatever the pieces are in which the bytes arrive.
    @Test(arguments: [1, 2, 3, 7, 11, 12, 13, 64, 1000])
    func piecesOfAnySizeMakeTheSameMessages(_ size: Int) throws {
        #expect(try Samples.read(Samples.stream(), pieces: size) == Samples.messages)
    }

    // MARK: Golden bytes: what other implementations rely on

    @Test func goldenAssign() {
        let attempt = AttemptID(task: TaskID(slot: 0x0102_0304, generation: 5), attempt: 6)
        #expect(
            Samples.bytes(.assign(attempt, type: 7, body: [0xAA, 0xBB])) == [
                18, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0,
                4, 3, 2, 1, 5, 0, 0, 0, 6, 0, 0, 0, 7, 0, 0, 0, 0xAA, 0xBB,
            ])
    }

    @Test func goldenFinished() {
        let attempt = AttemptID(task: TaskID(slot: 1, generation: 0), attempt: 1)
        #expect(
            Samples.bytes(.finished(attempt, status: .failure, taskTime: 258, body: [9])) == [
                25, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 0,
                1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0,
                2, 1, 0, 0, 0, 0, 0, 0, 9,
            ])
    }

    @Test func goldenWelcome() {
        let welcome = Welcome(
            version: 1, session: SessionID(high: 2, low: 3), isResumed: true, received: 4,
            heartbeat: 5000, silence: 60_000)
        #expect(
            Samples.bytes(.welcome(welcome)) == [
                36, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0,
                1, 0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0,
                4, 0, 0, 0, 0, 0, 0, 0, 0x88, 0x13, 0, 0, 0x60, 0xEA, 0, 0,
            ])
    }

    @Test func goldenHelloBeginsWithTheMagic() {
        let bytes = Samples.bytes(.hello(Hello()))
        #expect(Array(bytes[12..<20]) == Array("HAYATE".utf8) + [0x00, 0x0D])
        #expect(bytes.count <= Wire.headerBytes + Wire.limitBeforeAdmission)
    }

    @Test func headersOfLargeFramesAreWhatWholeFramesHave() {
        let attempt = AttemptID(task: TaskID(slot: 1, generation: 2), attempt: 3)
        let body = [UInt8](repeating: 7, count: 100)
        var first = FrameWriter()
        var split: [UInt8] = []
        first.writeAssign(attempt, type: 4, bodyBytes: 100, into: &split)
        #expect(split + body == Samples.bytes(.assign(attempt, type: 4, body: body)))
        var second = FrameWriter()
        split = []
        second.writeFinished(attempt, status: .value, taskTime: 5, bodyBytes: 100, into: &split)
        #expect(
            split + body
                == Samples.bytes(.finished(attempt, status: .value, taskTime: 5, body: body)))
    }
}

enum Samples {
    static let attempt = AttemptID(task: TaskID(slot: 9, generation: 8), attempt: 7)

    static let file = MemoryFile(process: 1, descriptor: 2, device: 3, inode: 4, size: 5)

    static let details: TaskDetails = {
        var details = TaskDetails()
        details.stream = [1, 2, 3, 4, 5, .max]
        details.trace = [TaskDetails.TraceField(name: "traceparent", value: "00-ab-cd-01")]
        details.shares = [7, .max]
        details.isSetUp = true
        details.origin = TaskDetails.Origin(task: .max, attempt: 3)
        return details
    }()

    static let resources = DaemonResources(
        cpus: 64, gpus: [0, 3, 65_535], memory: 1 << 40, named: ["licence": 3, "löt": 1])

    static let granted: TaskDetails = {
        var details = TaskDetails()
        details.grant = ResourceGrant(cpus: 4, gpus: [1, 2], memory: 1 << 30, named: ["licence": 2])
        return details
    }()

    static let messages: [Message] = [
        .hello(
            Hello(
                session: SessionID(high: 1, low: .max), launch: 77, process: 4711,
                terms: DaemonTerms(
                    maximumTasks: 3, idleTime: .seconds(4), wallTime: .milliseconds(5),
                    reconnectWithin: .zero, isReplaceable: true),
                hostName: "login-1", program: "疾風 1.0")),
        .hello(Hello()), .hello(Hello(terms: DaemonTerms(resources: resources), hostName: "node1")),
        .hello(Hello(terms: DaemonTerms(resources: DaemonResources()))),
        .welcome(
            Welcome(
                session: SessionID(high: 5, low: 6), isResumed: false, received: .max,
                heartbeat: 0, silence: .max)),
        .refuse("the pool is closed"), .refuse(""),
        .holding([]), .holding([attempt, attempt]),
        .define(index: 3, name: "4main8SimulateV"),
        .assign(attempt, type: 3, body: []), .assign(attempt, type: 0, body: [1, 2, 3]),
        .revoke(attempt), .returned(attempt), .stop(attempt),
        .finished(attempt, status: .value, taskTime: -1, body: [0]),
        .finished(attempt, status: .failure, taskTime: 0, body: []),
        .finished(attempt, status: .stopped, taskTime: 1, body: []),
        .finished(attempt, status: .refused, taskTime: .max, body: [255]),
        .acknowledged(12),
        .log(attempt, level: 2, text: "grüß dich"),
        .output(attempt, stream: 1, bytes: [0, 255]),
        .ping(stamp: 1), .pong(stamp: .max),
        .dismiss(.maximumTasks), .dismiss(.idleTime), .dismiss(.wallTime), .dismiss(.requested),
        .close(ending: false), .close(ending: true), .leaving(signal: 15),
        .details(TaskDetails()), .details(details), .details(granted),
        .probe(file), .seen([]), .seen([1, 2, 3]),
        .sharedFile(5, file), .sharedBytes(6, body: []), .sharedBytes(7, body: [9, 9]), .unshare(7),
        .hook(name: "4main4HookV"),
        .submit(SubmittedTask(number: 1, type: 0), body: []),
        .submit(
            SubmittedTask(
                number: .max, type: 3, priority: -4, timeout: .seconds(3),
                retry: RetryPolicy(
                    losses: 2,
                    failures: RetryPolicy.Backoff(
                        attempts: 3, first: .milliseconds(20), factor: 1.5, cap: .seconds(9),
                        jitter: 0.25))),
            body: [4, 5]),
        .withdraw(1), .help(2), .unneeded(3),
        .outcome(4, status: .value, body: [1]), .outcome(5, status: .stopped, body: []),
    ]

    static func bytes(_ message: Message) -> [UInt8] {
        var writer = FrameWriter()
        var bytes: [UInt8] = []
        writer.write(message, into: &bytes)
        return bytes
    }

    /// All samples as one side of one connection.
    static func stream() -> [UInt8] {
        var writer = FrameWriter()
        var bytes: [UInt8] = []
        for message in messages { writer.write(message, into: &bytes) }
        return bytes
    }

    /// Reads as the owner of a connection does, large bodies included.
    static func read(
        _ bytes: [UInt8], pieces: Int = .max, limit: Int = Wire.limitAfterAdmission
    ) throws -> [Message] {
        var reader = FrameReader(limit: limit)
        return try read(bytes, pieces: pieces, with: &reader)
    }

    static func read(
        _ bytes: [UInt8], pieces: Int = .max, with reader: inout FrameReader
    ) throws -> [Message] {
        var messages: [Message] = []
        var offset = 0
        while offset < bytes.count {
            let end = pieces < bytes.count - offset ? offset + pieces : bytes.count
            let large = try bytes[offset..<end].withUnsafeBytes { piece in
                try reader.take(piece) { message, _ in messages.append(message) }
            }
            offset = end
            guard var large else { continue }
            let rest = bytes[offset...].prefix(large.missing)
            large.arrived += rest
            offset += rest.count
            guard rest.count == large.missing else { return messages }
            try reader.takeBody(large.arrived) { message, _ in messages.append(message) }
        }
        return messages
    }
}
