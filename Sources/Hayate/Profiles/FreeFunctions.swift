import HayateCore
import HayateDaemon

/// What `mirai` does where no daemons are set.
public enum Fallback: String, Sendable, Hashable, CaseIterable {
    /// Runs the task in a process of its own, which is gone afterwards. Needs `Hayate.main`.
    case ephemeral
    /// Runs it in this process, one such task after the other, like `Daemons.synchronous`.
    case sequential
    /// Throws `HayateError.noSuchProfile`.
    case error
}

/// Submits a task to the pool of a profile, and returns at once with its future.
///
/// - Parameters:
///   - profile: nil for the current one. One that is asked for by name must be set.
///   - fallback: what happens if no profile was asked for, by name or by `Profile.using`, and the default
///     one is not set.
///   - timeout: counted from now, waiting (and the start of a process) included.
/// - Throws: `HayateError.noSuchProfile`; `.notEntered` if an ephemeral daemon cannot be this executable.
public func mirai<Work: RemoteTask>(
    _ work: Work, timeout: Duration? = nil, retry: RetryPolicy = .lostDaemons, priority: Int8 = 0,
    timeRequest: Duration? = nil, resources: ResourceRequest? = nil, profile: String? = nil,
    fallback: Fallback = .ephemeral
) throws(HayateError) -> Mirai<Work.Output> {
    let name = profile ?? Profile.current
    if let pool = Profile.pool(name) {
        return pool.mirai(
            work, timeout: timeout, retry: retry, priority: priority, timeRequest: timeRequest,
            resources: resources)
    }
    guard profile == nil, name == Profile.defaultName else { throw Profile.missing(name) }
    let pool =
        switch fallback {
        case .ephemeral: HiddenPool.ephemeral
        case .sequential: HiddenPool.sequential
        case .error: throw Profile.missing(name)
        }
    return try pool.run {
        $0.mirai(
            work, timeout: timeout, retry: retry, priority: priority, timeRequest: timeRequest,
            resources: resources)
    }
}

/// Submits many tasks as one to the pool of a profile; see `Pool.map`.
/// - Throws: `HayateError.noSuchProfile`: there is no map without daemons.
public func map<Tasks: Sequence & Sendable>(
    _ tasks: Tasks, timeout: Duration? = nil, retry: RetryPolicy = .lostDaemons, priority: Int8 = 0,
    timeRequest: Duration? = nil, resources: ResourceRequest? = nil, profile: String? = nil
) throws(HayateError) -> TaskMap<Tasks> where Tasks.Element: RemoteTask {
    try Pool.current(profile).map(
        tasks, timeout: timeout, retry: retry, priority: priority, timeRequest: timeRequest,
        resources: resources)
}

/// Runs a task on every daemon of a profile, also on later ones; see `Pool.everywhere`.
/// - Throws: `HayateError.noSuchProfile`, and what `Pool.everywhere` throws.
public func everywhere<Work: RemoteTask>(
    _ work: Work, minimum: Int? = nil, timeout: Duration? = nil, profile: String? = nil
) async throws(HayateError) -> [Result<Work.Output, HayateError>] {
    try await Pool.current(profile).everywhere(work, minimum: minimum, timeout: timeout)
}
