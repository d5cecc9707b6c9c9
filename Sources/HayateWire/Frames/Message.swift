import HayateCore

/// What host and daemon say to each other.
public enum Message: Hashable, Sendable {
    /// Daemon: who I am. The first frame of a connection.
    indirect case hello(Hello)
    /// Host: you are admitted.
    case welcome(Welcome)
    /// Host: you are not admitted; the text says why and what to do.
    case refuse(String)
    /// Daemon, after a welcome that resumes: everything I know of.
    case holding([AttemptID])
    /// Host: from now on `index` stands for this name of a task type.
    case define(index: UInt32, name: String)
    /// Host: run this task.
    case assign(AttemptID, type: UInt32, body: [UInt8])
    /// Host: give this task back if you have not started it.
    case revoke(AttemptID)
    /// Daemon: here it is, unstarted.
    case returned(AttemptID)
    /// Host: nobody wants this task's result any more.
    case stop(AttemptID)
    /// Daemon: the task ended.
    case finished(AttemptID, status: ResultStatus, taskTime: Int64, body: [UInt8])
    /// Host: I have your results up to this number, counted from the session's start.
    case acknowledged(UInt64)
    /// Daemon: a log line of a running task.
    case log(AttemptID, level: UInt8, text: String)
    /// Daemon: what a running task wrote. Stream 1 is its output, 2 its errors.
    case output(AttemptID, stream: UInt8, bytes: [UInt8])
    /// Either: are you there? The stamp comes back in the pong.
    case ping(stamp: UInt64)
    case pong(stamp: UInt64)
    /// Host: finish what you hold, then leave.
    case dismiss(DrainReason)
    /// Host: the pool is closed; stop everything and leave. If `ending`, so does a daemon that would
    /// stay and dial for the next host.
    case close(ending: Bool)
    /// Daemon: this signal announced my end. I begin no task any more; dismiss me when I hold nothing.
    case leaving(signal: UInt8)
    /// Either: what belongs to the next assign or submit of this connection; see `TaskDetails`.
    case details(TaskDetails)
    /// Host: can you read this memory file? It holds 32 random bytes.
    case probe(MemoryFile)
    /// Daemon: what the probe holds; empty if it cannot be read.
    case seen([UInt8])
    /// Host: from now on this number stands for the content of a memory file.
    case sharedFile(UInt64, MemoryFile)
    /// Host: from now on this number stands for these bytes.
    case sharedBytes(UInt64, body: [UInt8])
    /// Host: nobody will mean this shared content any more.
    case unshare(UInt64)
    /// Host: a type that converts values which cannot be encoded, by its name.
    case hook(name: String)
    /// Daemon: a task of a task.
    indirect case submit(SubmittedTask, body: [UInt8])
    /// Daemon: I want nothing more of my submitted task with this number; stop it if it runs.
    case withdraw(UInt64)
    /// Daemon: a task here waits for its submitted task with this number, and can run it itself.
    case help(UInt64)
    /// Host: that one has been started elsewhere, or has ended.
    case unneeded(UInt64)
    /// Host: how a submitted task ended.
    case outcome(UInt64, status: ResultStatus, body: [UInt8])

    public var kind: FrameKind {
        switch self {
        case .hello: .hello
        case .welcome: .welcome
        case .refuse: .refuse
        case .holding: .holding
        case .define: .define
        case .assign: .assign
        case .revoke: .revoke
        case .returned: .returned
        case .stop: .stop
        case .finished: .finished
        case .acknowledged: .acknowledged
        case .log: .log
        case .output: .output
        case .ping: .ping
        case .pong: .pong
        case .dismiss: .dismiss
        case .close: .close
        case .leaving: .leaving
        case .details: .details
        case .probe: .probe
        case .seen: .seen
        case .sharedFile: .sharedFile
        case .sharedBytes: .sharedBytes
        case .unshare: .unshare
        case .hook: .hook
        case .submit: .submit
        case .withdraw: .withdraw
        case .help: .help
        case .unneeded: .unneeded
        case .outcome: .outcome
        }
    }
}

/// How a task ended at its daemon.
public enum ResultStatus: UInt8, Hashable, Sendable {
    /// It returned; the body is the encoded value.
    case value = 0
    /// It threw; the body is an encoded description of the error.
    case failure = 1
    /// It was stopped; the body is empty.
    case stopped = 2
    /// It could not be started: unknown type, undecodable body. The body describes the error.
    case refused = 3
}

/// A daemon introduces itself.
public struct Hello: Hashable, Sendable {
    public var versions: ClosedRange<UInt16>
    /// The session to resume; nil for a new one.
    public var session: SessionID?
    /// What its launcher called it, so that the host knows which of its processes this is; 0: none.
    public var launch: UInt64
    public var process: UInt32
    public var terms: DaemonTerms
    public var hostName: String
    /// Which build of which program this is, for messages about mismatches.
    public var program: String

    public init(
        versions: ClosedRange<UInt16> = Wire.versions, session: SessionID? = nil, launch: UInt64 = 0,
        process: UInt32 = 0, terms: DaemonTerms = DaemonTerms(), hostName: String = "",
        program: String = ""
    ) {
        self.versions = versions
        self.session = session
        self.launch = launch
        self.process = process
        self.terms = terms
        self.hostName = hostName
        self.program = program
    }
}

/// The host admits a daemon.
public struct Welcome: Hashable, Sendable {
    public var version: UInt16
    public var session: SessionID
    /// Whether the session that the hello named goes on; otherwise this is a new one.
    public var isResumed: Bool
    /// How many results of this session the host has.
    public var received: UInt64
    /// Milliseconds between two heartbeats, both ways.
    public var heartbeat: UInt32
    /// Milliseconds of silence after which the peer is given up.
    public var silence: UInt32

    public init(
        version: UInt16 = Wire.versions.upperBound, session: SessionID, isResumed: Bool,
        received: UInt64, heartbeat: UInt32, silence: UInt32
    ) {
        self.version = version
        self.session = session
        self.isResumed = isResumed
        self.received = received
        self.heartbeat = heartbeat
        self.silence = silence
    }
}

/// 128 random bits that name a daemon's session: whoever knows them may continue it.
public struct SessionID: Hashable, Sendable {
    public var high: UInt64
    public var low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}
