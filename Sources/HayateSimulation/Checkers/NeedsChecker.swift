import HayateCore

/// Tasks that need others.
extension Ledger {
    /// Whether it waits for tasks that it needs.
    func isBlocked(_ number: Int) -> Bool {
        tasks[number].needs.contains { tasks[$0].hasReturned != true }
    }

    /// A task starts at a daemon, whatever its host has been through: what it needs has returned.
    mutating func checkNeedsReturned(_ number: Int) {
        for need in tasks[number].needs where tasks[need].hasReturned != true {
            fail(.needs, "\(tasks[number].id) started before \(tasks[need].id), which it needs, had returned")
        }
    }

    /// A task that needs one that ended otherwise does not wait.
    mutating func checkNeedsFailed(_ number: Int) {
        for need in tasks[number].needs where tasks[need].hasReturned == false {
            fail(.needs, "\(tasks[number].id) goes on, though \(tasks[need].id), which it needs, has failed")
        }
    }

    mutating func checkNeededFailed(_ number: Int, _ id: TaskID) {
        let need = tasks[number].needs.first { tasks[$0].id == id }
        if need.map({ tasks[$0].hasReturned }) != .some(false) {
            fail(.needs, "\(tasks[number].id) ended because of \(id), which it does not need or which has not failed")
        }
    }
}
