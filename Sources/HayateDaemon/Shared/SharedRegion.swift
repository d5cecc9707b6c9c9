import HayateWire
import Synchronization

/// Content that several tasks read: what the handles `Shared` and `SharedArray` stand for.
///
/// It lives as long as anybody refers to it: handles, tasks that wait or run, a daemon's store. With the
/// last reference the file is closed, the memory unmapped, and all daemons that have it are told.
///
/// Safe to share: `bytes` never change and live as long as `owner`, the rest is constant or a `Mutex`.
@usableFromInline
package final class SharedRegion: SharedContent, @unchecked Sendable {
    /// No other region of this process has it, now or later.
    @usableFromInline package let number: UInt64
    /// The content.
    @usableFromInline package let bytes: UnsafeRawBufferPointer
    /// What the host that shares it with this process calls it.
    package let numberAtHost: UInt64?
    /// What keeps `bytes` where they are: a mapping, or an array that came over the wire.
    private let owner: any Sendable
    private let state: Mutex<State>
    /// What a value in the bytes may refer to. Its store refers to this region.
    weak let context: CodingContext?

    private struct State {
        var file: SealedFile?
        /// The decoded value, of whatever type its handles have.
        var value: (any Sendable)?
        var watchers: [any SharedRegionWatcher] = []
    }

    private struct Reference {
        weak var region: SharedRegion?
    }

    private static let all = Mutex<[UInt64: Reference]>([:])

    /// The region of this process with this number, while anybody refers to it.
    package static func live(_ number: UInt64) -> SharedRegion? {
        all.withLock { $0[number]?.region }
    }

    private static let lastNumber = Atomic<UInt64>(0)

    private init(
        _ bytes: UnsafeRawBufferPointer, owner: any Sendable, file: SealedFile?,
        context: CodingContext?, numberAtHost: UInt64? = nil
    ) {
        self.numberAtHost = numberAtHost
        number = Self.lastNumber.wrappingAdd(1, ordering: .relaxed).newValue
        self.bytes = bytes
        self.owner = owner
        self.context = context
        state = Mutex(State(file: file))
        Self.all.withLock { [number] in $0[number] = Reference(region: self) }
    }

    /// The content of a file of this process.
    package convenience init(_ file: SealedFile) throws(SharedError) {
        let mapping = try file.map()
        self.init(mapping.bytes, owner: mapping, file: file, context: nil)
    }

    /// The content of another process's file.
    package convenience init(
        _ mapping: Mapping, context: CodingContext? = nil, numberAtHost: UInt64? = nil
    ) {
        self.init(
            mapping.bytes, owner: mapping, file: nil, context: context, numberAtHost: numberAtHost)
    }

    /// Content that came over the wire. The storage of an array that is referred to neither moves nor
    /// changes, so it is read where it was received.
    package convenience init(
        received array: [UInt8], context: CodingContext? = nil, numberAtHost: UInt64? = nil
    ) {
        let bytes = array.withUnsafeBytes { $0 }
        self.init(bytes, owner: array, file: nil, context: context, numberAtHost: numberAtHost)
    }

    deinit {
        _ = Self.all.withLock { [number] in $0.removeValue(forKey: number) }
        let watchers = state.withLock { $0.watchers }
        for watcher in watchers { watcher.released(number) }
    }

    /// How other processes of this machine find the content; nil if it has no file.
    package var file: MemoryFile? { state.withLock { $0.file?.announcement } }

    /// Gives content that has no file one, so that daemons of this machine need no copy of it. If the
    /// system has none to give, the content travels as bytes.
    func prepareToTravel() {
        state.withLock { state in
            if state.file == nil { state.file = try? SealedFile.copying(bytes) }
        }
    }

    /// Tells the watcher, once, when nobody refers to the content any more.
    package func watch(_ watcher: any SharedRegionWatcher) {
        state.withLock { state in
            guard !state.watchers.contains(where: { $0 === watcher }) else { return }
            state.watchers.append(watcher)
        }
    }

    /// The value that the bytes are the encoding of; decoded by the first who asks.
    func value<Value: Decodable & Sendable>(as type: Value.Type) throws -> Value {
        try state.withLock { state in
            if let value = state.value as? Value { return value }
            var decoder = BinaryDecoder()
            if let context { decoder.userInfo = context.userInfo }
            let value = try decoder.decode(Value.self, from: bytes)
            state.value = value
            return value
        }
    }

    /// Keeps a value that the bytes are known to be the encoding of.
    func keep(_ value: some Sendable) { state.withLock { $0.value = value } }
}

/// Whoever sent a region to others and must take it back.
package protocol SharedRegionWatcher: AnyObject, Sendable {
    /// Nobody refers to the region with this number any more. Called under whatever locks those hold who
    /// let go of it: take none that they may have.
    func released(_ number: UInt64)
}
