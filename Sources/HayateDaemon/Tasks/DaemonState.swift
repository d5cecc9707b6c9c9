import Synchronization

/// The name of a value that a daemon keeps between its tasks, with the value's type.
///
/// ```swift
/// enum Model: StateKey { typealias Value = LoadedModel }
/// ```
public protocol StateKey {
    associatedtype Value: Sendable
}

/// Values that survive between the tasks of one daemon process: a model that was read once, a connection
/// to a database. Each daemon has its own, and a daemon that is replaced begins without any: fill it in a
/// set-up of `everywhere`, or with `value(for:default:)` where it is used.
public struct DaemonState: Sendable {
    private static let values = Mutex<[ObjectIdentifier: any Sendable]>([:])

    init() {}

    /// The value of this key; nil if there is none. Setting nil removes it.
    public subscript<Key: StateKey>(_ key: Key.Type) -> Key.Value? {
        get { Self.values.withLock { $0[ObjectIdentifier(key)] } as? Key.Value }
        nonmutating set {
            let value: (any Sendable)? = newValue
            // The old one is let go of outside the lock: its end may run code of its own.
            let old = Self.values.withLock { values in
                defer { values[ObjectIdentifier(key)] = value }
                return values[ObjectIdentifier(key)]
            }
            withExtendedLifetime(old) {}
        }
    }

    /// The value of this key; where there is none, it is made and kept.
    public func value<Key: StateKey>(
        for key: Key.Type, default make: () throws -> Key.Value
    ) rethrows -> Key.Value {
        if let value = self[key] { return value }
        let value = try make()
        self[key] = value
        return value
    }

    /// The same for values that take a while.
    public func value<Key: StateKey>(
        for key: Key.Type, default make: () async throws -> Key.Value
    ) async rethrows -> Key.Value {
        if let value = self[key] { return value }
        let value = try await make()
        self[key] = value
        return value
    }

    /// Keeps an open file of this task open for later ones: without this the clean-up after the task
    /// closes it, unless the daemon's `CleanUp` leaves files alone or the task is a set-up.
    public func keepOpen(_ descriptor: Int32) {
        OpenFiles.kept.withLock { _ = $0.insert(descriptor) }
    }
}

extension TaskContext {
    /// What survives between the tasks of this daemon.
    public var state: DaemonState { DaemonState() }
}
