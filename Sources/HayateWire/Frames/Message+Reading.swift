import HayateCore

extension Message {
    /// Reads the payload of a whole frame.
    init(_ kind: FrameKind, _ payload: RawSpan) throws {
        var reader = FieldReader(payload)
        switch kind {
        case .hello: self = .hello(try Hello(&reader))
        case .welcome: self = .welcome(Welcome(&reader))
        case .refuse: self = .refuse(reader.text(reader.remaining))
        case .leaving:
            let signal: UInt8 = reader.integer()
            guard Wire.signals.contains(signal) else { throw WireFailure.malformed(kind) }
            self = .leaving(signal: signal)
        case .holding:
            var attempts: [AttemptID] = []
            attempts.reserveCapacity(reader.remaining / 12)
            while reader.remaining > 0, !reader.isFailed { attempts.append(reader.attempt()) }
            self = .holding(attempts)
        case .define:
            let index: UInt32 = reader.integer()
            self = .define(index: index, name: reader.text(reader.remaining))
        case .assign:
            let attempt = reader.attempt()
            let type: UInt32 = reader.integer()
            self = .assign(attempt, type: type, body: reader.rest())
        case .revoke: self = .revoke(reader.attempt())
        case .returned: self = .returned(reader.attempt())
        case .stop: self = .stop(reader.attempt())
        case .finished:
            let attempt = reader.attempt()
            let status: UInt32 = reader.integer()
            let taskTime: Int64 = reader.integer()
            guard let status = UInt8(exactly: status).flatMap(ResultStatus.init(rawValue:)) else {
                throw WireFailure.malformed(kind)
            }
            self = .finished(attempt, status: status, taskTime: taskTime, body: reader.rest())
        case .acknowledged: self = .acknowledged(reader.integer())
        case .log:
            let attempt = reader.attempt()
            let level: UInt8 = reader.integer()
            self = .log(attempt, level: level, text: reader.text(reader.remaining))
        case .output:
            let attempt = reader.attempt()
            let stream: UInt8 = reader.integer()
            self = .output(attempt, stream: stream, bytes: reader.rest())
        case .ping: self = .ping(stamp: reader.integer())
        case .pong: self = .pong(stamp: reader.integer())
        case .dismiss:
            guard let reason = DrainReason(rawValue: reader.integer()) else {
                throw WireFailure.malformed(kind)
            }
            self = .dismiss(reason)
        case .close:
            let flags: UInt8 = reader.integer()
            guard flags <= 1 else { throw WireFailure.malformed(kind) }
            self = .close(ending: flags == 1)
        case .details: self = .details(try TaskDetails(&reader))
        case .probe: self = .probe(MemoryFile(&reader))
        case .seen: self = .seen(reader.rest())
        case .sharedFile:
            let number: UInt64 = reader.integer()
            self = .sharedFile(number, MemoryFile(&reader))
        case .sharedBytes:
            let number: UInt64 = reader.integer()
            self = .sharedBytes(number, body: reader.rest())
        case .unshare: self = .unshare(reader.integer())
        case .hook: self = .hook(name: reader.text(reader.remaining))
        case .submit:
            let task = try SubmittedTask(&reader)
            self = .submit(task, body: reader.rest())
        case .withdraw: self = .withdraw(reader.integer())
        case .help: self = .help(reader.integer())
        case .unneeded: self = .unneeded(reader.integer())
        case .outcome:
            let number: UInt64 = reader.integer()
            let status: UInt32 = reader.integer()
            guard let status = UInt8(exactly: status).flatMap(ResultStatus.init(rawValue:)) else {
                throw WireFailure.malformed(kind)
            }
            self = .outcome(number, status: status, body: reader.rest())
        }
        guard !reader.isFailed, reader.remaining == 0 else { throw WireFailure.malformed(kind) }
    }

    /// Joins the fixed fields of a large frame with its body, which was received apart.
    init(_ kind: FrameKind, fixed: RawSpan, body: [UInt8]) throws {
        switch try Message(kind, fixed) {
        case .assign(let attempt, let type, _):
            self = .assign(attempt, type: type, body: body)
        case .finished(let attempt, let status, let taskTime, _):
            self = .finished(attempt, status: status, taskTime: taskTime, body: body)
        case .sharedBytes(let number, _): self = .sharedBytes(number, body: body)
        case .submit(let task, _): self = .submit(task, body: body)
        case .outcome(let number, let status, _):
            self = .outcome(number, status: status, body: body)
        default:
            throw WireFailure.malformed(kind)
        }
    }
}

extension Hello {
    init(_ reader: inout FieldReader) throws {
        guard reader.integer(UInt64.self) == Wire.magic else { throw WireFailure.notHayate }
        let lowest: UInt16 = reader.integer()
        let highest: UInt16 = reader.integer()
        guard lowest <= highest else { throw WireFailure.malformed(.hello) }
        guard Wire.versions.overlaps(lowest...highest) else {
            throw WireFailure.incompatible(theirs: lowest...highest)
        }
        let flags: UInt32 = reader.integer()
        let high: UInt64 = reader.integer()
        let low: UInt64 = reader.integer()
        let launch: UInt64 = reader.integer()
        let process: UInt32 = reader.integer()
        let maximumTasks: UInt64 = reader.integer()
        let terms = DaemonTerms(
            maximumTasks: maximumTasks == .max ? nil : maximumTasks, idleTime: reader.duration(),
            wallTime: reader.duration(), reconnectWithin: reader.duration(),
            isReplaceable: flags & 1 != 0)
        self.init(
            versions: lowest...highest,
            session: high | low == 0 ? nil : SessionID(high: high, low: low), launch: launch,
            process: process, terms: terms, hostName: reader.countedText(),
            program: reader.countedText())
        if flags & 2 != 0 { self.terms.resources = try ResourceFields(&reader, in: .hello).daemonResources }
    }
}

extension Welcome {
    init(_ reader: inout FieldReader) {
        let version: UInt16 = reader.integer()
        let flags: UInt16 = reader.integer()
        let session = SessionID(high: reader.integer(), low: reader.integer())
        self.init(
            version: version, session: session, isResumed: flags & 1 != 0,
            received: reader.integer(), heartbeat: reader.integer(), silence: reader.integer())
    }
}
