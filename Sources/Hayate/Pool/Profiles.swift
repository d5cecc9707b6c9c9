import HayateCore
import HayateDaemon

/// The pools that are current in this Swift task and its children, by the name of their profile.
enum Profiles {
    @TaskLocal static var current: [String: Pool] = [:]
    static let defaultName = "default"
}

/// Runs `body` with daemons that live as long as it does.
///
/// The pool is current under the name of its profile inside `body` and in all child tasks, so that
/// `Pool.current` and the free function `mirai` find it. Several pools are several nested calls with
/// different names. When `body` ends, in whatever way, every task is stopped and every daemon process
/// is gone before this returns.
/// - Throws: what `body` throws, and `HayateError` if the pool cannot be made.
public func withDaemons<Value>(
    _ daemons: Daemons, profile: String = "default",
    isolation: isolated (any Actor)? = #isolation,
    _ body: (Pool) async throws -> Value
) async throws -> Value {
    let pool = try Pool(daemons.with { $0.profile = profile })
    var profiles = Profiles.current
    profiles[profile] = pool
    do {
        let value = try await Profiles.$current.withValue(profiles) { try await body(pool) }
        await pool.close()
        return value
    } catch {
        await pool.close()
        throw error
    }
}

extension Pool {
    /// The pool that is current under this name.
    /// - Throws: `HayateError.noSuchProfile` that lists the names there are.
    public static func current(_ profile: String = "default") throws(HayateError) -> Pool {
        if let pool = Profiles.current[profile] { return pool }
        let names = Profiles.current.keys.sorted()
        throw HayateError(
            .noSuchProfile,
            "no daemons are set for the profile \"\(profile)\" here"
                + (names.isEmpty ? "" : " (there are: \(names.joined(separator: ", ")))")
                + ": call this inside withDaemons(…, profile: \"\(profile)\")")
    }

    /// Makes this pool current under a name while `body` runs; the pool itself lives on.
    public func asCurrent<Value>(
        _ profile: String = "default", isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws -> Value
    ) async rethrows -> Value {
        var profiles = Profiles.current
        profiles[profile] = self
        return try await Profiles.$current.withValue(profiles) { try await body() }
    }
}

/// Submits a task to the pool that is current under the name of a profile.
/// - Throws: `HayateError.noSuchProfile`.
public func mirai<Work: RemoteTask>(
    _ work: Work, timeout: Duration? = nil, retry: RetryPolicy = .lostDaemons, priority: Int8 = 0,
    profile: String = "default"
) throws(HayateError) -> Mirai<Work.Output> {
    try Pool.current(profile).mirai(work, timeout: timeout, retry: retry, priority: priority)
}
