/// What came of one look at a site, as 'hayate site doctor' tells it.
public struct SiteCheck: Hashable, Sendable {
    public enum Outcome: String, Hashable, Sendable, CaseIterable {
        case ok, warning, failed
        /// It was not looked at, and the sentence says why.
        case skipped
    }

    /// What was looked at, in a word or two.
    public var name: String
    public var outcome: Outcome
    /// What was found, in one sentence.
    public var message: String
    /// What to do about it; nil where there is nothing to do.
    public var remedy: String?

    public init(_ name: String, _ outcome: Outcome, _ message: String, remedy: String? = nil) {
        self.name = name
        self.outcome = outcome
        self.message = message
        self.remedy = remedy
    }
}
