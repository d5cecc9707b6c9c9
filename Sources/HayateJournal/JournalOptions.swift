public struct JournalOptions: Hashable, Sendable {
    /// Bodies of outcomes from so many bytes on are files beside the database.
    public var fileBytes = 64 << 10
    /// Bytes on disk beyond which nothing more is accepted.
    public var mostBytes: Int64 = 16 << 30
    /// Bytes that are kept free for outcomes when the disk is full.
    public var reserveBytes: Int64 = 4 << 20
    /// Whether records that are damaged are left out, with a report, instead of refusing to open.
    public var acceptsGaps = false

    public init() {}
}

public enum JournalCondition: Hashable, Sendable {
    case well
    /// No room: outcomes are still kept as long as the reserve lasts, and wait then; nothing is to be accepted.
    case full(String)
    /// Nothing is written any more until the session is started again.
    case failed(String)
}
