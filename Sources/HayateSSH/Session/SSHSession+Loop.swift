import CLibSSH
import Glibc
import HayateLaunch

/// What the thread does once somebody is logged in.
extension SSHSession {
    /// Returns why it does not go on.
    func loop(_ wakeDescriptor: Int32) -> RemoteError {
        keepAlive.start(ssh.keepAlive, heard: counter[0].in_bytes)
        while true {
            if takeJobs() { return RemoteError(host: errorName, .connect, "it was closed here", isTransient: false) }
            if let failure = brokenConnection() { return failure }
            advanceActivities()
            let now = monotonicNanoseconds()
            fireTimers(now)
            if let silence = keepAlive.look(self, now) {
                return .broken(errorName, "nothing was heard for \(silence) s")
            }
            settleOutput()
            wait(now, wakeDescriptor)
        }
    }

    // MARK: what activities use

    func add(_ activity: any Activity) {
        activities[ObjectIdentifier(activity)] = activity
        markReady(activity)
    }

    func remove(_ activity: any Activity) {
        let id = ObjectIdentifier(activity)
        activities[id] = nil
        readyActivities[id] = nil
        attentive[id] = nil
        timers[id] = nil
    }

    func markReady(_ activity: any Activity) { readyActivities[ObjectIdentifier(activity)] = activity }

    /// Has `advance` called whenever something has come from the other side, or it takes bytes again.
    func setAttentive(_ activity: any Activity, _ isAttentive: Bool) {
        attentive[ObjectIdentifier(activity)] = isAttentive ? activity : nil
    }

    /// Has `timeCame` called at this time, and not at those asked for before.
    func setTimer(_ activity: any Activity, at time: UInt64?) { timers[ObjectIdentifier(activity)] = time }

    func addDescriptor(_ descriptor: Int32, _ events: Readiness.Events, for activity: any Activity) -> UInt64 {
        let key = nextKey
        nextKey += 1
        descriptors[key] = activity
        readiness.add(descriptor, events, key: key)
        return key
    }

    func removeDescriptor(_ descriptor: Int32, key: UInt64) {
        descriptors[key] = nil
        readiness.remove(descriptor)
    }

    /// Asks the other side for something that belongs to no channel.
    func ask(_ question: @escaping GlobalRequests.Question, done: @escaping (_ result: Int32) -> Void) {
        globalRequests.add(question, done: done)
        mayHaveNews = true
    }

    /// The library reads while it writes: there may be news that no descriptor tells of any more.
    func hasWritten() {
        if ssh_get_poll_flags(raw) & SSH_WRITE_PENDING != 0 { hasUnsettledOutput = true }
    }

    var lastError: String { String(cString: ssh_get_error(UnsafeMutableRawPointer(raw))) }

    // MARK: steps

    /// Returns whether the session shall end.
    private func takeJobs() -> Bool {
        let (jobs, isClosing) = shared.withLock { shared in
            if shared.isClosing { return ([Job](), true) }
            defer { shared.inbox = [] }
            return (shared.inbox, false)
        }
        for job in jobs { job.run(self) }
        return isClosing
    }

    private func advanceActivities() {
        while true {
            if mayHaveNews || counter[1].in_packets != seenPackets {
                seenPackets = counter[1].in_packets
                mayHaveNews = false
                globalRequests.advance(raw)
                for activity in Array(attentive.values) where isActive(activity) { activity.advance() }
            }
            guard !readyActivities.isEmpty else {
                if !mayHaveNews && counter[1].in_packets == seenPackets { return }
                continue
            }
            let ready = readyActivities
            readyActivities = [:]
            for activity in ready.values where isActive(activity) { activity.advance() }
        }
    }

    private func isActive(_ activity: any Activity) -> Bool { activities[ObjectIdentifier(activity)] != nil }

    private func fireTimers(_ now: UInt64) {
        guard !timers.isEmpty else { return }
        for (id, time) in timers where time <= now {
            timers[id] = nil
            activities[id]?.timeCame()
        }
    }

    /// Has the library write what it holds back. It asks for room after each writing; mostly there is some.
    private func settleOutput() {
        guard hasUnsettledOutput || isClogged else { return }
        hasUnsettledOutput = false
        var isPending = true
        for _ in 0..<4 where isPending {
            ssh_event_dopoll(event, 0)
            isPending = ssh_get_poll_flags(raw) & SSH_WRITE_PENDING != 0
        }
        if isClogged && !isPending { mayHaveNews = true }
        isClogged = isPending
    }

    private func wait(_ now: UInt64, _ wakeDescriptor: Int32) {
        let events: Readiness.Events = isClogged ? [.read, .write] : .read
        if events != sessionEvents {
            sessionEvents = events
            readiness.set(ssh_get_fd(raw), events, key: Self.sessionKey)
        }
        let isBusy = mayHaveNews || !readyActivities.isEmpty || counter[1].in_packets != seenPackets
        var due = keepAlive.nextLook
        for time in timers.values { due = min(due, time) }
        let milliseconds = isBusy ? 0 : Int32(clamping: due > now ? (due - now + 999_999) / 1_000_000 : 0)
        readiness.wait(milliseconds: milliseconds) { key, events in
            switch key {
            case Self.wakeKey:
                var count: UInt64 = 0
                _ = read(wakeDescriptor, &count, MemoryLayout.size(ofValue: count))
            case Self.sessionKey: readSession()
            default: descriptors[key]?.ready(events)
            }
        }
    }

    /// The library reads a few thousand bytes at a time.
    private func readSession() {
        for _ in 0..<64 {
            let before = counter[0].in_bytes
            ssh_event_dopoll(event, 0)
            if counter[0].in_bytes == before { return }
        }
    }

    /// The library has given up the connection.
    var isBroken: Bool {
        ssh_is_connected(raw) == 0 || ssh_get_status(raw) & (SSH_CLOSED | SSH_CLOSED_ERROR) != 0
    }

    private func brokenConnection() -> RemoteError? {
        guard isBroken else { return nil }
        if let hop = shared.withLock({ $0.hop }), let failure = hop.shared.withLock({ $0.failure }) {
            return .broken(errorName, with: failure)
        }
        var reason = lastError
        if reason.isEmpty { reason = "the other side ended it" }
        if let words = proxy?.lastWords { reason += " (\(words))" }
        return .broken(errorName, reason)
    }
}
