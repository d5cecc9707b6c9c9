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
