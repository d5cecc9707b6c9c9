import HayateCore
import HayateWire

/// A simulated process that runs one daemon: the real `DaemonSession` and the shell around it.
struct Process: Sendable {
    /// A finished task's result, kept until the host has it.
    struct Result: Sendable {
        var attempt: AttemptID
        var status: ResultStatus
        var body: [UInt8]
        var taskTime: Int64
    }

    var session: DaemonSession
    let terms: DaemonTerms
    let startedAt: Int64
    /// Started by this host's launcher, which hears of its exit and may kill it.
    let isOwn: Bool
    /// Its tasks take this many times as long.
    let slowness: Int64

    var isAlive = true
    /// A signal announced its end.
    var isWarned = false
    var frozenUntil: Int64 = 0
    /// The network does not reach it before this time.
    var unreachableUntil: Int64 = 0

    // The connection.
    var link: Int?
    var isAdmitted = false
    var sessionID: SessionID?
    var heardAt: Int64 = 0
    var timerAt = Int64.max

    // The tasks.
    var bodies: [AttemptID: [UInt8]] = [:]
    /// Results in the order in which they ended; the first has number `firstResult`.
    var results: [Result] = []
    var firstResult: UInt64 = 1
    /// Counts what runs are waited for, so that the end of an interrupted run does not count twice.
    var run = 0
    /// What was started and has not ended, the last on top.
    var runs: [Run] = []
    /// Children without outcome, and the plans they are of.
    var children: [UInt64: Int] = [:]
    /// The child that the next assign is.
    var nextChild: UInt64?
    /// What the next assign is given of the daemon's resources, and what those were given that wait here.
    var nextGrant: ResourceGrant?
    var grants: [AttemptID: ResourceGrant] = [:]

    struct Run: Sendable {
        /// The event that goes on with it.
        var serial: Int
        /// Children that it has still to submit.
        var offspring: Int
        /// Children whose outcomes it waits for.
        var pending: Set<UInt64> = []
        /// Its group, if it waits for its children as one.
        var group: UInt64 = 0
        var attempt: AttemptID
        var number: Int
        var startedAt: Int64
        var status: ResultStatus
        /// nil: it runs by itself.
        var grant: ResourceGrant?
    }
}
