import HayateDaemon
import HayateWire

/// The serialization hooks of a pool, and their names as daemons are told them.
struct PoolHooks: Sendable {
    private var table = HookTable()
    private(set) var names: [String] = []

    init() {}

    /// - Throws: `HayateError.notSendable` for a hook that no other process can find.
    init(of daemons: Daemons) throws(HayateError) {
        table = daemons.hooks.isEmpty ? SerializationHooks.registered : daemons.hooks
        for hook in table.all {
            guard let name = TaskName.of(hook: hook) else {
                throw HayateError(
                    .notSendable,
                    "the serialization hook \(hook) is private or local to a function, so no other process "
                        + "can find it by name: declare it at the top level of a file, not private")
            }
            names.append(name)
        }
    }

    /// What writes tasks and reads results with these hooks.
    var coders: (BinaryEncoder, BinaryDecoder) {
        let userInfo = CodingContext(hooks: table).userInfo
        var encoder = BinaryEncoder()
        var decoder = BinaryDecoder()
        encoder.userInfo = userInfo
        decoder.userInfo = userInfo
        return (encoder, decoder)
    }
}

extension Daemons {
    /// Values of the hook's type travel through it, in arguments and results of this pool's tasks; see
    /// `SerializationHook`. A second hook for the same type replaces the first. A pool that names hooks has
    /// only those, and not the ones of `SerializationHooks.register`.
    public func serializing<Hook: SerializationHook>(_ hook: Hook.Type) -> Daemons {
        with { $0.hooks.add(hook) }
    }
}
