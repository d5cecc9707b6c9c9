import HayateCluster
import HayateCore

/// A job of the simulated scheduler.
final class ClusterJob {
    let id: JobID
    let submission: HayateCluster.Submission
    var elements: [ClusterElement]

    init(_ id: JobID, _ submission: HayateCluster.Submission) {
        self.id = id
        self.submission = submission
        elements = (0..<(submission.elements?.count ?? 1)).map { ClusterElement(offset: $0) }
    }

    func element(_ key: AllocationKey) -> ClusterElement {
        elements[key.element.map { $0 - (submission.elements?.lowerBound ?? 0) } ?? 0]
    }

    func key(_ element: ClusterElement) -> AllocationKey {
        AllocationKey(
            submission: submission.number,
            element: submission.elements.map { $0.lowerBound + element.offset })
    }
}

final class ClusterElement {
    let offset: Int
    var isRunning = false
    /// Counts its starts and stops: what was planned for an earlier run means nothing for a later one.
    var generation = 0
    var connected: Set<UInt32> = []
    var end: JobEnd?
    var ended = Instant.zero
    var hasRecord = true
    /// It was taken out of the queue before it ran.
    var isTraceless = false

    init(offset: Int) { self.offset = offset }

    var isAlive: Bool { end == nil }
}

extension ClusterWorld {
    func submit(_ number: UInt32) {
        guard let submission = ledger.submission(number) else { return fault("\(number) is submitted and unknown") }
        if ledger.isHeld { fault("\(number) is submitted in a pause") }
        let rate = rules.submission.rate
        if submissions.count >= rate.count,
            now.since(submissions[submissions.count - rate.count]) < rate.period.nanoseconds
        {
            fault("submissions come too fast")
        }
        submissions.append(now)
        if let most = rules.submission.mostQueued, alive > 0, alive + (submission.elements?.count ?? 1) > most {
            fault("more than \(most) jobs would be queued")
        }
        let takes = noise.between(0.1, 3)
        if noise.chance(trouble.refused) {
            after(takes) { [unowned self] in answer(number, .refused("no such account")) }
        } else if noise.chance(trouble.tryLater) {
            after(takes) { [unowned self] in answer(number, .tryLater("too many jobs")) }
        } else if noise.chance(trouble.unclear) {
            // A controller that is busy takes the job in some seconds after the command gave up, or never.
            if noise.chance(0.5) { after(30 + noise.between(-29, 8)) { [unowned self] in enter(submission) } }
            after(30) { [unowned self] in answer(number, .unclear("timed out")) }
        } else {
            after(takes) { [unowned self] in
                let id = enter(submission)
                answer(number, .accepted(id))
            }
        }
    }

    private func answer(_ number: UInt32, _ answer: SubmitAnswer) {
        let jitter = noise.fraction()
        feed { $0.answered(number, answer, at: now, jitter: jitter, into: &$1) }
    }

    /// The scheduler takes a job in.
    @discardableResult
    private func enter(_ submission: HayateCluster.Submission) -> JobID {
        let others = jobs.filter { $0.submission.number == submission.number }
        if others.contains(where: { $0.elements.contains { $0.isAlive } }) {
            fault("\(submission.name) is submitted twice")
        }
        let job = ClusterJob(JobID("\(1000 + jobs.count)"), submission)
        jobs.append(job)
        for element in job.elements { plan(element, of: job) }
        return job.id
    }

    private func plan(_ element: ClusterElement, of job: ClusterJob) {
        let generation = element.generation
        if noise.chance(trouble.cancelledOutside / 3) {
            after(noise.between(1, 600)) { [unowned self] in
                if element.generation == generation { end(element, of: job, JobEnd(.cancelled(by: "root"))) }
            }
        }
        after(noise.chance(0.3) ? noise.between(0, 5) : noise.between(5, 600)) { [unowned self] in
            if element.generation == generation, element.isAlive { start(element, of: job) }
        }
    }

    private func start(_ element: ClusterElement, of job: ClusterJob) {
        element.isRunning = true
        element.generation += 1
        let generation = element.generation
        let key = job.key(element)
        let node = "n\(1 + noise.next() % 4)"
        func later(_ seconds: Double, _ action: @escaping () -> Void) {
            after(seconds) { if element.generation == generation, element.isAlive { action() } }
        }
        if noise.chance(trouble.dead) {
            let death = JobEnd(.exited(code: 1), node: node)
            later(noise.between(0.1, 20)) { [unowned self] in end(element, of: job, death) }
            return
        }
        for index in 0..<daemonsPerAllocation {
            let place = UInt32(element.offset * daemonsPerAllocation + index)
            let wait = noise.chance(trouble.lateDaemon) ? noise.between(60, 400) : noise.between(1, 50)
            later(wait) { [unowned self] in
                element.connected.insert(place)
                dialIn(key, place: place, node: node)
                watch(place, element, of: job, generation)
            }
        }
        let fates: [(Double, JobEnd.Reason?)] = [
            (trouble.nodeFailed, .nodeFailed), (trouble.preempted, .preempted), (trouble.wallTime, .timeLimit),
            (trouble.cancelledOutside, .cancelled(by: "root")), (trouble.requeue, nil),
        ]
        for (probability, reason) in fates where noise.chance(probability) {
            later(noise.between(1, 4000)) { [unowned self] in
                if let reason {
                    end(element, of: job, JobEnd(reason, node: node))
                } else {
                    requeue(element, of: job)
                }
            }
        }
    }

    /// A daemon that has nothing to do leaves after some minutes, and its job ends with the last of them.
    private func watch(_ place: UInt32, _ element: ClusterElement, of job: ClusterJob, _ generation: Int) {
        let isLost = noise.chance(trouble.lostDaemon)
        after(noise.between(60, 500)) { [unowned self] in
            guard element.generation == generation, element.connected.contains(place) else { return }
            let isIdle = connected > max(tasks, sizing.limits.minimum)
            guard isIdle || isLost else { return watch(place, element, of: job, generation) }
            element.connected.remove(place)
            depart(job.key(element), place: place, isLost ? .lost : .agreed)
            if element.connected.isEmpty {
                after(noise.between(0, 5)) { [unowned self] in
                    if element.generation == generation, element.connected.isEmpty {
                        end(element, of: job, JobEnd(.completed))
                    }
                }
            }
        }
    }

    private func stop(_ element: ClusterElement, of job: ClusterJob) {
        element.isRunning = false
        element.generation += 1
        // Whoever dials in while its last session is still being missed has two for a while.
        for place in element.connected.sorted() {
            element.connected.remove(place)
            let key = job.key(element)
            after(noise.between(0, 20)) { [unowned self] in depart(key, place: place, .lost) }
        }
    }

    func end(_ element: ClusterElement, of job: ClusterJob, _ end: JobEnd) {
        guard element.isAlive else { return }
        element.isTraceless = !element.isRunning
        element.end = end
        element.ended = now
        element.hasRecord = !noise.chance(trouble.noRecord) && !element.isTraceless
        stop(element, of: job)
    }

    private func requeue(_ element: ClusterElement, of job: ClusterJob) {
        stop(element, of: job)
        plan(element, of: job)
    }
}
