import HayateCluster
import HayateCore

extension Pool {
    /// Has a batch scheduler start daemons of this pool, by so many jobs with directives of one's own.
    ///
    /// Returns when the scheduler has taken the jobs; the daemons join when they run. They are started once: what is
    /// lost is not replaced. The jobs are written down for `hayate allocations`, and cancelled when the pool is
    /// closed, unless its daemons shall finish their task (`Daemons.autoExit`). The pool must listen where the
    /// daemons can reach it, and the key is read from a file (`daemonKeyFile`) that they must see.
    /// - Parameters:
    ///   - count: how many jobs, 0 or more. A job is one daemon, or one for each of its elements.
    ///   - remote: see `clusterConfig`.
    /// - Returns: what was submitted, as text that can be pasted into a shell.
    /// - Throws: `HayateError.launchFailed` with the scheduler's words if it refuses one, where those before it stay;
    ///   `.invalidArgument`, `.notEntered`, `.closed`.
    @discardableResult
    public func launchRemote(
        _ count: Int = 1, remote: RemoteConfiguration
    ) async throws(HayateError) -> [String] {
        try await launchRemote(count, remote: remote, by: rawJobs)
    }

    /// - Parameter jobs: those of the pool, unless a test has others.
    @discardableResult
    func launchRemote(
        _ count: Int, remote: RemoteConfiguration, by jobs: RawJobs
    ) async throws(HayateError) -> [String] {
        try checkLaunching(count)
        let script = remote.script(starting: try launchCommands(1)[0])
        for done in 0..<count {
            do {
                _ = try await jobs.submit(remote, script: script)
            } catch {
                guard done > 0 else { throw error }
                throw HayateError(error.code, "\(error.message) (\(done) of \(count) jobs were submitted before)")
            }
        }
        dispatcher.expectDaemons()
        return Array(repeating: remote.text(of: script), count: count)
    }
}
