import HayateCore
import HayateDaemon

/// Runs `body` with daemons that live as long as it does.
///
/// Inside `body` and in all child tasks the pool has this profile's name, and the profile is the current
/// one, so that `Pool.current` and the free functions find it. Several pools are several nested calls with
/// different names. When `body` ends, in whatever way, every task is stopped and every daemon process
/// is gone before this returns (but for daemons that shall stay: `Daemons.autoExit`).
/// - Throws: what `body` throws, and `HayateError` if the pool cannot be made.
public func withDaemons<Value>(
    _ daemons: Daemons, profile: String = "default",
    isolation: isolated (any Actor)? = #isolation,
    _ body: (Pool) async throws -> Value
) async throws -> Value {
    let pool = try Pool(daemons.with { $0.profile = profile })
    var pools = Profile.pools
    pools[profile] = pool
    do {
        let value = try await Profile.$pools.withValue(pools) {
            try await Profile.$currentName.withValue(profile) { try await body(pool) }
        }
        await pool.close()
        return value
    } catch {
        await pool.close()
        throw error
    }
}

extension Profile {
    /// Makes a profile the current one while `body` runs. Creates and ends nothing.
    /// - Throws: `HayateError.noSuchProfile` if it has no daemons here, and what `body` throws.
    public static func using<Value>(
        _ name: String, isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws -> Value
    ) async throws -> Value {
        try require(name)
        return try await $currentName.withValue(name) { try await body() }
    }
}

extension Pool {
    /// The pool of a profile; nil: the current one.
    /// - Throws: `HayateError.noSuchProfile` that lists the names there are.
    public static func current(_ profile: String? = nil) throws(HayateError) -> Pool {
        try Profile.require(profile)
    }

    /// Gives this pool a profile's name while `body` runs; the pool itself lives on, and the current
    /// profile stays the same.
    public func asCurrent<Value>(
        _ profile: String = "default", isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws -> Value
    ) async rethrows -> Value {
        var pools = Profile.pools
        pools[profile] = self
        return try await Profile.$pools.withValue(pools) { try await body() }
    }
}
