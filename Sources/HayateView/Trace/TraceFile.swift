import HayateCore

/// Writes attempts as a trace that Perfetto and chrome://tracing show (the Trace Event Format, in JSON): each machine
/// is a process, each daemon a thread, or several where it ran several tasks at once.
///
/// Nothing is kept but the daemons, so that millions of attempts can be written; they may come in any order.
public struct TraceFile: Sendable {
    /// A row of the trace: attempts in it do not overlap.
    private struct Lane: Sendable {
        var thread: Int
        /// What is taken, from the first to the last.
        var began: Int64
        var ended: Int64
    }

    private struct Machine: Sendable {
        var process: Int
        var threads = 0
        var daemons: [String: [Lane]] = [:]
    }

    /// When this is written, in seconds since 1970: attempts that run now are shown up to here.
    private let now: Double
    private var machines: [String: Machine] = [:]
    private var bytes: [UInt8] = []
    private var hasEvents = false

    public init(now: Double) {
        self.now = now
        bytes += #"{"displayTimeUnit":"ms","traceEvents":["#.utf8
    }

    /// What has been written since it was last taken.
    public mutating func take() -> [UInt8] {
        defer { bytes.removeAll(keepingCapacity: true) }
        return bytes
    }

    public mutating func add(_ span: SpanView) {
        // A clock that was set back makes no negative lengths.
        let began = microseconds(span.began)
        let ended = max(began, microseconds(span.ended ?? now))
        let (process, thread) = lane(of: span.daemon, began, ended)
        event { trace in
            trace.field("name", span.label.isEmpty ? span.task : span.label)
            trace.field("cat", span.status)
            trace.field("ph", "X")
            trace.field("ts", Int(began))
            trace.field("dur", Int(ended - began))
            trace.field("pid", process)
            trace.field("tid", thread)
            if let colour = Self.colours[span.status] { trace.field("cname", colour) }
            trace.field("args", keys: ["task", "attempt", "status", "daemon"],
                values: [span.task, String(span.attempt), span.status, span.daemon])
        }
        guard span.status == "lost" else { return }
        event { trace in
            trace.field("name", "lost \(span.task)")
            trace.field("cat", span.status)
            trace.field("ph", "i")
            trace.field("s", "t")
            trace.field("ts", Int(ended))
            trace.field("pid", process)
            trace.field("tid", thread)
        }
    }

    /// To be called last.
    public mutating func finish() { bytes += "\n]}\n".utf8 }

    /// Colours of chrome://tracing, which Perfetto leaves aside.
    private static let colours = [
        "value": "good", "failure": "terrible", "stopped": "grey", "lost": "bad", "running": "thread_state_running",
    ]

    private func microseconds(_ seconds: Double) -> Int64 {
        Int64((min(max(0, seconds.isFinite ? seconds : 0), 4e9) * 1e6).rounded())
    }

    private mutating func lane(of daemon: String, _ began: Int64, _ ended: Int64) -> (process: Int, thread: Int) {
        let host = daemon.lastIndex(of: ":").map { String(daemon[..<$0]) } ?? daemon
        var machine = machines.removeValue(forKey: host) ?? newMachine(host)
        defer { machines[host] = machine }
        var lanes = machine.daemons.removeValue(forKey: daemon) ?? []
        defer { machine.daemons[daemon] = lanes }
        if let free = lanes.firstIndex(where: { began >= $0.ended || ended <= $0.began }) {
            lanes[free].began = min(lanes[free].began, began)
            lanes[free].ended = max(lanes[free].ended, ended)
            return (machine.process, lanes[free].thread)
        }
        machine.threads += 1
        lanes.append(Lane(thread: machine.threads, began: began, ended: ended))
        let name = daemon + (lanes.count > 1 ? " (\(lanes.count))" : "")
        say("thread_name", name, process: machine.process, thread: machine.threads)
        return (machine.process, machine.threads)
    }

    private mutating func newMachine(_ host: String) -> Machine {
        let machine = Machine(process: machines.count + 1)
        say("process_name", host, process: machine.process, thread: nil)
        return machine
    }

    private mutating func say(_ what: String, _ name: String, process: Int, thread: Int?) {
        event { trace in
            trace.field("name", what)
            trace.field("ph", "M")
            trace.field("pid", process)
            if let thread { trace.field("tid", thread) }
            trace.field("args", keys: ["name"], values: [name])
        }
    }

    private mutating func event(_ write: (inout JSONText) -> Void) {
        bytes += hasEvents ? ",\n".utf8 : "\n".utf8
        hasEvents = true
        var text = JSONText()
        text.beginObject()
        write(&text)
        text.endObject()
        bytes += text.bytes
    }
}
