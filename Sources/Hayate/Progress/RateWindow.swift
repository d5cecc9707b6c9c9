/// How many elements ended per second of late. Pure: the caller says what time it is.
package struct RateWindow: Sendable {
    /// How far back the rate looks, in seconds.
    static let length = 30.0
    /// Samples closer together than this replace each other, in seconds.
    static let spacing = 0.5
    private var samples: [(time: Double, done: Int)] = [(0, 0)]

    package init() {}

    /// - Parameters:
    ///   - time: seconds since the run began; never less than the last one.
    ///   - done: how many ended so far.
    package mutating func add(time: Double, done: Int) {
        if samples.count > 1, time - samples[samples.count - 2].time < Self.spacing {
            samples.removeLast()
        }
        samples.append((time, done))
        // One sample beyond the window stays, so that the window is always covered.
        while samples.count > 2, samples[1].time <= time - Self.length { samples.removeFirst() }
    }

    /// Elements per second; `nil` as long as none ended.
    package var perSecond: Double? {
        guard let first = samples.first, let last = samples.last, last.time > first.time,
            last.done > first.done
        else { return nil }
        return Double(last.done - first.done) / (last.time - first.time)
    }
}
