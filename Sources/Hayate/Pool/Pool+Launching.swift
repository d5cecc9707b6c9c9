import HayateCore
import HayateDaemon

extension Pool {
    /// Wants so many daemons more (or fewer, if negative) than now: local ones, or on the pool's other machines, where
    /// all are spread evenly. Like all wanted daemons they are replaced when they are lost.
    /// - Returns: how many are wanted now.
    /// - Throws: `HayateError.invalidArgument` for a synchronous pool, `.notEntered`.
    @discardableResult
    public func grow(by count: Int) throws(HayateError) -> Int {
        try checkLaunching(startsThis: remote == nil)
        guard cluster == nil else {
            throw HayateError(
                .invalidArgument,
                "this pool's daemons are jobs of a cluster: resize(to:) changes how many there are")
        }
        dispatcher.expectDaemons()
        if let remote {
            let wanted = max(0, remote.expected + count)
            remote.resize(to: wanted)
            return wanted
        }
        var wanted = 0
        size {
            wanted = max(0, $0.wanted + count)
            $0.want(wanted, at: .now, into: &$1)
        }
        return wanted
    }

    /// Starts so many local daemons with the pool's settings, also for a pool that listens at a URL.
    ///
    /// Does not wait for them. They are started once and by hand: one that ends, because of
    /// `maximumTasks` or otherwise, is not replaced. `grow` wants daemons that are.
    /// - Throws: `HayateError.invalidArgument` for a negative number or a synchronous pool, `.notEntered`,
    ///   `.closed`.
    public func launch(_ count: Int = 1) throws(HayateError) {
        try checkLaunching(count)
        dispatcher.expectDaemons()
        size { $0.launchExtra(count, at: .now, into: &$1) }
    }

    /// So many commands as text for a shell, each of which starts a daemon of this pool.
    ///
    /// For terminals, scripts and batch jobs. They have the pool's settings and address, and its program,
    /// which must be at the same path where they run. A Unix socket, as local pools have, can only be
    /// reached from this machine and by this user.
    ///
    /// From another home directory, give the key by standard input: the file is `daemonKeyFile`.
    /// ```swift
    /// let command = try pool.launchCommands(key: .standardInput)[0]   // ssh node17 "COMMAND" < daemon.key
    /// ```
    /// - Parameter key: where the daemon finds the pool's key.
    /// - Throws: `HayateError.invalidArgument` for a negative number or a synchronous pool, `.notEntered`.
    public func launchCommands(
        _ count: Int = 1, key: LaunchKey = .published
    ) throws(HayateError) -> [String] {
        try checkLaunching(count)
        return Array(repeating: ShellText.command(daemonWords(key: key)), count: count)
    }

    /// Starts so many daemons by another program: `ssh`, `sbatch`, or one of yours.
    ///
    /// ```swift
    /// try pool.launch(4, by: ["ssh", "-p", "22", "node17", "."])
    /// ```
    ///
    /// The word `.` stands for the daemon's command, as one word with the quotes that a shell takes off;
    /// a program that has two shells read it needs `quoted: true`. The program may end at once or with
    /// its daemon; it must not leave the daemon in its own session when it ends, or the daemon ends too.
    /// The pool must listen where its daemons can reach it.
    /// - Returns: what was started, as text.
    /// - Throws: `HayateError.invalidArgument` if no word is `.`, for a negative number or a synchronous
    ///   pool; `.launchFailed`; `.notEntered`.
    @discardableResult
    public func launch(
        _ count: Int = 1, by program: [String], quoted: Bool = false
    ) throws(HayateError) -> [String] {
        try checkLaunching(count)
        guard let name = program.first else {
            throw HayateError(.invalidArgument, "the command that starts daemons has no words")
        }
        return try start(
            count, remoteConfig(command: name, args: Array(program.dropFirst()), quote: quoted))
    }

    /// - Parameter startsThis: whether this executable may be what is started.
    func checkLaunching(_ count: Int = 0, startsThis: Bool = true) throws(HayateError) {
        guard count >= 0 else {
            throw HayateError(
                .invalidArgument, "the number of daemons must be zero or greater, and is \(count)")
        }
        guard !daemons.isSynchronous else {
            throw HayateError(
                .invalidArgument,
                "a synchronous pool runs its tasks in this process and has no daemons to launch: use "
                    + ".local or .listening")
        }
        guard !sizing.withLock({ $0.isClosing }) else {
            throw HayateError(.closed, "the pool is closed")
        }
        if startsThis { try Self.checkEntry(daemons) }
    }

    /// The words of the command that starts a daemon of this pool by hand.
    func daemonWords(key: LaunchKey) -> [String] {
        var options = daemons.options
        options.url = urlForOthers
        options.launch = 0
        options.isReplaceable = false
        options.capturesOutput = options.capturesOutput && daemons.taskOutput == .collected
        options.allowsPlaintext = daemons.allowsPlaintext
        options.credentials = security.forOtherDaemons(key)
        let variables = daemons.environment.sorted { $0.key < $1.key }
        let environment = variables.isEmpty ? [] : ["env"] + variables.map { "\($0.key)=\($0.value)" }
        return environment + [daemons.executable ?? Entry.executablePath] + daemons.arguments
            + [DaemonOptions.marker] + options.arguments
    }

    func noteFailure(_ text: String) {
        sizing.withLock { $0.failure = HayateError(.launchFailed, text) }
    }
}
