/// What is started on another machine.
public enum RemoteProgram: Sendable, Hashable {
    /// A program of the other machine, by its path, by that from the home directory, or by its name in the path
    /// there, with arguments before the daemon's own.
    case installed(String, arguments: [String] = [])
    /// A file of this machine, copied into a cache there unless it is there already; it must need nothing but the C
    /// library.
    case uploaded(String, arguments: [String] = [])

    /// Makes it ready there.
    ///
    /// The cache is `${XDG_CACHE_HOME:-$HOME/.cache}/hayate`, with a directory for each version of a program. A file
    /// there counts if its SHA-256 is the right one; where nothing can compute that, if this process has copied it.
    /// - Returns: the words that start it, without a daemon's own arguments; the first is an absolute path there.
    /// - Throws: what is missing there, for another processor, or too old, before anything is copied.
    public func words(on connection: any RemoteConnection) async throws(RemoteError) -> [String] {
        let deployment = Deployment(connection: connection)
        switch self {
        case .uploaded(let path, let arguments):
            return [try await deployment.bring(path)] + arguments
        case .installed(let program, let arguments):
            return [try await deployment.find(program)] + arguments
        }
    }
}

extension Deployment {
    /// - Returns: where a program of the machine is.
    func find(_ program: String) async throws(RemoteError) -> String {
        let shown = MachineFacts.printable(program)
        guard !program.isEmpty, !program.utf8.contains(0), !program.hasPrefix("-") else {
            throw failure("'\(shown)' is no name of a program: give its path there")
        }
        let answer = try await answer(to: .find(program))
        if let file = answer["file"], file.hasPrefix("/") { return file }
        if answer.has("found") { throw failure("\(shown) may not be started there: make it executable (chmod +x)") }
        let remedy = "or have a program copied there"
        throw failure(
            program.contains("/")
                ? "there is no \(shown) there: check the path, \(remedy)"
                : "there is no \(shown) in the path of its shell: give its absolute path, \(remedy)")
    }
}
