import HayateDaemon
import HayateTransport
import Synchronization
import Tracing

/// The spans that a host makes. There is one only where the process had a tracer when the pool was made.
final class PoolTracing: Sendable {
    private let tracer: any Tracer
    private let profile: String
    /// The span `daemons set`, for links; nil before it and after the reset.
    private let set = Mutex<InstrumentationContext?>(nil)

    init(_ tracer: any Tracer, profile: String) {
        self.tracer = tracer
        self.profile = profile
    }

    // MARK: The pool

    func daemonsSet(_ endpoint: Endpoint, count: Int) {
        let span = tracer.startSpan("daemons set \(endpoint)", ofKind: .internal)
        describe(endpoint, in: span)
        span.updateAttributes { $0["hayate.daemons"] = Int64(count) }
        set.withLock { $0 = span.context }
        span.end()
    }

    /// Once: a second call does nothing.
    func daemonsReset(_ endpoint: Endpoint) {
        let context = set.withLock { context in
            defer { context = nil }
            return context
        }
        guard let context else { return }
        let span = tracer.startSpan("daemons reset \(endpoint)", ofKind: .internal)
        span.addLink(SpanLink(context: context, attributes: [:]))
        describe(endpoint, in: span)
        span.end()
    }

    private func describe(_ endpoint: Endpoint, in span: any Span) {
        span.updateAttributes { attributes in
            switch endpoint.address {
            case .local(let path):
                attributes["server.address"] = path
                attributes["network.transport"] = "unix"
            case .tcp(let host, let port):
                attributes["server.address"] = host
                attributes["server.port"] = Int64(port)
                attributes["network.transport"] = "tcp"
            }
            attributes["hayate.profile"] = profile
            attributes["hayate.dispatcher"] = true
        }
    }

    // MARK: Tasks

    /// Starts a task's span and puts its context into what travels with the task.
    func begin(
        _ request: inout Dispatcher.Request, parent: InstrumentationContext?
    ) -> any Span {
        let context: InstrumentationContext
        if let parent {
            context = parent
        } else if !request.details.trace.isEmpty {
            // A task of a task: its context came with it.
            context = TraceContext.context(from: request.details.trace, by: tracer)
        } else {
            context = .current ?? .topLevel
        }
        let span = start("mirai", in: context, ofKind: .client)
        request.details.trace = TraceContext.fields(of: span.context, by: tracer)
        return span
    }

    /// A span around many tasks.
    func begin(_ name: String, ofKind kind: SpanKind) -> GroupSpan {
        GroupSpan(start(name, in: .current ?? .topLevel, ofKind: kind), tracer)
    }

    private func start(
        _ name: String, in context: InstrumentationContext, ofKind kind: SpanKind
    ) -> any Span {
        let span = tracer.startSpan(name, context: context, ofKind: kind)
        if let link = set.withLock({ $0 }) {
            span.addLink(SpanLink(context: link, attributes: [:]))
        }
        return span
    }
}

/// The span of a map or of a call of `everywhere`; it ends with its last owner.
final class GroupSpan: Sendable {
    private let span: any Span
    private let tracer: any Tracer

    fileprivate init(_ span: any Span, _ tracer: any Tracer) {
        self.span = span
        self.tracer = tracer
    }

    var context: InstrumentationContext { span.context }

    /// What travels with tasks that have no span of their own at the host.
    func mark(_ request: inout Dispatcher.Request) {
        request.details.trace = TraceContext.fields(of: span.context, by: tracer)
    }

    deinit { span.end() }
}
