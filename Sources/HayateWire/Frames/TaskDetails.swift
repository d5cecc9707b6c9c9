import HayateCore

/// What travels with a task beside its type and body. Most tasks have none of it.
public struct TaskDetails: Hashable, Sendable {
    /// The state of the random stream that this task, or the first of its chunk, draws from.
    public var stream: [UInt32]?
    /// The caller's trace context, as a propagator wrote it.
    public var trace: [TraceField] = []
    /// Numbers of the shared contents that the body means.
    public var shares: [UInt64] = []
    /// What the task is called where it comes from, if it was handed on.
    public var origin: Origin?

    /// What the task was given of its daemon's resources: it runs beside others. Nil: it runs by itself.
    public var grant: ResourceGrant?

    /// A task's number at its host, and which start of it this is.
    public struct Origin: Hashable, Sendable {
        public var task: UInt64
        public var attempt: UInt32

        public init(task: UInt64, attempt: UInt32) {
            self.task = task
            self.attempt = attempt
        }
    }
    /// Whether it is a set-up: what it changes in its daemon's process stays.
    public var isSetUp = false

    public struct TraceField: Hashable, Sendable {
        public var name: String
        public var value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    public init() {}

    public var isEmpty: Bool {
        stream == nil && trace.isEmpty && shares.isEmpty && origin == nil && !isSetUp && grant == nil
    }

    /// The same for a task that is given a part of its daemon.
    public func granting(_ grant: ResourceGrant) -> TaskDetails {
        var copy = self
        copy.grant = grant
        return copy
    }

    /// Words of a random stream's state.
    public static let streamWords = 6
}

// The payload is a list of fields: a tag, then what the tag says. A field may be left out; none comes
// twice, and tags ascend.
extension TaskDetails {
    private enum Tag: UInt8 { case stream = 1, trace, shares, origin, setUp, grant }

    func write(into bytes: inout [UInt8]) {
        if let stream {
            bytes.append(Tag.stream.rawValue)
            for index in 0..<Self.streamWords {
                bytes.append(little: index < stream.count ? stream[index] : 0)
            }
        }
        if !trace.isEmpty {
            bytes.append(Tag.trace.rawValue)
            bytes.append(little: UInt16(clamping: trace.count))
            for field in trace.prefix(Int(UInt16.max)) {
                bytes.append(counted: field.name)
                bytes.append(counted: field.value)
            }
        }
        if !shares.isEmpty {
            bytes.append(Tag.shares.rawValue)
            bytes.append(little: UInt32(clamping: shares.count))
            for number in shares { bytes.append(little: number) }
        }
        if let origin {
            bytes.append(Tag.origin.rawValue)
            bytes.append(little: origin.task)
            bytes.append(little: origin.attempt)
        }
        if isSetUp { bytes.append(Tag.setUp.rawValue) }
        if let grant {
            bytes.append(Tag.grant.rawValue)
            ResourceFields(grant).write(into: &bytes)
        }
    }

    init(_ reader: inout FieldReader) throws {
        var last: UInt8 = 0
        while reader.remaining > 0, !reader.isFailed {
            let number: UInt8 = reader.integer()
            guard let tag = Tag(rawValue: number), number > last else {
                throw WireFailure.malformed(.details)
            }
            last = number
            switch tag {
            case .stream:
                stream = (0..<Self.streamWords).map { _ in 0 }
                for index in 0..<Self.streamWords { stream?[index] = reader.integer() }
            case .trace:
                for _ in 0..<reader.integer(UInt16.self) where !reader.isFailed {
                    let name = reader.countedText()
                    trace.append(TraceField(name: name, value: reader.countedText()))
                }
            case .shares:
                let count: UInt32 = reader.integer()
                // Checked before anything is reserved: a peer can announce what it likes.
                guard Int(count) <= reader.remaining / 8 else {
                    throw WireFailure.malformed(.details)
                }
                for _ in 0..<count { shares.append(reader.integer()) }
            case .origin:
                origin = Origin(task: reader.integer(), attempt: reader.integer())
            case .setUp: isSetUp = true
            case .grant: grant = try ResourceFields(&reader, in: .details).grant
            }
        }
    }
}

/// A memory file of the host's, as a daemon on the same machine finds it under `/proc`.
public struct MemoryFile: Hashable, Sendable {
    /// The host's process id and its descriptor of the file.
    public var process: UInt32
    public var descriptor: UInt32
    /// What tells this very file from any other that the path may lead to.
    public var device: UInt64
    public var inode: UInt64
    /// Bytes.
    public var size: UInt64

    /// Bytes of a probe.
    public static let probeBytes: UInt64 = 32

    public init(process: UInt32, descriptor: UInt32, device: UInt64, inode: UInt64, size: UInt64) {
        self.process = process
        self.descriptor = descriptor
        self.device = device
        self.inode = inode
        self.size = size
    }

    func write(into bytes: inout [UInt8]) {
        bytes.append(little: process)
        bytes.append(little: descriptor)
        bytes.append(little: device)
        bytes.append(little: inode)
        bytes.append(little: size)
    }

    init(_ reader: inout FieldReader) {
        self.init(
            process: reader.integer(), descriptor: reader.integer(), device: reader.integer(),
            inode: reader.integer(), size: reader.integer())
    }
}
