/// Hooks by the type that each is for.
package struct HookTable: Sendable {
    private var hooks: [ObjectIdentifier: any SerializationHook.Type] = [:]
    /// Names that a host sent and this program has no hook for.
    private var unknown: [String] = []

    package init() {}

    package var isEmpty: Bool { hooks.isEmpty }

    /// All hooks, in the order of their names as people read them.
    package var all: [any SerializationHook.Type] {
        hooks.values.sorted { String(reflecting: $0) < String(reflecting: $1) }
    }

    /// A second hook for the same type replaces the first.
    package mutating func add<Hook: SerializationHook>(_ hook: Hook.Type) {
        hooks[ObjectIdentifier(Hook.Value.self)] = hook
    }

    /// Adds the hook that another process calls by this name, if this program has it.
    package mutating func add(named name: String) {
        if let hook = TaskName.hook(named: name) {
            add(hook)
        } else if unknown.count < 100, !unknown.contains(name) {
            // A peer can invent names for ever.
            unknown.append(name)
        }
    }

    func encode<Value>(_ value: Value, _ place: HookPlace) throws -> [UInt8] {
        func encode<Hook: SerializationHook>(by hook: Hook.Type) throws -> [UInt8] {
            guard let value = value as? Hook.Value else { throw missing(Value.self, place) }
            do {
                return try hook.encode(value)
            } catch {
                throw HookError("the serialization hook \(hook) cannot encode a \(Value.self): \(error)")
            }
        }
        guard let hook = hooks[ObjectIdentifier(Value.self)] else { throw missing(Value.self, place) }
        return try encode(by: hook)
    }

    func decode<Value>(_ type: Value.Type, from bytes: [UInt8], _ place: HookPlace) throws -> Value {
        func decode<Hook: SerializationHook>(by hook: Hook.Type) throws -> Value {
            let value: Hook.Value
            do {
                value = try hook.decode(bytes)
            } catch {
                throw HookError("the serialization hook \(hook) cannot decode a \(type): \(error)")
            }
            guard let value = value as? Value else { throw missing(type, place) }
            return value
        }
        guard let hook = hooks[ObjectIdentifier(type)] else { throw missing(type, place) }
        return try decode(by: hook)
    }

    private func missing(_ type: Any.Type, _ place: HookPlace) -> HookError {
        switch place {
        case .process:
            HookError("no serialization hook for \(type): register one by SerializationHooks.register(…)")
        case .pool:
            HookError(
                "no serialization hook for \(type) in this pool: add .serializing(…) to its daemons")
        case .daemon where unknown.isEmpty:
            HookError(
                "this daemon's host named no serialization hook for \(type): add .serializing(…) to the "
                    + "pool's daemons")
        case .daemon:
            HookError(
                "this daemon's program has no serialization hook for \(type) (of those that the host "
                    + "named it lacks \(unknown.joined(separator: ", "))): start the daemon from the host's "
                    + "executable, or from one that links the same module")
        }
    }
}

/// Where a hook is looked for, which decides what helps if there is none.
enum HookPlace {
    case process, pool, daemon

    init(_ context: CodingContext?) {
        self = context.map { $0.shares == nil ? .pool : .daemon } ?? .process
    }
}

/// Why a value did not travel by a hook, in one sentence.
public struct HookError: Error, Hashable, Sendable, CustomStringConvertible {
    public var description: String

    init(_ description: String) { self.description = description }
}
