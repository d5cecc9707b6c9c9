import HayateCore

/// What can happen next in a simulated world.
enum Event: Sendable {
    // At the host; served late while the host is frozen.
    case arriveAtHost(link: Int, chunk: Int)
    case endAtHost(link: Int)
    case hostTimer
    case hostHeartbeat
    case prepared(DaemonID, epoch: Int)
    /// What a host's journal was writing is on disk.
    case written(epoch: Int)
    case submit
    case cancel(task: Int)
    case drain
    case processExit(process: Int)
    // At a daemon's process; served late while it is frozen, and never once it is dead.
    case arriveAtDaemon(process: Int, link: Int, chunk: Int)
    case endAtDaemon(process: Int, link: Int)
    case dial(process: Int)
    case daemonTimer(process: Int)
    case daemonHeartbeat(process: Int)
    case daemonPulse(process: Int)
    case taskEnds(process: Int, run: Int)
    // In the world.
    case launch
    /// A signal tells the process that it will be ended.
    case warn(process: Int)
    case kill(process: Int)
    case fault
    case hostKill
    case hostStart
    case strangerDials
    case heal
    case judge
}

/// Events in order of time; at the same time in the order in which they were added.
struct EventQueue: Sendable {
    struct Entry: Sendable {
        var at: Int64
        var order: UInt64
        var event: Event

        @inline(__always)
        func isBefore(_ other: Entry) -> Bool {
            at != other.at ? at < other.at : order < other.order
        }
    }

    private var heap: [Entry] = []
    private var nextOrder: UInt64 = 1 << 40
    private var nextPutOff: UInt64 = 0

    var count: Int { heap.count }

    mutating func add(_ event: Event, at: Int64) {
        insert(Entry(at: at, order: nextOrder, event: event))
        nextOrder += 1
    }

    /// Adds an event whose time has come already: it keeps its place before those that come later.
    mutating func putOff(_ event: Event, until: Int64) {
        insert(Entry(at: until, order: nextPutOff, event: event))
        nextPutOff += 1
    }

    private mutating func insert(_ entry: Entry) {
        heap.append(entry)
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].isBefore(heap[parent]) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    mutating func removeFirst() -> Entry? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        if heap.isEmpty { return first }
        heap[0] = last
        var parent = 0
        while true {
            var child = 2 * parent + 1
            guard child < heap.count else { return first }
            if child + 1 < heap.count, heap[child + 1].isBefore(heap[child]) { child += 1 }
            guard heap[child].isBefore(heap[parent]) else { return first }
            heap.swapAt(child, parent)
            parent = child
        }
    }
}
