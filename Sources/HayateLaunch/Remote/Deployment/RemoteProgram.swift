/// What is started on another machine.
public enum RemoteProgram: Sendable, Hashable {
    /// A program of the other machine, by its path or by its name in the path there, with arguments before the
    /// daemon's own.
    case installed(String, arguments: [String] = [])
    /// A file of this machine, copied into a cache there unless it is there already; it must need nothing but the C
    /// library.
    case uploaded(String, arguments: [String] = [])

    /// Makes it ready there.
    /// - Returns: the words that start it, without a daemon's own arguments; the first is an absolute path there.
    /// - Throws: what is missing there, for another processor, or too old, before anything is copied.
    public func words(on connection: any RemoteConnection) async throws(RemoteError) -> [String] {
        fatalError("comes next")
    }
}
