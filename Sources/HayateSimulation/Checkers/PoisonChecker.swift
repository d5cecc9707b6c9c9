import HayateCore

extension Ledger {
    /// A task was declared poisonous.
    ///
    /// - The list has exactly as many losses as the policy allows, of different daemons and growing
    ///   attempts, each unexplained.
    /// - No lost daemon is in the lists of two tasks: at most one is blamed for each loss, and those that
    ///   waited for it as its parents; or those that ran beside it.
    /// - In a world where daemons die of poison tasks only, an innocent task is blamed at most
    ///   once. Once is possible: it was behind or before the poison in the daemon's list, its
    ///   result died with the daemon, and the dispatcher takes the head for the one that ran. From
    ///   then on it runs alone, and a daemon that holds one innocent task only does not die of
    ///   poison. So with a limit of two or more no innocent task is ever declared poisonous there.
    mutating func checkPoisoned(_ number: Int, _ losses: [Loss]) {
        let task = tasks[number]
        if losses.count != Int(task.retry.losses) {
            fail(.poison, "\(task.id) was blamed \(losses.count) times of \(task.retry.losses)")
        }
        var last: UInt32 = 0
        for loss in losses {
            if !loss.reason.isUnexplained { fail(.poison, "\(task.id) is blamed for \(loss)") }
            if warned.contains(loss.daemon) {
                fail(.poison, "\(task.id) is blamed for \(loss.daemon), whose end was announced")
            }
            if loss.attempt <= last {
                fail(.poison, "\(task.id): attempts out of order: \(losses)")
            }
            last = loss.attempt
            if let other = blamed.updateValue(number, forKey: loss.daemon), other != number, !isShared,
                !isAncestor(other, of: number), !isAncestor(number, of: other)
            {
                fail(.poison, "\(loss.daemon) is blamed on numbers \(other) and \(number)")
            }
        }
        if Set(losses.map(\.daemon)).count != losses.count {
            fail(.poison, "\(task.id) is blamed twice for one daemon: \(losses)")
        }
        if isHarmless { fail(.noFalseLoss, "\(task.id) is poisoned though nothing broke") }
        guard isPoisonOnly else { return }
        if !task.isPoison, losses.count > 1 {
            fail(.poison, "\(task.id) is innocent and was blamed \(losses.count) times")
        }
        // Starts without blame: one at most because another task was the head, and those whose
        // daemon was expelled for the sake of another task before its death was noticed.
        let starts = task.started.count
        let most = losses.count + 1 + task.excused
        if task.isPoison, starts > most || starts < losses.count && !isShared {
            fail(
                .poison, "\(task.id) killed \(starts) daemons and was blamed \(losses.count) times")
        }
    }
}
