/// What the store knows without reading, as of the last commit.
struct StoreState {
    /// How many transactions there were.
    var commits: Int64 = 0
    /// The number of the last outcome.
    var outcome: Int64 = 0
    /// By submission; those that are being removed are not here.
    var counts: [UInt32: TaskCounts] = [:]
    /// Submissions whose counts are not written yet.
    var changed: Set<UInt32> = []
    var names: [String: Int64] = [:]
    /// Submissions whose rows are to be deleted.
    var removing: Set<UInt32> = []
}

/// How many tasks of a submission were accepted, and how they ended.
struct TaskCounts: Hashable {
    var accepted: UInt32 = 0
    var returned: UInt32 = 0
    var failed: UInt32 = 0

    var open: Int64 { Int64(accepted) - Int64(returned) - Int64(failed) }

    mutating func add(_ status: UInt8) {
        if status == 0 { returned += 1 } else { failed += 1 }
    }

    /// Takes back an outcome; false: there is none.
    mutating func take(_ status: Int64) -> Bool {
        if status == 0 {
            guard returned > 0 else { return false }
            returned -= 1
        } else {
            guard failed > 0 else { return false }
            failed -= 1
        }
        return true
    }

    func sum(of submission: UInt32) -> Int64 {
        var sum = RowSum(.counts)
        sum.add(UInt64(submission))
        sum.add(UInt64(accepted))
        sum.add(UInt64(returned))
        sum.add(UInt64(failed))
        return sum.value
    }
}
