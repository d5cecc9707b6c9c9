import Glibc
import HayateCore
import HayateJournal
import HayateView

extension SessionHost {
    private static let mostTasks = 10_000

    func snapshot(tasks limit: Int) async throws(HayateError) -> SessionSnapshot {
        let now = WallClock.seconds
        let status = pool.status
        let census = pool.dispatcher.census()
        var snapshot = SessionSnapshot(session: sessionFacts(status, at: now))
        snapshot.pools = [poolView(status, census, at: now)]
        snapshot.daemons = daemonViews(status, census)
        snapshot.allocations = allocationViews()
        snapshot.submissions = book.state.withLock { Array($0.submissions.values) }
            .sorted { $0.number < $1.number }.map { view(of: $0, census) }
        try await lookUpLabels()
        snapshot.failures = book.state.withLock { state in
            state.failures.map { failure in
                var view = failure.view
                view.label = failure.label ?? ""
                return view
            }
        }
        snapshot.tasks = try await taskViews(limit: min(max(0, limit), Self.mostTasks))
        return snapshot
    }

    private func sessionFacts(_ status: PoolStatus, at now: Double) -> SessionFacts {
        let words: String
        switch journal.condition {
        case .well: words = "well"
        case .full(let sentence), .failed(let sentence): words = sentence
        }
        var view = SessionFacts(
            name: directory.name, host: facts.host.machine, process: facts.host.process, started: facts.started,
            created: facts.created, epoch: facts.epoch, now: now, journal: words, journalBytes: journal.size,
            isDraining: book.isDraining, stalled: status.stalled)
        (view.memoryBytes, view.processorSeconds) = (Self.residentBytes, Self.processorSeconds)
        return view
    }

    private func poolView(_ status: PoolStatus, _ census: SessionCensus, at now: Double) -> PoolView {
        let (rates, ended) = book.state.withLock { state in (state.rates.values(at: Int(now)), state.ended) }
        let running = census.counts.values.reduce(0) { $0 + $1.running }
        return PoolView(
            profile: pool.daemons.profile, url: status.url, wanted: pool.wantedDaemons,
            connected: status.daemons.count { $0.state != .away && $0.state != .leaving },
            busy: status.daemons.count { $0.held > 0 }, starting: status.starting,
            lost: Int(clamping: status.counts.lost),
            waiting: max(0, status.counts.waiting + status.counts.assigned - running), running: running, ended: ended,
            rates: rates)
    }

    private func daemonViews(_ status: PoolStatus, _ census: SessionCensus) -> [DaemonView] {
        let tasks = Dictionary(grouping: census.running, by: \.daemon)
        return status.daemons.map { row in
            DaemonView(
                name: row.name, state: row.state.rawValue, done: Int(clamping: row.done), held: row.held,
                tasks: (tasks[row.name] ?? []).compactMap { name(of: $0.key) }, age: row.age.inSeconds,
                silence: row.silence.inSeconds, timeLeft: row.timeLeft?.inSeconds, resources: census.resources[row.name])
        }
    }

    private func allocationViews() -> [AllocationView] {
        guard let allocations = pool.allocations else { return [] }
        let cluster = pool.daemons.place?.name ?? ""
        return zip(allocations.rows, allocations.sentences).map { row, sentence in
            AllocationView(
                job: row.element.map { "\($0)" } ?? row.name, cluster: cluster, state: "\(row.state)", node: row.node,
                daemons: row.daemons, reason: sentence)
        }
    }

    /// Labels are on disk alone; those of the newest failures are looked up when somebody looks at them.
    private func lookUpLabels() async throws(HayateError) {
        let missing = book.state.withLock { state in state.failures.filter { $0.label == nil }.map(\.key) }
        guard !missing.isEmpty else { return }
        let labels = try await labels(of: missing)
        book.state.withLock { state in
            for index in state.failures.indices {
                if let label = labels[state.failures[index].key] { state.failures[index].label = label }
            }
        }
    }

    func labels(of keys: [TaskKey]) async throws(HayateError) -> [TaskKey: String] {
        try await read { journal throws(JournalError) in
            var labels: [TaskKey: String] = [:]
            for key in keys where labels[key] == nil {
                guard let task = try journal.task(key) else { continue }
                labels[key] = TaskTerms(reading: task.terms)?.label ?? ""
            }
            return labels
        }
    }

    func name(of key: TaskKey) -> String? { book.name(of: key.submission).map { "\($0)/\(key.element)" } }

    private func taskViews(limit: Int) async throws(HayateError) -> [TaskView] {
        let rows = pool.dispatcher.durableRows(limit: limit)
        guard !rows.isEmpty else { return [] }
        let labels = try await labels(of: rows.map(\.key))
        return rows.compactMap { row in
            name(of: row.key).map { name in
                TaskView(
                    task: name, state: row.status.state.rawValue, attempt: Int(row.status.attempt), age: row.age,
                    priority: Int(row.status.priority), daemon: row.daemon, label: labels[row.key] ?? "")
            }
        }
    }

    // MARK: Submissions

    func view(of name: String) -> SubmissionView? {
        let submission = book.state.withLock { state in state.names[name].flatMap { state.submissions[$0] } }
        return submission.map { view(of: $0) }
    }

    func view(of submission: HostedSubmission) -> SubmissionView {
        view(of: submission, submission.unfinished > 0 ? pool.dispatcher.census() : SessionCensus())
    }

    private func view(of submission: HostedSubmission, _ census: SessionCensus) -> SubmissionView {
        let counts = census.counts[submission.number] ?? SessionCensus.Counts()
        let unfinished = submission.unfinished
        // The two were not looked at in one moment.
        let running = min(counts.running, unfinished)
        let blocked = min(counts.blocked, unfinished - running)
        var rates = submission.rates
        let lately = rates.values(at: Int(WallClock.seconds)).reduce(0, +)
        return SubmissionView(
            name: submission.name, created: Double(submission.created), label: submission.facts.label,
            total: Int(submission.total), isComplete: submission.isComplete, waiting: unfinished - running - blocked,
            blocked: blocked, running: running, returned: submission.returned, failed: submission.failed,
            cancelled: submission.cancelled,
            remaining: unfinished > 0 && lately > 0
                ? Double(unfinished) * Double(SecondRates.seconds) / Double(lately) : nil,
            ended: submission.facts.ended)
    }

    // MARK: This process

    private static var residentBytes: Int64 {
        let descriptor = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return 0 }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        let words = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).split(separator: " ")
        return (words.count > 1 ? Int64(words[1]) ?? 0 : 0) * Int64(sysconf(Int32(_SC_PAGESIZE)))
    }

    private static var processorSeconds: Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }
}

extension Duration {
    var inSeconds: Double { Double(nanoseconds) / 1e9 }
}

extension Pool {
    /// Daemons that there should be.
    var wantedDaemons: Int { (elsewhere?.expected ?? 0) + sizing.withLock { $0.value.expected } }
}
