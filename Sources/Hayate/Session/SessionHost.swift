import HayateCore

/// The process of a session: its pool, its journal, and what it answers to clients.
public final class SessionHost: Sendable {
    /// What a session is started with.
    public struct Options: Sendable {
        public var name = "default"
        /// Where sessions are kept; nil: as `Session.connect`.
        public var directory: String?
        public var daemons: Daemons
        /// How long daemons wait for a host that is gone, with what they run and have finished.
        public var lease: Duration = .seconds(2_400)
        /// How long outcomes are kept that nobody has removed.
        public var keep: Duration = .seconds(30 * 86_400)
        /// Whether damaged records are left out, with a report.
        public var acceptsGaps = false

        public init(daemons: Daemons) { self.daemons = daemons }
    }

    /// Opens the journal, restores what it knows, and listens.
    /// - Throws: `HayateError` with the remedy: another host has it, it is damaged, there is no room.
    public init(_ options: Options) throws(HayateError) { fatalError("comes next") }

    /// Returns when the session has ended: stopped, drained, or because its disk fails.
    /// - Throws: `HayateError.journalFailed`.
    public func run() async throws(HayateError) { fatalError("comes next") }

    /// Ends it; with `draining`, when all its tasks have ended.
    public func stop(draining: Bool) { fatalError("comes next") }
}
