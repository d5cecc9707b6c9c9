import HayateCore
import HayateWire

/// What a journal does for a host, without a disk: records are written in order, many at once, after a while; what
/// an event lets out into the world leaves when its records are written; and what was not is lost with the host.
struct JournalModel: Sendable {
    enum Record: Sendable {
        /// Tasks by their numbers in the ledger.
        case accepted(Int)
        case progress(Int, TaskProgress, SessionID?)
        case outcome(Int)
        case daemon(World.HostDaemon)
        case received(SessionID, UInt64)
        case daemonGone(SessionID)
    }

    /// What leaves the host.
    enum Output: Sendable {
        case frame(link: Int, Message)
        case close(link: Int)
        case kill(process: Int)
        /// The caller hears that its task was accepted, or how it ended.
        case accepted(Int)
        case outcome(Int)
    }

    /// What one event, or several, made of both.
    struct Entry: Sendable {
        var records: [Record] = []
        var outputs: [Output] = []
        var highest: UInt32 = 0
        var isEmpty: Bool { records.isEmpty && outputs.isEmpty }

        mutating func append(_ other: Entry) {
            records += other.records
            outputs += other.outputs
            highest = max(highest, other.highest)
        }
    }

    struct Task: Sendable {
        var progress: TaskProgress?
        /// Where it is.
        var session: SessionID?
    }

    // What is written.
    private(set) var tasks: [Int: Task] = [:]
    private(set) var ended: Set<Int> = []
    private(set) var daemons: [SessionID: World.HostDaemon] = [:]
    private(set) var highest: UInt32 = 0

    // What is not.
    var current = Entry()
    var waiting = Entry()
    var writing: Entry?

    /// Whether everything is written and has left.
    var isIdle: Bool { writing == nil && waiting.isEmpty && current.isEmpty }

    mutating func write(_ entry: Entry) {
        highest = max(highest, entry.highest)
        for record in entry.records {
            switch record {
            case .accepted(let number): tasks[number] = Task()
            case .progress(let number, let progress, let session):
                tasks[number]?.progress = progress
                tasks[number]?.session = session
            case .outcome(let number):
                tasks[number] = nil
                ended.insert(number)
            case .daemon(let daemon): daemons[daemon.session] = daemon
            case .received(let session, let count): daemons[session]?.received = count
            case .daemonGone(let session): daemons[session] = nil
            }
        }
    }

    /// The host is killed: what was not written is lost.
    mutating func lose() {
        current = Entry()
        waiting = Entry()
        writing = nil
    }
}
