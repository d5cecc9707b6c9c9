import HayateCore
import HayateWire
import Synchronization
import Tracing

/// The spans that a daemon makes. There is one only where the process has a tracer.
final class DaemonTracing: Sendable {
    private struct State {
        /// From the dial until the host has admitted us.
        var connecting: (any Span)?
        /// Of the last connection, for links.
        var connected: InstrumentationContext?
        var isConnected = false
    }

    private let tracer: any Tracer
    private let url: String
    private let state = Mutex(State())

    /// nil if nobody looks.
    init?(url: String) {
        guard let tracer = TraceContext.tracer else { return nil }
        self.tracer = tracer
        self.url = url
    }

    // MARK: Connections

    func dialled() {
        let span = tracer.startSpan("daemon connect \(url)", context: .topLevel, ofKind: .internal)
        span.updateAttributes { $0["hayate.url"] = url }
        state.withLock { $0.connecting = span }
    }

    func admitted() {
        let span = state.withLock { state -> (any Span)? in
            guard let span = state.connecting else { return nil }
            state.connecting = nil
            state.connected = span.context
            state.isConnected = true
            return span
        }
        span?.end()
    }

    func closed() {
        let (failed, connected) = state.withLock { state in
            defer {
                state.connecting = nil
                state.isConnected = false
            }
            return (state.connecting, state.isConnected ? state.connected : nil)
        }
        if let failed {
            failed.setStatus(SpanStatus(code: .error, message: "not admitted"))
            failed.end()
        }
        guard let connected else { return }
        let span = tracer.startSpan("daemon disconnect \(url)", context: .topLevel, ofKind: .internal)
        span.addLink(SpanLink(context: connected, attributes: [:]))
        span.updateAttributes { $0["hayate.url"] = url }
        span.end()
    }

    // MARK: Tasks

    /// Runs a task as the span `daemon eval`, a child of the caller's `mirai`. The span is current while
    /// the task runs, so that the task's own spans are its children.
    func evaluate(_ job: DaemonRuntime.Job, _ run: () async -> TaskEnd) async -> TaskEnd {
        let parent = TraceContext.context(from: job.details.trace, by: tracer)
        let span = tracer.startSpan("daemon eval", context: parent, ofKind: .server)
        if let connected = state.withLock({ $0.connected }) {
            span.addLink(SpanLink(context: connected, attributes: [:]))
        }
        span.updateAttributes { attributes in
            attributes["hayate.task"] = Int64(bitPattern: job.attempt.task.rawValue)
            attributes["hayate.attempt"] = Int64(job.attempt.attempt)
            if let type = job.type.type { attributes["hayate.type"] = String(describing: type) }
        }
        let end = await InstrumentationContext.$current.withValue(span.context) { await run() }
        switch end.status {
        case .value: break
        case .stopped:
            span.setStatus(SpanStatus(code: .error, message: "cancelled"))
        case .failure, .refused:
            if let failure = try? BinaryDecoder().decode(RemoteFailure.self, from: end.body) {
                span.fail(failure.codeName, failure)
            } else {
                span.setStatus(SpanStatus(code: .error, message: "taskFailed"))
            }
        }
        span.end()
        return end
    }
}

extension RemoteFailure: Error, CustomStringConvertible {
    public var description: String { "\(type): \(message)" }

    /// As the host calls it.
    var codeName: String {
        switch kind {
        case .thrown: "taskFailed"
        case .interrupted: "interrupted"
        case .unknownType, .undecodable, .unencodable: "refused"
        }
    }
}
