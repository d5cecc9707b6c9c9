import HayateWire
import Tracing

/// Carries a tracer's context between host and daemon, in whatever fields its propagator writes.
package enum TraceContext {
    private struct Fields: Injector, Extractor {
        func inject(
            _ value: String, forKey key: String, into carrier: inout [TaskDetails.TraceField]
        ) {
            carrier.append(TaskDetails.TraceField(name: key, value: value))
        }

        func extract(key: String, from carrier: [TaskDetails.TraceField]) -> String? {
            carrier.first { $0.name == key }?.value
        }
    }

    /// The most fields that travel: propagators write two or three.
    private static let mostFields = 32

    package static func fields(
        of context: InstrumentationContext, by tracer: any Tracer
    ) -> [TaskDetails.TraceField] {
        var fields: [TaskDetails.TraceField] = []
        tracer.inject(context, into: &fields, using: Fields())
        return Array(fields.prefix(mostFields))
    }

    package static func context(
        from fields: [TaskDetails.TraceField], by tracer: any Tracer
    ) -> InstrumentationContext {
        var context = InstrumentationContext.topLevel
        if !fields.isEmpty { tracer.extract(fields, into: &context, using: Fields()) }
        return context
    }

    /// The tracer that is bootstrapped or bound here; nil if there is none, so that nothing is paid.
    package static var tracer: (any Tracer)? {
        let tracer = InstrumentationSystem.tracer
        return tracer is NoOpTracer ? nil : tracer
    }
}

extension Span {
    /// Marks the span as failed. `code` is the error's code, as in docs/errors.md.
    package func fail(_ code: String, _ error: any Error) {
        recordError(error, attributes: [:], at: DefaultTracerClock.now)
        setStatus(SpanStatus(code: .error, message: code))
    }
}
