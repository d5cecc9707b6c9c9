import HayateCluster
import HayateCore

extension AllocationRecord {
    /// The most elements of a job that are believed.
    private static let mostElements = 1 << 20

    func write(to line: inout JSONText) {
        line.beginObject()
        line.field("event", word)
        line.field("time", Int(time))
        switch event {
        case .planned(let submission):
            line.field("submission", Int(submission.number))
            line.field("name", submission.name)
            if let elements = submission.elements {
                line.field("first", elements.lowerBound)
                line.field("last", elements.upperBound)
            }
            line.field("daemons", submission.daemonsPerElement)
            line.field("firstDaemon", submission.firstDaemon)
        case .accepted(let number, let job):
            line.field("submission", Int(number))
            line.field("job", job.text)
        case .refused(let number, let message):
            line.field("submission", Int(number))
            line.field("message", message)
        case .ended(let key, let end):
            Self.write(key, to: &line)
            end.write(to: &line)
        case .cancelled(let key): Self.write(key, to: &line)
        case .finished: break
        case .hosted(let host): host.write(to: &line)
        }
        line.endObject()
        line.endLine()
    }

    private var word: String {
        switch event {
        case .planned: "planned"
        case .accepted: "accepted"
        case .refused: "refused"
        case .ended: "ended"
        case .cancelled: "cancelled"
        case .finished: "finished"
        case .hosted: "hosted"
        }
    }

    private static func write(_ key: AllocationKey, to line: inout JSONText) {
        line.field("submission", Int(key.submission))
        if let element = key.element { line.field("element", element) }
    }

    /// Nil if this is none.
    init?(_ fields: JSONFields) {
        guard let time = fields.integer("time"), let event = Self.event(fields) else { return nil }
        self.init(event, at: Int64(time))
    }

    private static func event(_ fields: JSONFields) -> AllocationEvent? {
        if fields.string("event") == "finished" { return .finished }
        if fields.string("event") == "hosted" { return HostProcess(fields).map { .hosted($0) } }
        guard let number = fields.integer("submission").flatMap(UInt32.init(exactly:)) else { return nil }
        let key = AllocationKey(submission: number, element: fields.integer("element"))
        switch fields.string("event") {
        case "planned":
            guard let name = fields.string("name"), let daemons = fields.integer("daemons"), daemons > 0,
                let firstDaemon = fields.integer("firstDaemon"), firstDaemon >= 0
            else { return nil }
            var elements: ClosedRange<Int>?
            if let first = fields.integer("first"), let last = fields.integer("last") {
                guard first >= 0, last >= first, last - first < mostElements else { return nil }
                elements = first...last
            }
            return .planned(
                HayateCluster.Submission(
                    number: number, name: name, elements: elements, daemonsPerElement: daemons,
                    firstDaemon: firstDaemon))
        case "accepted": return fields.string("job").map { .accepted(number, JobID($0)) }
        case "refused": return .refused(number, fields.string("message") ?? "")
        case "ended": return JobEnd(fields).map { .ended(key, $0) }
        case "cancelled": return .cancelled(key)
        default: return nil
        }
    }
}

extension JobEnd {
    fileprivate func write(to line: inout JSONText) {
        switch reason {
        case .completed: line.field("reason", "completed")
        case .exited(let code):
            line.field("reason", "exited")
            line.field("code", code)
        case .signalled(let number):
            line.field("reason", "signalled")
            line.field("signal", number)
        case .outOfMemory: line.field("reason", "oom")
        case .timeLimit: line.field("reason", "timeout")
        case .preempted: line.field("reason", "preempted")
        case .nodeFailed: line.field("reason", "node_fail")
        case .cancelled(let user):
            line.field("reason", "cancelled")
            if let user { line.field("by", user) }
        case .notStarted: line.field("reason", "not_started")
        case .unknown: line.field("reason", "unknown")
        }
        if let node { line.field("node", node) }
        if let message { line.field("message", message) }
    }

    fileprivate init?(_ fields: JSONFields) {
        let reason: Reason
        switch fields.string("reason") {
        case "completed": reason = .completed
        case "exited":
            guard let code = fields.integer("code") else { return nil }
            reason = .exited(code: code)
        case "signalled":
            guard let number = fields.integer("signal") else { return nil }
            reason = .signalled(number: number)
        case "oom": reason = .outOfMemory
        case "timeout": reason = .timeLimit
        case "preempted": reason = .preempted
        case "node_fail": reason = .nodeFailed
        case "cancelled": reason = .cancelled(by: fields.string("by"))
        case "not_started": reason = .notStarted
        case "unknown": reason = .unknown
        default: return nil
        }
        self.init(reason, node: fields.string("node"), message: fields.string("message"))
    }
}
