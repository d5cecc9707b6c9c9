/// What a scheduler answered to a submission.
public enum SubmitAnswer: Hashable, Sendable {
    /// It has the job.
    case accepted(JobID)
    /// It never takes this one: the scheduler's words.
    case refused(String)
    /// It takes none now, and may later: too many jobs, too many requests, a controller that is down.
    case tryLater(String)
    /// Nobody knows whether it has the job: look for its unique name before submitting again.
    case unclear(String)
}
