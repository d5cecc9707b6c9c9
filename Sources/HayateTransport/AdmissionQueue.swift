/// The places of connections that have not yet shown who they are.
///
/// A value without clock: times are durations since an origin of the caller's choice and never go
/// back. When the places are full the oldest is evicted, so a crowd of silent peers cannot keep a
/// good one out; whoever shows its credentials at once is never the oldest for long.
public struct AdmissionQueue: Sendable {
    private struct Place {
        var id: UInt64
        var since: Duration
        /// Distinguishes this place from one that the same `id` gave up before.
        var number: UInt64
    }

    /// How many may wait.
    public let capacity: Int
    /// How long one may wait.
    public let deadline: Duration

    // In order of arrival; places that were given up stay until they reach the front.
    private var places: [Place] = []
    private var head = 0
    private var waiting: [UInt64: UInt64] = [:]
    private var lastNumber: UInt64 = 0

    public init(capacity: Int = 64, deadline: Duration = .seconds(10)) {
        self.capacity = max(1, capacity)
        self.deadline = deadline
    }

    /// How many are waiting.
    public var count: Int { waiting.count }

    /// Whether `id` is waiting.
    public func contains(_ id: UInt64) -> Bool { waiting[id] != nil }

    /// When the oldest expires.
    public var nextExpiry: Duration? { oldest.map { $0.since + deadline } }

    /// Gives `id` a place; returns the one that lost its place for it. Adding twice does nothing.
    public mutating func add(_ id: UInt64, at now: Duration) -> UInt64? {
        guard waiting[id] == nil else { return nil }
        let evicted = waiting.count >= capacity ? evictOldest() : nil
        lastNumber += 1
        places.append(Place(id: id, since: now, number: lastNumber))
        waiting[id] = lastNumber
        return evicted
    }

    /// Takes `id` out: admitted or gone. Returns whether it was waiting.
    @discardableResult
    public mutating func remove(_ id: UInt64) -> Bool {
        guard waiting.removeValue(forKey: id) != nil else { return false }
        skipGone()
        return true
    }

    /// Takes out the one that has waited longest.
    public mutating func evictOldest() -> UInt64? {
        guard let id = oldest?.id else { return nil }
        remove(id)
        return id
    }

    /// Takes out everyone whose deadline is reached, oldest first.
    public mutating func expire(at now: Duration) -> [UInt64] {
        var expired: [UInt64] = []
        while let place = oldest, place.since + deadline <= now {
            expired.append(place.id)
            remove(place.id)
        }
        return expired
    }

    private var oldest: Place? { head < places.count ? places[head] : nil }

    private func isLive(_ place: Place) -> Bool { waiting[place.id] == place.number }

    private mutating func skipGone() {
        while head < places.count, !isLive(places[head]) { head += 1 }
        // Places in the middle go too when they outnumber the waiting, so memory stays bounded.
        if places.count > 2 * waiting.count + 64 {
            places = places[head...].filter { isLive($0) }
            head = 0
        }
    }
}
