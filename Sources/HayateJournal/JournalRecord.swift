/// Names a task for as long as its session lives: the element of a submission. Both count from 0.
public struct TaskKey: Hashable, Sendable, Comparable {
    public var submission: UInt32
    public var element: UInt32

    public init(submission: UInt32, element: UInt32) {
        self.submission = submission
        self.element = element
    }

    public static func < (left: TaskKey, right: TaskKey) -> Bool {
        (left.submission, left.element) < (right.submission, right.element)
    }
}

/// Names a daemon's session across hosts.
public struct SessionKey: Hashable, Sendable {
    public var high: UInt64
    public var low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}

/// Something that must be on disk before anybody hears of it. What only others understand is bytes here.
public enum JournalRecord: Hashable, Sendable {
    /// A submission is there, or has changed (by its number).
    case submission(JournalSubmission)
    /// A task was accepted.
    case accepted(JournalTask)
    /// How far an unfinished task has come; replaces what was known of it.
    case progress(JournalProgress)
    /// A task has its one outcome. A second one of the same task is refused as a fault of the program.
    case outcome(JournalOutcome)
    /// A finished task is to run again: its outcome goes, and it is as if accepted now, under this place.
    case again(TaskKey, place: UInt64)
    /// A daemon joined, or what is known of it has changed (by its key).
    case daemon(JournalDaemon)
    /// So many results of this daemon's session are here.
    case received(SessionKey, UInt64)
    /// A daemon is gone for good.
    case daemonGone(SessionKey)
    /// A submission with all its tasks and outcomes is not wanted any more.
    case removed(submission: UInt32)
    /// Anything else, by a name; empty: none any more.
    case note(String, [UInt8])
}

/// Tasks that were submitted together.
public struct JournalSubmission: Hashable, Sendable {
    /// Ascending, never used again.
    public var number: UInt32
    /// What people call it; unique among those of the session.
    public var name: String
    /// What makes a repeated submission the same one; empty: nothing.
    public var key: String
    /// Seconds since 1970.
    public var created: Int64
    /// Whether all its elements are there.
    public var isComplete: Bool
    /// All else.
    public var description: [UInt8]

    public init(
        number: UInt32, name: String, key: String = "", created: Int64, isComplete: Bool = false,
        description: [UInt8] = []
    ) {
        self.number = number
        self.name = name
        self.key = key
        self.created = created
        self.isComplete = isComplete
        self.description = description
    }
}

/// A task as it was accepted.
public struct JournalTask: Hashable, Sendable {
    public var key: TaskKey
    /// Its place in the dispatcher: `TaskID.rawValue`.
    public var place: UInt64
    /// The name of its type.
    public var type: String
    /// Retries, priority, what it needs, who traces it.
    public var terms: [UInt8]
    /// Its encoded arguments.
    public var body: [UInt8]

    public init(key: TaskKey, place: UInt64, type: String, terms: [UInt8] = [], body: [UInt8]) {
        self.key = key
        self.place = place
        self.type = type
        self.terms = terms
        self.body = body
    }
}

/// How far an unfinished task has come.
public struct JournalProgress: Hashable, Sendable {
    public var key: TaskKey
    public var attempt: UInt32
    /// Where it may be running; nil: it waits.
    public var daemon: SessionKey?
    /// Its place among all assignments.
    public var order: UInt64
    /// Losses and failures of which the next host must know; empty: none.
    public var history: [UInt8]

    public init(key: TaskKey, attempt: UInt32, daemon: SessionKey? = nil, order: UInt64 = 0, history: [UInt8] = []) {
        self.key = key
        self.attempt = attempt
        self.daemon = daemon
        self.order = order
        self.history = history
    }
}

/// A task's one outcome.
public struct JournalOutcome: Hashable, Sendable {
    public var key: TaskKey
    /// 0: it returned. Others: it did not.
    public var status: UInt8
    /// The value, or the description of the error, with what it printed. Bodies from `JournalOptions.fileBytes` on
    /// are files.
    public var body: [UInt8]
    public var attempt: UInt32
    /// Who ran it, as `host:pid`; empty: nobody.
    public var daemon: String
    /// Milliseconds since 1970.
    public var ended: Int64
    /// Nanoseconds that it ran.
    public var taskTime: Int64
    /// Its place among all outcomes of the session, ascending from 1; given by the journal, 0 before.
    public var number: Int64

    public init(
        key: TaskKey, status: UInt8, body: [UInt8], attempt: UInt32 = 1, daemon: String = "", ended: Int64 = 0,
        taskTime: Int64 = 0, number: Int64 = 0
    ) {
        self.key = key
        self.status = status
        self.body = body
        self.attempt = attempt
        self.daemon = daemon
        self.ended = ended
        self.taskTime = taskTime
        self.number = number
    }
}

/// A daemon that may come back.
public struct JournalDaemon: Hashable, Sendable {
    public var session: SessionKey
    /// What its launcher calls it; 0: nothing.
    public var launch: UInt64
    /// `host:pid`.
    public var name: String
    public var process: UInt32
    /// Its terms and whatever else a host knows of it.
    public var description: [UInt8]
    /// Results of its session that are here.
    public var received: UInt64

    public init(
        session: SessionKey, launch: UInt64, name: String, process: UInt32, description: [UInt8] = [],
        received: UInt64 = 0
    ) {
        self.session = session
        self.launch = launch
        self.name = name
        self.process = process
        self.description = description
        self.received = received
    }
}
