import Dispatch
import Glibc
import HayateCluster

/// Asks the scheduler of this machine what its site is like.
public struct SchedulerSurveyor: Sendable {
    public var user: String
    public var variables: [String: String]
    public var run: @Sendable (CommandLine) async -> CommandAnswer

    /// For this process.
    public init(finder: SiteFinder = SiteFinder()) {
        variables = finder.variables
        let ask = finder.run
        // It waits for the command, which no thread of Swift's tasks may do.
        run = { line in
            await withCheckedContinuation { continuation in
                DispatchQueue.global().async { continuation.resume(returning: ask(line)) }
            }
        }
        user = getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) } ?? String(geteuid())
    }

    /// The scheduler whose commands are here.
    ///
    /// - Throws: that there is none, and which commands were looked for.
    public func find() async throws(ClusterError) -> SchedulerKind {
        for question in SchedulerSearch.questions {
            var line = question.line(for: ClusterProfile(.slurm))
            line.timeLimit = .seconds(10)
            if let kind = SchedulerSearch.kind(await run(line), to: question) { return kind }
        }
        let asked = SchedulerSearch.questions.map { "'\($0.text)'" }.joined(separator: ", ")
        throw ClusterError(
            "no scheduler is found here: none of \(asked) tells of one; run this on a login node, load the scheduler's "
                + "software (module load), or name it with --scheduler")
    }

    /// Everything that the scheduler tells.
    ///
    /// - Parameter cluster: where its commands are.
    public func survey(_ cluster: ClusterProfile) async throws(ClusterError) -> SiteDraft {
        guard let survey = cluster.scheduler.survey else {
            throw ClusterError(
                "processes of this machine have no scheduler to ask; the site 'local' is built "
                    + "in for them")
        }
        return survey.draft(await answers(survey, cluster))
    }

    public func answers(_ survey: any SchedulerSurvey, _ cluster: ClusterProfile) async -> SurveyAnswers {
        var answers = SurveyAnswers(user: user, variables: variables)
        while true {
            let open = survey.questions(after: answers).filter { !answers.has($0) }
            guard !open.isEmpty else { return answers }
            for question in open { answers.add(await run(question.line(for: cluster)), to: question) }
        }
    }
}
