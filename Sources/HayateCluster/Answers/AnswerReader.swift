/// The commands of a scheduler besides submission, and what its answers mean.
///
/// No answer, however damaged, is taken for the end of a job, and none is a trap.
public protocol AnswerReader: Sendable {
    /// - Parameter cluster: its commands, their variables and their `-M`.
    init(_ cluster: ClusterProfile)

    func readSubmission(_ answer: CommandAnswer) -> SubmitAnswer

    /// One query for all of these jobs.
    /// - Parameter user: whose jobs they are.
    func statusQuery(of jobs: [JobID], user: String) -> CommandLine
    func readStatus(_ answer: CommandAnswer) -> StatusAnswer

    /// Asks after jobs that have left the queue; nil where nothing can be asked. Several where the scheduler can
    /// tell of one job at a time.
    /// - Parameter since: seconds since 1970 of the first of the submissions.
    func accountingQueries(of jobs: [JobID], since: Int64) -> [CommandLine]
    func readAccounting(_ answer: CommandAnswer) -> StatusAnswer
    /// What is asked, and read by `readAccounting`, where an accounting query has failed: a site without accounting.
    func accountingFallback(of jobs: [JobID]) -> [CommandLine]

    /// Looks for a job by its unique name, in the queue.
    func search(for name: String, user: String) -> CommandLine
    /// The job of this name; nil: there is none. Fails as a status query does.
    func readSearch(_ answer: CommandAnswer, for name: String) -> SearchAnswer

    /// Cancels jobs or elements, in as few commands as the site allows.
    func cancellations(of elements: [JobElement]) -> [CommandLine]
    /// Nil: done, or there was nothing to do. Else why not, in one sentence.
    func readCancellation(_ answer: CommandAnswer) -> String?

    /// The addresses or names of the cluster's machines, for the choice of the address that they dial.
    var nodeQuery: CommandLine? { get }
    func readNodes(_ answer: CommandAnswer) -> [String]
}

extension AnswerReader {
    public func accountingFallback(of jobs: [JobID]) -> [CommandLine] { [] }
}

/// What came of looking for a job by its name.
public enum SearchAnswer: Hashable, Sendable {
    case found(JobID)
    case absent
    case failed(String)
}
