/// What was in a journal when it was opened.
public struct JournalContents: Sendable {
    public var submissions: [JournalSubmission] = []
    /// Unfinished tasks by key, with what is known of their progress.
    public var tasks: [(JournalTask, JournalProgress?)] = []
    public var daemons: [JournalDaemon] = []
    public var notes: [String: [UInt8]] = [:]
    /// How many outcomes of each submission there are: returned, and others.
    public var ended: [UInt32: (returned: Int, failed: Int)] = [:]
    /// What was damaged and left out, a sentence each.
    public var gaps: [String] = []

    public init() {}
}
