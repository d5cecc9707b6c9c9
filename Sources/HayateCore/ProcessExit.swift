/// How a process ended.
public enum ProcessExit: Hashable, Sendable {
    /// By itself, with a code from 0 to 255.
    case exited(Int32)
    /// By a signal.
    case signalled(Int32, coreDumped: Bool)
}
