import HayateCore

extension Pool {
    /// Waits until so many daemons take tasks. Not needed before submitting: tasks wait by themselves.
    ///
    /// - Parameters:
    ///   - count: nil for as many as were asked for, and at least 1.
    ///   - timeout: nil for as long as it takes, or until it is certain that they will not come.
    /// - Throws: `HayateError.timedOut` that says how many are there and what is known of the others,
    ///   `.noDaemons` when no more are started, `.closed`, and `.cancelled` when the waiting Swift task is.
    public func ready(_ count: Int? = nil, timeout: Duration? = nil) async throws(HayateError) {
        let wanted = count ?? expectedDaemons
        guard wanted <= 1 || !daemons.isSynchronous else {
            throw HayateError(
                .invalidArgument, "a synchronous pool has one daemon and never \(wanted)")
        }
        switch await dispatcher.waitForDaemons(wanted, timeout: timeout) {
        case .reached: return
        case .closed: throw HayateError(.closed, "the pool was closed before its daemons were there")
        case .cancelled: throw HayateError(.cancelled, "waiting for daemons was stopped")
        case .late: throw HayateError(.timedOut, shortfall(of: wanted))
        case .abandoned: throw HayateError(.noDaemons, shortfall(of: wanted))
        }
    }

    /// Waits for the daemons that a set-up is for.
    func comeTogether(_ minimum: Int?, timeout: Duration?) async throws(HayateError) {
        guard minimum ?? 0 >= 0 else {
            throw HayateError(
                .invalidArgument, "the number of daemons must be zero or greater, and is \(minimum ?? 0)")
        }
        guard !dispatcher.isClosed else { throw HayateError(.closed, "the pool is closed") }
        if let minimum {
            if minimum > 0 { try await ready(minimum, timeout: timeout) }
            return
        }
        if daemons.isSynchronous { return try await ready(1, timeout: timeout) }
        let coming = sizing.withLock { $0.value.onTheirWay } + (elsewhere?.coming ?? 0)
        guard coming > 0 else { return }
        let present = status.daemons.count { $0.state == .idle || $0.state == .busy }
        do {
            try await ready(present + coming, timeout: timeout ?? daemons.replacement.joinWithin)
        } catch where error.code == .timedOut && timeout == nil {
            // Nobody said how many there must be: those that come later run it first.
        }
    }

    /// As many as were asked for, and at least 1.
    private var expectedDaemons: Int {
        max(1, daemons.isSynchronous ? 1 : sizing.withLock { $0.value.expected } + (elsewhere?.expected ?? 0))
    }

    /// Which daemons are missing, as far as it is known why.
    private func shortfall(of wanted: Int) -> String {
        let (starting, failure, hasGivenUp) = sizing.withLock {
            ($0.value.starting, $0.failure, $0.value.hasGivenUp)
        }
        let rows = status.daemons
        let present = rows.count { $0.state == .idle || $0.state == .busy }
        var reasons: [String] = []
        func add(_ count: Int, _ what: String) { if count > 0 { reasons.append("\(count) \(what)") } }
        add(starting, "being started")
        if let reason = elsewhere?.waitReason { reasons.append(reason) }
        add(rows.count { $0.state == .preparing }, "being set up")
        add(rows.count { $0.state == .suspect || $0.state == .away }, "silent or disconnected")
        add(rows.count { $0.state == .draining || $0.state == .leaving }, "leaving")
        if reasons.isEmpty, !hasGivenUp {
            reasons.append("the others have not dialled in at \(url)")
        }
        if hasGivenUp { reasons.append("daemons end before they join, so no more are started") }
        if let failure { reasons.append("the last failure: \(failure)") }
        return "\(present) of \(wanted) daemons take tasks: " + reasons.joined(separator: ", ")
    }
}
