/// Which refusals of strangers are worth a line in a log: one an address and minute, however many there are.
///
/// A value without clock: times are durations since an origin of the caller's choice and never go back.
/// The table is bounded. Addresses for which it has no place share one line a minute, so that whoever has
/// many addresses fills neither the memory nor the disk.
public struct RefusalLedger: Sendable {
    /// A line that is due.
    public struct Line: Sendable, Hashable {
        /// Whether it stands for all addresses that have no place in the table.
        public var isOfMany: Bool
        /// Refusals since the last such line that were not logged.
        public var unlogged: Int
    }

    private struct Entry {
        var logged: Duration
        var unlogged = 0
    }

    /// How long an address is silent after a line about it.
    public let interval: Duration
    /// Addresses that are known at once.
    public let capacity: Int
    /// Everything that was noted.
    public private(set) var total = 0

    private var entries: [String: Entry] = [:]
    private var crowd = Entry(logged: .zero)
    private var hasCrowd = false
    /// Before this the table holds nothing that could go.
    private var sweepAt = Duration.zero

    public init(interval: Duration = .seconds(60), capacity: Int = 256) {
        self.interval = interval
        self.capacity = max(1, capacity)
    }

    /// How many addresses have a place.
    public var count: Int { entries.count }

    /// Notes a refusal; nil if it is not to be logged.
    public mutating func note(_ address: String, at now: Duration) -> Line? {
        total += 1
        if var entry = entries[address] {
            defer { entries[address] = entry }
            return pass(&entry, at: now).map { Line(isOfMany: false, unlogged: $0) }
        }
        if entries.count >= capacity { sweep(at: now) }
        if entries.count < capacity {
            entries[address] = Entry(logged: now)
            return Line(isOfMany: false, unlogged: 0)
        }
        guard hasCrowd else {
            hasCrowd = true
            crowd.logged = now
            defer { crowd.unlogged = 0 }
            return Line(isOfMany: true, unlogged: crowd.unlogged)
        }
        return pass(&crowd, at: now).map { Line(isOfMany: true, unlogged: $0) }
    }

    /// - Returns: how many were not logged, if one is to be logged now.
    private func pass(_ entry: inout Entry, at now: Duration) -> Int? {
        guard now - entry.logged >= interval else {
            entry.unlogged += 1
            return nil
        }
        defer { entry = Entry(logged: now) }
        return entry.unlogged
    }

    /// Takes out those that may be logged again; what they have not logged goes to the crowd's count.
    private mutating func sweep(at now: Duration) {
        guard now >= sweepAt else { return }
        var oldest = now
        entries = entries.filter { _, entry in
            if now - entry.logged < interval {
                oldest = min(oldest, entry.logged)
                return true
            }
            crowd.unlogged += entry.unlogged
            return false
        }
        sweepAt = oldest + interval
    }
}

extension Peer {
    /// Whose connections are counted together: a machine, or a user of this one.
    public var origin: String {
        switch self {
        case .local(let uid, _): "user \(uid)"
        case .remote(let host, _): host
        case .unknown: "an unknown address"
        }
    }
}

extension CloseReason {
    /// Why a peer was turned away before it was admitted; nil if it was not this side that did not want it.
    public var refusal: String? {
        switch self {
        case .requested, .peerClosed, .lost, .peerTooSlow, .unavailable: nil
        case .notAdmitted: "it did not show in time who it is"
        case .evicted: "newer connections needed its place before it had shown who it is"
        case .refused(let why), .cipherFailed(let why): why
        }
    }
}
