import Synchronization

/// Names of task types, as they travel.
public enum TaskName {
    private static let names = Mutex<[ObjectIdentifier: String]>([:])
    private static let types = Mutex<[String: (any RemoteTask.Type)?]>([:])
    private static let hooks = Mutex<[String: (any SerializationHook.Type)?]>([:])

    /// The name under which another process finds the type, or nil for a type that only this process
    /// can name: one that is private, or local to a function.
    public static func of<Work: RemoteTask>(_ type: Work.Type) -> String? {
        let key = ObjectIdentifier(type)
        if let name = names.withLock({ $0[key] }) { return name.isEmpty ? nil : name }
        let name = portable(type)
        names.withLock { $0[key] = name ?? "" }
        return name
    }

    /// A private or local type's name holds `$` and an address, which no other process shares.
    private static func portable(_ type: any Any.Type) -> String? {
        _mangledTypeName(type).flatMap { $0.utf8.contains(UInt8(ascii: "$")) ? nil : $0 }
    }

    /// The name under which another process finds a serialization hook; nil as for tasks.
    package static func of<Hook: SerializationHook>(hook: Hook.Type) -> String? { portable(hook) }

    /// The serialization hook with this name; see `type(named:)`.
    static func hook(named name: String) -> (any SerializationHook.Type)? {
        if let known = hooks.withLock({ $0[name] }) { return known }
        let found = _typeByName(name) as? any SerializationHook.Type
        hooks.withLock { if $0.count < 10_000 { $0[name] = .some(found) } }
        return found
    }

    /// The type with this name, or nil if this executable has none or it is no task.
    ///
    /// The name comes from the network. `_typeByName` treats it as untrusted, and whatever it names
    /// must still be a task. Misses are remembered, since a miss searches all types of the program; at
    /// most so many, since a peer can invent names for ever.
    public static func type(named name: String) -> (any RemoteTask.Type)? {
        if let known = types.withLock({ $0[name] }) { return known }
        let found = _typeByName(name) as? any RemoteTask.Type
        types.withLock { if $0.count < 10_000 { $0[name] = .some(found) } }
        return found
    }
}
