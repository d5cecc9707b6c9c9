import Glibc
import Hayate
import InMemoryTracing
import Synchronization
import Tracing

/// The spans that a daemon of the tests records.
public enum Recording {
    private static let tracer = Mutex<InMemoryTracer?>(nil)

    /// Once, in the daemon, before anything else.
    public static func begin() {
        let count = Atomic<Int>(0)
        // Unlike those of any other process.
        let name: @Sendable (String) -> String = { kind in
            "\(kind)-\(getpid())-\(count.wrappingAdd(1, ordering: .relaxed).newValue)"
        }
        let tracer = InMemoryTracer(
            idGenerator: InMemoryTracer.IDGenerator(
                nextTraceID: { name("trace") }, nextSpanID: { name("span") }))
        self.tracer.withLock { $0 = tracer }
        InstrumentationSystem.bootstrap(tracer)
    }

    /// At the daemon's end: leaves the names of its spans and of those that they are linked to in the file
    /// that the environment names.
    public static func leave() {
        guard let path = getenv("HAYATE_TEST_SPANS").map({ String(cString: $0) }) else { return }
        let spans = spans
        let lines = spans.map { span in
            let linked = spans.filter { span.links.contains($0.span) }.map { $0.name.prefix(14) }
            return "\(span.name.prefix(17)) -> \(linked.joined(separator: ","))"
        }
        // A test that waits for the file says so if it does not come.
        try? SignalFile.write(path, lines.joined(separator: "\n"))
    }

    public static var spans: [RecordedSpan] {
        tracer.withLock { $0?.finishedSpans ?? [] }.map(RecordedSpan.init)
    }
}

/// What a test wants to know of a span.
public struct RecordedSpan: Codable, Hashable, Sendable {
    public var name: String
    public var kind: String
    public var trace: String
    public var span: String
    public var parent: String?
    /// The spans that it is linked to.
    public var links: [String]
    public var failure: String?
    public var errors: Int
    public var attributes: [String: String]

    public init(_ span: FinishedInMemorySpan) {
        name = span.operationName
        kind = "\(span.kind)"
        trace = span.traceID
        self.span = span.spanID
        parent = span.parentSpanID
        links = span.links.map { $0.context.inMemorySpanContext?.spanID ?? "" }
        failure = span.status.flatMap { $0.code == .error ? $0.message ?? "" : nil }
        errors = span.errors.count
        var attributes: [String: String] = [:]
        span.attributes.forEach { name, value in attributes[name] = "\(value)" }
        self.attributes = attributes
    }
}

/// The spans that its daemon has recorded so far.
public struct TellSpans: RemoteTask {
    public init() {}

    public func run(in context: TaskContext) async throws -> [RecordedSpan] { Recording.spans }
}

/// Makes a span of its own.
public struct SpanInside: RemoteTask {
    public init() {}

    public func run(in context: TaskContext) async throws -> Int {
        withSpan("inside") { _ in 1 }
    }
}
