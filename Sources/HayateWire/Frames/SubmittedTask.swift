import HayateCore

/// A task that a running task submits: all of it but its body.
public struct SubmittedTask: Hashable, Sendable {
    /// What the daemon calls it, never twice in a session.
    public var number: UInt64
    /// The index of its type, defined by the daemon on this connection.
    public var type: UInt32
    public var priority: Int8
    public var timeout: Duration?
    public var retry: RetryPolicy

    public init(
        number: UInt64, type: UInt32, priority: Int8 = 0, timeout: Duration? = nil,
        retry: RetryPolicy = .lostDaemons
    ) {
        self.number = number
        self.type = type
        self.priority = priority
        self.timeout = timeout
        self.retry = retry
    }

    /// Bytes on the wire: two names, two small numbers, and the times and shares of the policy.
    static let fixedBytes = 8 + 4 + 1 + 1 + 8 + 4 + 8 + 8 + 8 + 8

    func write(into bytes: inout [UInt8]) {
        bytes.append(little: number)
        bytes.append(little: type)
        bytes.append(UInt8(bitPattern: priority))
        bytes.append(retry.losses)
        bytes.append(timeout)
        let failures = retry.failures
        bytes.append(little: failures?.attempts ?? 0)
        bytes.append(failures?.first)
        bytes.append(failures?.cap)
        bytes.append(little: (failures?.factor ?? 1).bitPattern)
        bytes.append(little: (failures?.jitter ?? 0).bitPattern)
    }

    init(_ reader: inout FieldReader) throws {
        let number: UInt64 = reader.integer()
        let type: UInt32 = reader.integer()
        let priority = Int8(bitPattern: reader.integer())
        let losses: UInt8 = reader.integer()
        let timeout = reader.duration()
        let attempts: UInt32 = reader.integer()
        let first = reader.duration()
        let cap = reader.duration()
        // The policy's own initialiser puts impossible numbers right.
        let factor = Double(bitPattern: reader.integer())
        let jitter = Double(bitPattern: reader.integer())
        var retry = RetryPolicy(losses: losses)
        if attempts > 0 {
            retry.failures = RetryPolicy.Backoff(
                attempts: attempts, first: first ?? .zero, factor: factor, cap: cap ?? .zero,
                jitter: jitter)
        }
        self.init(number: number, type: type, priority: priority, timeout: timeout, retry: retry)
    }
}
