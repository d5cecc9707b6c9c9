import HayateCore
import HayateTransport
import HayateWire

/// Several tiny tasks of one type that travel as one.
///
/// Each is decoded, run and answered for itself, in their order. What the chunk saves is the way there and
/// back, which costs several times as much as a tiny task.
package struct Chunk: RemoteTask {
    /// The name of the elements' type.
    package var name: String
    package var bodies: PackedBodies

    package init(name: String, bodies: PackedBodies) {
        self.name = name
        self.bodies = bodies
    }

    /// How the elements ended, from the first on. Those that are missing at the end were not started.
    package struct Output: Codable, Sendable {
        /// `ResultStatus` of each.
        package var statuses: [UInt8] = []
        package var bodies = PackedBodies()
        package var nanoseconds: Int64 = 0
        /// Where they ran, for their errors.
        package var task: UInt64
        package var attempt: Int
        package var daemon: String
    }

    /// Nanoseconds after which no further element is started: the chunk turned out to be long, and others
    /// can have the rest. Well above what the host aims at, so that it happens seldom.
    static let longest: Int64 = 10_000_000
    /// Bytes of results after which no further element is started.
    static let mostBytes = 4 << 20

    package func run(in context: TaskContext) async throws -> Output {
        guard bodies.isSound else {
            throw DaemonError(
                "a chunk of tasks is damaged: host and daemon must be built from the same sources")
        }
        let type = TaskName.type(named: name)
        var output = Output(task: context.task, attempt: context.attempt, daemon: ThisProcess.name)
        output.statuses.reserveCapacity(bodies.count)
        output.bodies.reserve(count: bodies.count, bytes: 8 * bodies.count)
        var stream = context.details.stream.flatMap { MRG32k3a(state: $0) }
        let started = Instant.now
        var own = context
        // They are here: the chunk itself was not begun without.
        own.details.shares = []
        let coding = context.coding ?? TaskCoding()
        for index in 0..<bodies.count {
            // The caller has its answer already: nobody reads this one.
            try Task.checkCancellation()
            if let start = stream {
                // The first draws from the stream that came along, each further one from the next.
                stream = start.advancedToNextStream()
                own.random = RandomStream(start)
            }
            let end = await TaskPerformer.perform(
                type, name: name, body: bodies[index], in: own, coding: coding)
            if let attempt = context.local { context.submitter?.elementEnded(of: attempt) }
            output.statuses.append(end.status.rawValue)
            output.bodies.append(end.body)
            output.nanoseconds = Instant.now.since(started)
            if output.nanoseconds > Self.longest || output.bodies.byteCount > Self.mostBytes { break }
        }
        return output
    }
}
