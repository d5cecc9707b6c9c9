import HayateCore
import HayateJournal
import HayateWire

/// What the next host must know of a task beside its type and arguments, as the journal keeps it. What is as usual is
/// left out: there is one for each task.
struct TaskTerms: Codable, Hashable, Sendable {
    var label: String
    var timeout: Int64?
    var retry: SessionRetry?
    var priority: Int8?
    var timeRequest: Int64?
    var resources: SessionResources?
    var needs: [Need]?

    /// By number: a name may come to mean another submission.
    struct Need: Codable, Hashable, Sendable {
        var submission: UInt32
        var element: UInt32

        var key: TaskKey { TaskKey(submission: submission, element: element) }
    }

    static let longestLabel = 200

    init(_ task: SessionTask, needs: [TaskKey]) {
        label = Self.cut(task.label)
        timeout = task.timeout
        retry = task.retry == SessionRetry() ? nil : task.retry
        priority = task.priority == 0 ? nil : task.priority
        timeRequest = task.timeRequest
        resources = task.resources
        self.needs = needs.isEmpty ? nil : needs.map { Need(submission: $0.submission, element: $0.element) }
    }

    /// nil if these bytes are none.
    init?(reading bytes: [UInt8]) {
        switch bytes.first {
        case Self.labelAlone:
            self.init(SessionTask(type: "", body: [], label: String(decoding: bytes.dropFirst(), as: UTF8.self)), needs: [])
        case Self.all:
            let rest = Array(bytes.dropFirst())
            guard let read = try? BinaryDecoder().decode(TaskTerms.self, from: rest) else { return nil }
            self = read
        default: return nil
        }
    }

    /// The first byte: what follows it. The names of fields would be most of what is written for most tasks.
    private static let labelAlone: UInt8 = 0
    private static let all: UInt8 = 1

    func written() -> [UInt8] {
        if self == TaskTerms(SessionTask(type: "", body: [], label: label), needs: []) {
            return [Self.labelAlone] + Array(label.utf8)
        }
        var bytes = [Self.all]
        // What cannot be encoded is nothing of this type.
        try? BinaryEncoder().encode(self, appendingTo: &bytes)
        return bytes
    }

    var keys: [TaskKey] { (needs ?? []).map(\.key) }

    /// - Parameter bytes: of the encoded arguments.
    func spec(bytes: Int, needs: [TaskID] = []) -> TaskSpec {
        TaskSpec(
            bytes: bytes, priority: priority ?? 0, timeout: timeout.map { .nanoseconds($0) },
            retry: (retry ?? SessionRetry()).policy, timeRequest: timeRequest.map { .nanoseconds($0) }, needs: needs,
            resources: resources?.request)
    }

    private static func cut(_ label: String) -> String {
        guard label.utf8.count > longestLabel else { return label }
        var text = ""
        for character in label {
            guard text.utf8.count + String(character).utf8.count <= longestLabel - 3 else { break }
            text.append(character)
        }
        return text + "…"
    }
}

extension SessionRetry {
    var policy: RetryPolicy {
        RetryPolicy(
            losses: losses,
            failures: attempts > 1
                ? RetryPolicy.Backoff(
                    attempts: attempts, first: .nanoseconds(first), factor: factor, cap: .nanoseconds(cap),
                    jitter: jitter)
                : nil)
    }

    /// As it travels.
    public init(_ policy: RetryPolicy) {
        losses = policy.losses
        guard let failures = policy.failures else { return }
        attempts = failures.attempts
        first = failures.first.nanoseconds
        cap = failures.cap.nanoseconds
        factor = failures.factor
        jitter = failures.jitter
    }
}

extension SessionResources {
    var request: ResourceRequest { ResourceRequest(cpus: cpus, gpus: gpus, memory: memory, named: named) }

    /// As it travels.
    public init(_ request: ResourceRequest) {
        cpus = request.cpus
        gpus = request.gpus
        memory = request.memory
        named = request.named
    }
}

extension SessionTask {
    /// - Throws: `HayateError.invalidArgument`.
    func validate() throws(HayateError) {
        guard !type.isEmpty, type.utf8.count <= 4_096 else {
            throw HayateError(.invalidArgument, "a task has no type, or one whose name is longer than 4,096 bytes")
        }
        guard body.count < Wire.limitAfterAdmission - 64 else {
            throw HayateError(
                .invalidArgument,
                "a task has \(body.count) bytes, more than the limit of \(Wire.limitAfterAdmission): pass large data by "
                    + "file")
        }
        guard timeout ?? 0 >= 0, timeRequest ?? 0 >= 0 else {
            throw HayateError(.invalidArgument, "a task's timeout or time request is negative")
        }
        guard needs.count <= 10_000 else {
            throw HayateError(.invalidArgument, "a task needs \(needs.count) others, more than 10,000")
        }
    }
}
