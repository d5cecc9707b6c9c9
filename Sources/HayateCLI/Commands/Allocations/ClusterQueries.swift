import HayateCluster
import HayateLaunch

/// The schedulers behind some runs, each asked as seldom as possible.
struct ClusterQueries {
    /// Runs with the same are asked after, and cancelled, together.
    struct Cluster: Hashable {
        var profile: ClusterProfile
        var user: String
    }

    /// What a scheduler says of the jobs of a cluster's runs.
    enum Answer {
        /// Those that it knows.
        case jobs([JobID: [JobReport]])
        /// Why nothing is known, as a clause.
        case unknown(String)
    }

    let transport: @Sendable (ClusterAccess) -> (any CommandTransport)?

    static func cluster(of run: RecordedRun) -> Cluster {
        Cluster(profile: run.run.cluster, user: run.run.user)
    }

    /// One query for each cluster.
    func status(of runs: [RecordedRun]) async -> [Cluster: Answer] {
        var answers: [Cluster: Answer] = [:]
        for (cluster, runs) in Dictionary(grouping: runs, by: Self.cluster) {
            let jobs = runs.flatMap(\.open).compactMap(\.job)
            answers[cluster] = jobs.isEmpty ? .jobs([:]) : await status(of: jobs, on: cluster)
        }
        return answers
    }

    private func status(of jobs: [JobID], on cluster: Cluster) async -> Answer {
        switch reach(cluster.profile) {
        case .failure(let obstacle): return .unknown(obstacle.reason)
        case .success(let way):
            let query = way.reader.statusQuery(of: jobs, user: cluster.user)
            switch way.reader.readStatus(await way.transport.run(query)) {
            case .jobs(let reports): return .jobs(Dictionary(grouping: reports, by: \.job))
            case .failed(let reason): return .unknown(reason)
            }
        }
    }

    /// The job of this name, for a submission whose answer was lost.
    func search(for name: String, on cluster: Cluster) async -> SearchAnswer {
        guard !name.isEmpty else { return .failed("its name is not known") }
        switch reach(cluster.profile) {
        case .failure(let obstacle): return .failed(obstacle.reason)
        case .success(let way):
            let query = way.reader.search(for: name, user: cluster.user)
            return way.reader.readSearch(await way.transport.run(query), for: name)
        }
    }

    /// Cancels, in as few commands as the site allows.
    /// - Returns: why it failed, for those elements with which it did.
    func cancel(_ elements: [JobElement], on profile: ClusterProfile) async -> [JobElement: String] {
        switch reach(profile) {
        case .failure(let obstacle):
            return Dictionary(elements.map { ($0, obstacle.reason) }, uniquingKeysWith: { first, _ in first })
        case .success(let way):
            guard await way.cancel(elements) != nil else { return [:] }
            // Which of them the answer is about, only single commands tell. To cancel twice does no harm.
            var failures: [JobElement: String] = [:]
            for (_, elements) in Dictionary(grouping: elements, by: \.job) {
                guard let failure = await way.cancel(elements) else { continue }
                for element in elements { failures[element] = failure }
            }
            return failures
        }
    }

    // MARK: the way to a scheduler

    private struct Way {
        var reader: any AnswerReader
        var transport: any CommandTransport

        /// The first failure, once all commands have been run.
        func cancel(_ elements: [JobElement]) async -> String? {
            var failure: String?
            for command in reader.cancellations(of: elements) {
                let problem = reader.readCancellation(await transport.run(command))
                if failure == nil { failure = problem }
            }
            return failure
        }
    }

    private struct Obstacle: Error {
        var reason: String
    }

    private func reach(_ profile: ClusterProfile) -> Result<Way, Obstacle> {
        guard let transport = transport(profile.access) else {
            guard case .ssh(let host, _, _, _, _) = profile.access else {
                return .failure(Obstacle(reason: "its commands cannot be run here"))
            }
            return .failure(Obstacle(reason: "its commands are on \(host): run hayate allocations there"))
        }
        guard let reader = profile.answerReader else {
            return .failure(Obstacle(reason: "\(profile.facts.title) has no queue that could be asked"))
        }
        return .success(Way(reader: reader, transport: transport))
    }
}
