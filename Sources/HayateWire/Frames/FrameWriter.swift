import HayateCore

/// Turns messages into frames of one direction of one connection.
public struct FrameWriter: Sendable {
    /// The number of the next frame.
    public private(set) var sequence: UInt32 = 0

    public init() {}

    /// Appends the whole frame.
    public mutating func write(_ message: Message, into bytes: inout [UInt8]) {
        let start = bytes.count
        beginFrame(message.kind, into: &bytes)
        switch message {
        case .hello(let hello): hello.write(into: &bytes)
        case .welcome(let welcome): welcome.write(into: &bytes)
        case .refuse(let text): bytes.append(contentsOf: text.utf8)
        case .holding(let attempts):
            for attempt in attempts { bytes.append(attempt) }
        case .define(let index, let name):
            bytes.append(little: index)
            bytes.append(contentsOf: name.utf8)
        case .assign(let attempt, let type, let body):
            bytes.append(attempt)
            bytes.append(little: type)
            bytes.append(contentsOf: body)
        case .revoke(let attempt), .returned(let attempt), .stop(let attempt):
            bytes.append(attempt)
        case .finished(let attempt, let status, let taskTime, let body):
            bytes.append(attempt)
            bytes.append(little: UInt32(status.rawValue))
            bytes.append(little: taskTime)
            bytes.append(contentsOf: body)
        case .acknowledged(let number): bytes.append(little: number)
        case .log(let attempt, let level, let text):
            bytes.append(attempt)
            bytes.append(level)
            bytes.append(contentsOf: text.utf8)
        case .output(let attempt, let stream, let data):
            bytes.append(attempt)
            bytes.append(stream)
            bytes.append(contentsOf: data)
        case .ping(let stamp), .pong(let stamp): bytes.append(little: stamp)
        case .leaving(let signal): bytes.append(signal)
        case .dismiss(let reason): bytes.append(reason.rawValue)
        case .close(let ending): bytes.append(ending ? 1 : 0)
        case .details(let details): details.write(into: &bytes)
        case .probe(let file): file.write(into: &bytes)
        case .seen(let proof): bytes.append(contentsOf: proof)
        case .sharedFile(let number, let file):
            bytes.append(little: number)
            file.write(into: &bytes)
        case .sharedBytes(let number, let body):
            bytes.append(little: number)
            bytes.append(contentsOf: body)
        case .hook(let name): bytes.append(contentsOf: name.utf8)
        case .submit(let task, let body):
            task.write(into: &bytes)
            bytes.append(contentsOf: body)
        case .unshare(let number), .withdraw(let number), .help(let number), .unneeded(let number):
            bytes.append(little: number)
        case .outcome(let number, let status, let body):
            bytes.append(little: number)
            bytes.append(little: UInt32(status.rawValue))
            bytes.append(contentsOf: body)
        }
        endFrame(at: start, extra: 0, in: &bytes)
    }

    /// Appends all of an assign frame but its body, which the caller sends right behind it.
    public mutating func writeAssign(
        _ attempt: AttemptID, type: UInt32, bodyBytes: Int, into bytes: inout [UInt8]
    ) {
        let start = bytes.count
        beginFrame(.assign, into: &bytes)
        bytes.append(attempt)
        bytes.append(little: type)
        endFrame(at: start, extra: bodyBytes, in: &bytes)
    }

    /// Appends all of a finished frame but its body, which the caller sends right behind it.
    public mutating func writeFinished(
        _ attempt: AttemptID, status: ResultStatus, taskTime: Int64, bodyBytes: Int,
        into bytes: inout [UInt8]
    ) {
        let start = bytes.count
        beginFrame(.finished, into: &bytes)
        bytes.append(attempt)
        bytes.append(little: UInt32(status.rawValue))
        bytes.append(little: taskTime)
        endFrame(at: start, extra: bodyBytes, in: &bytes)
    }

    /// Appends all of a frame of shared content but the content, which the caller sends right behind it.
    public mutating func writeSharedBytes(
        _ number: UInt64, bodyBytes: Int, into bytes: inout [UInt8]
    ) {
        let start = bytes.count
        beginFrame(.sharedBytes, into: &bytes)
        bytes.append(little: number)
        endFrame(at: start, extra: bodyBytes, in: &bytes)
    }

    private mutating func beginFrame(_ kind: FrameKind, into bytes: inout [UInt8]) {
        bytes.append(little: UInt32(0))
        bytes.append(little: sequence)
        bytes.append(little: UInt32(kind.rawValue))
        sequence &+= 1
    }

    private func endFrame(at start: Int, extra: Int, in bytes: inout [UInt8]) {
        let length = UInt32(clamping: bytes.count - start - Wire.headerBytes + extra)
        for index in 0..<4 { bytes[start + index] = UInt8(truncatingIfNeeded: length >> (8 * index)) }
    }
}

extension [UInt8] {
    @inline(__always)
    mutating func append<Value: FixedWidthInteger>(little value: Value) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }

    @inline(__always)
    mutating func append(_ attempt: AttemptID) {
        append(little: attempt.task.rawValue)
        append(little: attempt.attempt)
    }

    mutating func append(counted text: String) {
        let utf8 = text.utf8.prefix(Int(UInt16.max))
        append(little: UInt16(utf8.count))
        append(contentsOf: utf8)
    }

    /// Durations travel as nanoseconds; all ones mean none.
    mutating func append(_ duration: Duration?) {
        append(little: duration.map { UInt64(clamping: $0.nanoseconds) } ?? .max)
    }
}

extension Hello {
    func write(into bytes: inout [UInt8]) {
        bytes.append(little: Wire.magic)
        bytes.append(little: versions.lowerBound)
        bytes.append(little: versions.upperBound)
        bytes.append(little: UInt32((terms.isReplaceable ? 1 : 0) | (terms.resources == nil ? 0 : 2)))
        bytes.append(little: session?.high ?? 0)
        bytes.append(little: session?.low ?? 0)
        bytes.append(little: launch)
        bytes.append(little: process)
        bytes.append(little: terms.maximumTasks ?? .max)
        bytes.append(terms.idleTime)
        bytes.append(terms.wallTime)
        bytes.append(terms.reconnectWithin)
        bytes.append(counted: hostName)
        bytes.append(counted: program)
        if let resources = terms.resources { ResourceFields(resources).write(into: &bytes) }
    }
}

extension Welcome {
    func write(into bytes: inout [UInt8]) {
        bytes.append(little: version)
        bytes.append(little: UInt16(isResumed ? 1 : 0))
        bytes.append(little: session.high)
        bytes.append(little: session.low)
        bytes.append(little: received)
        bytes.append(little: heartbeat)
        bytes.append(little: silence)
    }
}
