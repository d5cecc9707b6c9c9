import HayateCluster
import HayateCore

/// The scheduler's answers: taken at one moment, and told some time later.
extension ClusterWorld {
    func queryStatus(_ ids: [JobID]) {
        if let last = statusQueries.last, now.since(last) < rules.polling.interval.nanoseconds {
            fault("two status queries within the interval")
        }
        statusQueries.append(now)
        if ids.isEmpty || Set(ids).count != ids.count { fault("a status query asks for \(ids)") }
        reply { [unowned self] in
            if noise.chance(trouble.queryFailed) { return .failed("the controller is down") }
            let isEmpty = !lastWasEmpty && noise.chance(trouble.emptyAnswer)
            lastWasEmpty = isEmpty
            return .jobs(isEmpty ? [] : list(ids))
        } tell: { [unowned self] answer in
            let jitter = noise.fraction()
            feed { $0.status(answer, at: now, jitter: jitter, into: &$1) }
        }
    }

    func queryAccounting(_ ids: [JobID]) {
        if !rules.hasAccounting { fault("an accounting is asked that is not there") }
        reply { [unowned self] in
            noise.chance(trouble.queryFailed) ? .failed("no connection") : .jobs(records(ids))
        } tell: { [unowned self] answer in
            let jitter = noise.fraction()
            feed { $0.accounted(answer, isLast: true, at: now, jitter: jitter, into: &$1) }
        }
    }

    func search(_ number: UInt32) {
        let takes = noise.between(0.1, 2)
        after(takes / 2) { [unowned self] in
            let isFailed = noise.chance(trouble.queryFailed)
            let job = jobs.first { job in
                job.submission.number == number && job.elements.contains { $0.isAlive || isShown($0) }
            }
            let answer: SearchAnswer = isFailed ? .failed("busy") : job.map { .found($0.id) } ?? .absent
            after(takes / 2) { [unowned self] in
                let jitter = noise.fraction()
                feed { $0.searched(number, answer, at: now, jitter: jitter, into: &$1) }
            }
        }
    }

    func cancel(_ elements: [JobElement]) {
        after(noise.between(0.1, 2)) { [unowned self] in
            let isFailed = noise.chance(trouble.cancelFailed)
            if !isFailed { for element in elements { kill(element) } }
            let jitter = noise.fraction()
            feed {
                $0.cancelAnswered(
                    elements, failure: isFailed ? "no connection" : nil, at: now, jitter: jitter, into: &$1)
            }
        }
    }

    private func kill(_ target: JobElement) {
        guard let job = jobs.first(where: { $0.id == target.job }) else { return fault("\(target) is no job") }
        for element in job.elements where target.index == nil || job.key(element).element == target.index {
            guard element.isAlive else { continue }
            if !cancelled.contains(job.key(element)) { fault("\(job.key(element)) is cancelled by nobody") }
            let reason: JobEnd.Reason = noise.chance(0.5) ? .signalled(number: 15) : .cancelled(by: "1001")
            if element.isRunning {
                let generation = element.generation
                after(noise.between(0, 30)) { [unowned self] in
                    if element.generation == generation { end(element, of: job, JobEnd(reason)) }
                }
            } else {
                end(element, of: job, JobEnd(reason))
            }
        }
    }

    private func reply(_ look: @escaping () -> StatusAnswer, tell: @escaping (StatusAnswer) -> Void) {
        let before = noise.between(0, 2)
        let behind = noise.between(0, 2)
        after(before) { [unowned self] in
            let answer = look()
            after(behind) { tell(answer) }
        }
    }

    private func isShown(_ element: ClusterElement) -> Bool {
        !element.isAlive && !element.isTraceless && Double(now.since(element.ended)) < shown * 1e9
    }

    private func list(_ ids: [JobID]) -> [JobReport] {
        var reports: [JobReport] = []
        for job in jobs where ids.contains(job.id) {
            for element in job.elements where element.isAlive || isShown(element) {
                var report = JobReport(job.id, element.isRunning ? .running : .pending)
                if let end = element.end {
                    report.state = end.reason.state
                    // Queues' lists tell the state, and seldom the exit code.
                    report.end = report.state == .failed ? nil : end
                }
                add(element, of: job, report, to: &reports)
            }
        }
        return reports
    }

    private func records(_ ids: [JobID]) -> [JobReport] {
        var reports: [JobReport] = []
        for job in jobs where ids.contains(job.id) {
            for element in job.elements where element.hasRecord {
                guard let end = element.end, Double(now.since(element.ended)) >= recordLag * 1e9 else { continue }
                var report = JobReport(job.id, end.reason.state)
                report.end = end
                add(element, of: job, report, to: &reports)
            }
        }
        return reports
    }

    /// Neighbours that wait are one row, as in Slurm's list.
    private func add(
        _ element: ClusterElement, of job: ClusterJob, _ report: JobReport, to reports: inout [JobReport]
    ) {
        var report = report
        guard let index = job.key(element).element else { return reports.append(report) }
        if report.state == .pending, let last = reports.last, last.job == job.id, last.state == .pending,
            let range = last.elements.last, range.upperBound == index - 1
        {
            reports[reports.count - 1].elements = [range.lowerBound...index]
            return
        }
        report.elements = [index...index]
        reports.append(report)
    }
}
