import HayateCore

/// How `Pool.launchRemote` has daemons started: by any command. See `remoteConfig`.
public struct CommandConfiguration: Hashable, Sendable {
    /// The program; nil: nothing is started, and the daemons' commands are only given back.
    public var command: String?
    /// The words after it, in which `.` stands for the daemon's command. Of several lists each is one launch.
    public var args: [[String]]
    /// Whether the command has the quotes that a second shell takes off.
    public var quote: Bool

    /// What is run for each of so many daemons.
    /// - Parameter daemon: its command, as text for a shell.
    func launches(_ count: Int, of daemon: String) throws(HayateError) -> [[String]] {
        guard let command else { return [] }
        guard !args.isEmpty, args.allSatisfy({ $0.contains(".") }) else {
            let words = args.first { !$0.contains(".") } ?? []
            throw HayateError(
                .invalidArgument,
                "\".\" must be one of the words of a command that starts daemons, in the place of the "
                    + "daemon's own command; they are: \(([command] + words).joined(separator: " "))")
        }
        guard args.count == 1 || count == args.count || count == 1 else {
            throw HayateError(
                .invalidArgument,
                "there are \(args.count) lists of arguments, each of which starts one daemon, and \(count) daemons are "
                    + "wanted: the numbers must be the same")
        }
        let text = quote ? ShellText.quoted(daemon) : daemon
        let lists = args.count == 1 ? Array(repeating: args[0], count: count) : args
        return lists.map { list in [command] + list.map { $0 == "." ? text : $0 } }
    }
}

/// Daemons started by any command: mirai's `remote_config`.
///
/// ```swift
/// let remote = remoteConfig(command: "ssh", args: [["node1", "."], ["node2", "."]])
/// try await pool.launchRemote(2, remote: remote)
/// ```
///
/// - Parameters:
///   - command: the program; nil: the daemons' commands are only given back, to be pasted.
///   - args: its words, as they are, none of which a shell reads. `.` stands for the daemon's command, as one word with
///     the quotes that a shell takes off.
///   - quote: for programs that have two shells read it.
public func remoteConfig(
    command: String? = nil, args: [String] = ["."], quote: Bool = false
) -> CommandConfiguration {
    CommandConfiguration(command: command, args: [args], quote: quote)
}

/// The same with several lists of arguments, each of which starts one daemon.
public func remoteConfig(command: String, args: [[String]], quote: Bool = false) -> CommandConfiguration {
    CommandConfiguration(command: command, args: args, quote: quote)
}

extension Pool {
    /// Starts daemons by a command of one's own, as `launch(_:by:)` does.
    /// - Parameters:
    ///   - count: how many, 0 or more. With several lists of arguments as many as there are lists, or 1 for each.
    ///   - remote: see `remoteConfig`.
    /// - Returns: what was started, or without a command what is to be pasted, as text.
    /// - Throws: `HayateError.invalidArgument` if a list has no `.`, or for another number than that of the lists;
    ///   `.launchFailed`, `.notEntered`, `.closed`.
    @discardableResult
    public func launchRemote(
        _ count: Int = 1, remote: CommandConfiguration
    ) async throws(HayateError) -> [String] {
        try checkLaunching(count)
        return try start(count, remote)
    }

    func start(_ count: Int, _ remote: CommandConfiguration) throws(HayateError) -> [String] {
        guard remote.command != nil else { return try launchCommands(count) }
        let launches = try remote.launches(count, of: try launchCommands(1)[0])
        for words in launches {
            try starters.start(words) { [weak self] exit in
                self?.noteFailure("\(words[0]), which should start a daemon, ended with \(exit)")
            }
        }
        return launches.map { ShellText.command($0) }
    }
}
