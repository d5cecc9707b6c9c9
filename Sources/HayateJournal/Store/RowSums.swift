// The checksum of each table's rows: the same words where they are written and where they are read.

extension StoreState {
    var sum: Int64 {
        var sum = RowSum(.state)
        sum.add(commits)
        sum.add(outcome)
        return sum.value
    }

    static func sum(ofName name: String, number: Int64) -> Int64 {
        var sum = RowSum(.names)
        sum.add(number)
        sum.add(name)
        return sum.value
    }

    static func sum(ofNote name: String, value: [UInt8]) -> Int64 {
        var sum = RowSum(.notes)
        sum.add(name)
        sum.add(value)
        return sum.value
    }
}

extension JournalSubmission {
    var sum: Int64 {
        var sum = RowSum(.submissions)
        sum.add(UInt64(number))
        sum.add(name)
        sum.add(key)
        sum.add(created)
        sum.add(UInt64(isComplete ? 1 : 0))
        sum.add(description)
        return sum.value
    }
}

extension JournalTask {
    /// Without its place, which is in the row of its life.
    var sum: Int64 {
        var sum = RowSum(.tasks)
        sum.add(key.row)
        sum.add(type)
        sum.add(terms)
        sum.add(body)
        return sum.value
    }

    static func sum(ofPlace place: UInt64, key: TaskKey) -> Int64 {
        var sum = RowSum(.open)
        sum.add(key.row)
        sum.add(place)
        return sum.value
    }
}

extension JournalProgress {
    /// Where there is no progress yet: otherwise it could get lost without a trace.
    static func sum(ofNone key: TaskKey) -> Int64 {
        var sum = RowSum(.progress)
        sum.add(key.row)
        return sum.value
    }

    var sum: Int64 {
        var sum = RowSum(.progress)
        sum.add(key.row)
        sum.add(UInt64(attempt))
        sum.add(UInt64(daemon == nil ? 0 : 1))
        sum.add(daemon?.high ?? 0)
        sum.add(daemon?.low ?? 0)
        sum.add(order)
        sum.add(history)
        return sum.value
    }
}

extension JournalOutcome {
    /// Also of a body that is a file.
    var sum: Int64 {
        var sum = RowSum(.outcomes)
        sum.add(number)
        sum.add(key.row)
        sum.add(UInt64(status))
        sum.add(UInt64(attempt))
        sum.add(daemon)
        sum.add(ended)
        sum.add(taskTime)
        sum.add(body)
        return sum.value
    }
}

extension JournalDaemon {
    /// Without what is received, which has a sum of its own.
    var sum: Int64 {
        var sum = RowSum(.daemons)
        sum.add(session.high)
        sum.add(session.low)
        sum.add(launch)
        sum.add(name)
        sum.add(UInt64(process))
        sum.add(description)
        return sum.value
    }

    static func sum(ofReceived received: UInt64, from session: SessionKey) -> Int64 {
        var sum = RowSum(.received)
        sum.add(session.high)
        sum.add(session.low)
        sum.add(received)
        return sum.value
    }
}

extension SessionKey {
    /// As the columns have it.
    var bytes: [UInt8] {
        withUnsafeBytes(of: high.bigEndian, Array.init) + withUnsafeBytes(of: low.bigEndian, Array.init)
    }

    init?(_ bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        func word(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
        self.init(high: word(bytes[0..<8]), low: word(bytes[8..<16]))
    }
}
