import HayateCore
import HayateDaemon
import Metrics
import Tracing

/// What watches a pool: the tracer and the metrics that the process has when the pool is made. Looked for
/// once; where there is neither, a pool has no instruments and pays nothing.
final class Instruments: Sendable {
    let tracing: PoolTracing?
    let metrics: PoolMetrics?

    init?(profile: String) {
        tracing = TraceContext.tracer.map { PoolTracing($0, profile: profile) }
        metrics = PoolMetrics(profile: profile)
        if tracing == nil, metrics == nil { return nil }
    }

    /// A task is about to be submitted. Outside all locks, on the caller's thread.
    ///
    /// - Parameter parent: what the task's span is a child of; nil for the span that is current here, or
    ///   the one that the request brings along from a task that submitted it.
    func begin(_ request: inout Dispatcher.Request, parent: InstrumentationContext? = nil) {
        let watch = TaskWatch(instruments: self)
        watch.span = tracing?.begin(&request, parent: parent)
        request.watch = watch
    }
}

/// One task's times and span.
///
/// Safe to share: until the task has its outcome it is used under the dispatcher's lock only, but for the
/// span, which is set before; afterwards by the one thread that delivers the outcome.
final class TaskWatch: @unchecked Sendable {
    private let instruments: Instruments
    fileprivate(set) var span: (any Span)?
    private let submitted = Instant.now
    private var assigned: Instant?
    private var attempts = 0
    private var runTime: Int64?

    fileprivate init(instruments: Instruments) { self.instruments = instruments }

    /// Under the lock: the task has a name.
    func accepted(_ task: TaskID) {
        let number = Int64(bitPattern: task.rawValue)
        span?.updateAttributes { $0["hayate.task"] = number }
    }

    /// Under the lock: it was sent to a daemon.
    func assigned(_ attempt: AttemptID) {
        assigned = .now
        attempts = max(attempts, Int(attempt.attempt))
    }

    /// Under the lock: it ran for so many nanoseconds.
    func ran(for nanoseconds: Int64) { runTime = max(0, nanoseconds) }

    /// The task has its outcome. Outside the lock, once.
    func ended(_ resolution: Resolution) {
        var error: HayateError?
        if case .error(let failure) = resolution { error = failure }
        let waited = assigned.map { max(0, $0.since(submitted)) }
        instruments.metrics?.ended(error?.code, waited: waited, ran: runTime)
        guard let span else { return }
        span.updateAttributes { attributes in
            attributes["hayate.attempts"] = Int64(attempts)
            if let waited { attributes["hayate.queue.duration"] = Double(waited) / 1e9 }
            if let runTime { attributes["hayate.run.duration"] = Double(runTime) / 1e9 }
            if let daemon = error?.daemon { attributes["hayate.daemon"] = daemon }
        }
        if let error { span.fail(error.code.description, error) }
        span.end()
    }

    /// It was not accepted.
    func refused(_ error: HayateError) {
        span?.fail(error.code.description, error)
        span?.end()
    }
}
