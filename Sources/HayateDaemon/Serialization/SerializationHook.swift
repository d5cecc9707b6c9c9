import Synchronization

/// Turns values of a type that cannot be `Codable`, such as a handle of a C library, into bytes and back.
///
/// ```swift
/// enum ModelHook: SerializationHook {
///     static func encode(_ model: Model) throws -> [UInt8] { model.saved() }
///     static func decode(_ bytes: [UInt8]) throws -> Model { try Model(saved: bytes) }
/// }
/// struct Predict: RemoteTask {
///     @Hooked var model: Model
///     …
/// }
/// try await withDaemons(.local(4).serializing(ModelHook.self)) { pool in … }
/// ```
///
/// Only the name of the type travels, so it must be visible by name: not private, not local to a function.
/// Daemons find it in their own program.
public protocol SerializationHook: Sendable {
    associatedtype Value

    /// The bytes of a value. An error makes the task fail with `HayateError.notSendable` at the host, and
    /// with `refused` if the value is a result.
    static func encode(_ value: Value) throws -> [UInt8]

    /// The value of the bytes. They may come from another process: nothing about them is certain.
    static func decode(_ bytes: [UInt8]) throws -> Value
}

/// A stored property whose type cannot be `Codable` and travels by a `SerializationHook` instead. It may
/// stand anywhere in a task's properties or in its result.
@propertyWrapper
public struct Hooked<Value>: Codable {
    public var wrappedValue: Value

    public init(wrappedValue: Value) { self.wrappedValue = wrappedValue }

    public init(from decoder: any Decoder) throws {
        let bytes = try decoder.singleValueContainer().decode([UInt8].self)
        let context = CodingContext.of(decoder.userInfo)
        wrappedValue = try (context?.hooks ?? SerializationHooks.registered)
            .decode(Value.self, from: bytes, HookPlace(context))
    }

    public func encode(to encoder: any Encoder) throws {
        let context = CodingContext.of(encoder.userInfo)
        let bytes = try (context?.hooks ?? SerializationHooks.registered)
            .encode(wrappedValue, HookPlace(context))
        var container = encoder.singleValueContainer()
        try container.encode(bytes)
    }
}

extension Hooked: Sendable where Value: Sendable {}
extension Hooked: Equatable where Value: Equatable {}
extension Hooked: Hashable where Value: Hashable {}

/// The hooks of this process for pools that have none of their own.
public enum SerializationHooks {
    private static let table = Mutex(HookTable())

    /// Registers a hook for all pools that are made from now on and name none themselves. A second hook for
    /// the same type replaces the first.
    public static func register<Hook: SerializationHook>(_ hook: Hook.Type) {
        table.withLock { $0.add(hook) }
    }

    /// What is registered now.
    package static var registered: HookTable { table.withLock { $0 } }
}
