/// What every job of a pool has in common: the request with everything filled in, where it goes, and how many
/// daemons each holds.
public struct AllocationPlan: Hashable, Sendable {
    /// Complete but for its array.
    public var request: JobRequest
    public var clusterName: String
    public var cluster: ClusterProfile
    public var runtime: RuntimeProfile
    public var site: String
    /// Further queues that fit, where they are given as a list.
    public var otherQueues: [String] = []
    /// Daemons of each job, or of each element of an array; at least 1.
    public var daemonsPerJob: Int
    /// How long a daemon may take tasks: the job's limit without the site's margin; nil: the limit is not known.
    public var daemonWallTime: Duration?

    /// The jobs for so many daemons: arrays as far as the site allows.
    ///
    /// - Parameters:
    ///   - daemons: at least 1.
    ///   - run: what tells this pool from all others of this user, in a few letters and digits.
    ///   - firstSubmission: the number of the first of them.
    ///   - firstDaemon: the index, among all daemons of the pool, of the first.
    ///   - command: what a submission runs.
    /// - Throws: for a throttle that cannot be kept, and for names that have no room.
    public func pieces(
        daemons: Int, run: String, firstSubmission: UInt32 = 1, firstDaemon: Int = 0,
        command: (Submission) -> String
    ) throws(ClusterError) -> [JobPiece] {
        guard daemons >= 1 else { throw ClusterError("\(daemons) daemons are none; ask for 1 or more") }
        var pieces: [JobPiece] = []
        var next = firstDaemon
        let (full, rest) = daemons.quotientAndRemainder(dividingBy: daemonsPerJob)
        let throttle = try throttle(full: full, rest: rest)
        for (elements, each) in [(full, daemonsPerJob), (1, rest)] where elements > 0 && each > 0 {
            let split = try ArraySplit(
                elements, most: cluster.submission.mostElements ?? cluster.facts.mostElements,
                fewest: cluster.facts.fewestElements, throttle: throttle)
            for (size, throttle) in zip(split.sizes, split.throttles) {
                let number = firstSubmission + UInt32(pieces.count)
                let base = cluster.facts.indexBase
                let submission = Submission(
                    number: number, name: try JobNames(cluster).name(request.name, run: run, piece: number),
                    elements: size > 1 ? base...(base + size - 1) : nil, daemonsPerElement: each, firstDaemon: next)
                var plan = JobPlan(
                    request: request, name: submission.name, command: command(submission), cluster: cluster,
                    runtime: runtime, site: site)
                plan.request.array = size > 1 ? ArrayRequest(size, throttle: throttle) : nil
                plan.otherQueues = otherQueues
                pieces.append(JobPiece(plan: plan, submission: submission))
                next += size * each
            }
        }
        return pieces
    }

    /// How many elements of arrays run at once; the job of the daemons that are left over is one more.
    private func throttle(full: Int, rest: Int) throws(ClusterError) -> Int? {
        guard let throttle = [request.array?.throttle, cluster.submission.throttle].compactMap(\.self).min(), full > 0,
            rest > 0
        else { return [request.array?.throttle, cluster.submission.throttle].compactMap(\.self).min() }
        guard throttle > 1 else {
            throw ClusterError(
                "only one job may run at once, and \(full * daemonsPerJob + rest) daemons are jobs of "
                    + "\(daemonsPerJob) and one of "
                    + "\(rest); ask for a multiple of \(daemonsPerJob)")
        }
        return throttle - 1
    }

    /// The jobs of a request that is no pool's: one, or as many arrays as its elements need.
    ///
    /// - Throws: as `pieces(daemons:run:firstSubmission:firstDaemon:command:)`.
    public func jobs(run: String, command: String) throws(ClusterError) -> [JobPiece] {
        var plain = self
        plain.daemonsPerJob = 1
        return try plain.pieces(daemons: request.array?.count ?? 1, run: run) { _ in command }
    }
}

/// One job that is submitted, and the daemons that it holds.
public struct JobPiece: Hashable, Sendable {
    public var plan: JobPlan
    public var submission: Submission
}
