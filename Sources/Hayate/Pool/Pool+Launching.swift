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
    /// - Throws: `HayateError.invalidArgument` for a negative number or a synchronous pool, `.notEntered`.
    public func launchCommands(_ count: Int = 1) throws(HayateError) -> [String] {
        try checkLaunching(count)
        return Array(repeating: ShellText.command(daemonWords), count: count)
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
        guard program.contains(".") else {
            throw HayateError(
                .invalidArgument,
                "\".\" must be one of the words of a command that starts daemons, in the place of the "
                    + "daemon's own command; they are: \(program.joined(separator: " "))")
        }
        let text = try launchCommands(1)[0]
        try checkLaunching(count)
        let command = quoted ? ShellText.quoted(text) : text
        let words = program.map { $0 == "." ? command : $0 }
        for _ in 0..<count {
            try starters.start(words) { [weak self] exit in
                self?.noteFailure("\(program[0]), which should start a daemon, ended with \(exit)")
            }
        }
        return Array(repeating: ShellText.command(words), count: count)
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
    private var daemonWords: [String] {
        var options = daemons.options
        options.url = urlForOthers
        options.launch = 0
        options.isReplaceable = false
        options.capturesOutput = options.capturesOutput && daemons.taskOutput == .collected
        options.allowsPlaintext = daemons.allowsPlaintext
        options.credentials = security.forOtherDaemons
        let variables = daemons.environment.sorted { $0.key < $1.key }
        let environment = variables.isEmpty ? [] : ["env"] + variables.map { "\($0.key)=\($0.value)" }
        return environment + [daemons.executable ?? Entry.executablePath] + daemons.arguments
            + [DaemonOptions.marker] + options.arguments
    }

    private func noteFailure(_ text: String) {
        sizing.withLock { $0.failure = HayateError(.launchFailed, text) }
    }
}
