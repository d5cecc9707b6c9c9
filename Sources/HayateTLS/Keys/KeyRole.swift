/// What the holder of a key may be in a pool.
public enum KeyRole: String, Sendable, Hashable, CaseIterable {
    /// Run the pool's tasks.
    case daemon
    /// Submit tasks and fetch results.
    case client
    /// Look and change nothing.
    case monitor
}
