import HayateCore
import Synchronization

/// Pools by name: compute profiles.
///
/// A name finds its pool first among those of the Swift task (`withDaemons`, `Pool.asCurrent`), then among
/// those of the process (`Profile.set`). One name is the current one: "default", unless `withDaemons` or
/// `using` switched it for a scope. The free functions `mirai`, `map` and `everywhere` use the current
/// profile's pool.
///
/// ```swift
/// try await Profile.set(.local(4))
/// let sum = try await mirai(Add(1, 2)).value
/// await Profile.reset()
/// ```
///
/// A library should leave setting profiles to the program that uses it, and call `Profile.require`.
public enum Profile {
    /// The pools of this Swift task and its children, by name.
    @TaskLocal static var pools: [String: Pool] = [:]
    @TaskLocal static var currentName = defaultName
    /// The pools of the process.
    private static let shared = Mutex<[String: Pool]>([:])

    static let defaultName = "default"

    /// The name of the current profile.
    public static var current: String { currentName }

    /// The names of all profiles that are set here, in order.
    public static var names: [String] {
        Set(pools.keys).union(shared.withLock { $0.keys }).sorted()
    }

    /// Whether a profile has daemons here; nil: the current one.
    public static func isSet(_ name: String? = nil) -> Bool { pool(name ?? current) != nil }

    /// The pool of a profile; nil: the current one.
    /// - Throws: `HayateError.noSuchProfile` that lists the names there are.
    @discardableResult
    public static func require(_ name: String? = nil) throws(HayateError) -> Pool {
        let name = name ?? current
        if let pool = pool(name) { return pool }
        throw missing(name)
    }

    /// Gives a profile daemons, for the whole process; nil: the current profile.
    ///
    /// A pool that this function gave the name before is closed first: its unfinished tasks end as
    /// `closed`. Does not wait for the new daemons: see `Pool.ready`.
    /// - Throws: `HayateError` if the pool cannot be made; the profile is not set then.
    @discardableResult
    public static func set(_ daemons: Daemons, _ name: String? = nil) async throws -> Pool {
        let name = name ?? current
        // What cannot become a pool does not cost the one there is.
        try daemons.validate()
        await reset(name)
        let pool = try Pool(daemons.with { $0.profile = name })
        let other = shared.withLock { $0.updateValue(pool, forKey: name) }
        // Somebody else set it at the same time: the later one counts.
        if let other { await other.close() }
        return pool
    }

    /// Closes the pool that `set` gave a profile; nil: the current one. Returns when its processes are gone.
    ///
    /// - Parameter endingAll: ends also daemons that would stay for the next host, or finish their task.
    /// - Returns: false if no such pool was set.
    @discardableResult
    public static func reset(_ name: String? = nil, endingAll: Bool = false) async -> Bool {
        let name = name ?? current
        guard let pool = shared.withLock({ $0.removeValue(forKey: name) }) else { return false }
        await pool.close(endingAll: endingAll)
        return true
    }

    static func pool(_ name: String) -> Pool? { pools[name] ?? shared.withLock { $0[name] } }

    static func missing(_ name: String) -> HayateError {
        let names = names
        return HayateError(
            .noSuchProfile,
            "no daemons are set for the profile \"\(name)\" here"
                + (names.isEmpty ? "" : " (there are: \(names.joined(separator: ", ")))")
                + ": call this inside withDaemons(…, profile: \"\(name)\"), or Profile.set before it")
    }
}
