extension Pool {
    /// Has a web service start daemons of this pool, by one request for each.
    ///
    /// Returns when the service has answered; the daemons join when they run. They are started once: what is lost is
    /// not replaced. What the service started is ended when the pool is closed where it is known how (`.slurm`,
    /// `.kubernetes`), unless its daemons shall finish their task (`Daemons.autoExit`). The pool must listen where
    /// the daemons can
    /// reach it. Token and cookie are in no log, error or description.
    /// - Parameters:
    ///   - count: how many, 0 or more.
    ///   - remote: see `httpConfig`.
    /// - Returns: the answers.
    /// - Throws: `HayateError.launchFailed` with status and words of the service if it refuses one, where those before
    ///   it stay; `.invalidArgument`, `.cancelled`, `.notEntered`, `.closed`.
    @discardableResult
    public func launchRemote(
        _ count: Int = 1, remote: HTTPConfiguration
    ) async throws(HayateError) -> [LaunchAnswer] {
        try checkLaunching(count)
        var answers: [LaunchAnswer] = []
        while answers.count < count {
            do {
                answers.append(
                    try await webJobs.launch(remote) { [self] key in ShellText.command(daemonWords(key: key)) })
            } catch {
                guard !answers.isEmpty else { throw error }
                throw HayateError(
                    error.code,
                    "\(error.message) (\(answers.count) of \(count) daemons were asked for before, and stay)")
            }
            dispatcher.expectDaemons()
        }
        return answers
    }
}
