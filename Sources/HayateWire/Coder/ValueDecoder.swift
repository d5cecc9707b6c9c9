/// The `Decoder` of one value, and its single-value container. Three words, so that an existential
/// holds it without allocating.
struct ValueDecoder: Decoder, SingleValueDecodingContainer {
    let core: DecoderCore
    let offset: Int
    /// The container in which the value lies.
    let slot: UInt32
    let serial: UInt32

    var codingPath: [any CodingKey] { core.path(slot, serial, to: offset) }
    var userInfo: [CodingUserInfoKey: Any] { core.userInfo }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        do throws(WireFault) {
            return KeyedDecodingContainer(
                try KeyedReader<Key>(core: core, at: offset, slot: slot, serial: serial))
        } catch {
            throw core.error(error, [String: Any].self, at: offset, slot: slot, serial: serial)
        }
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        do throws(WireFault) {
            return try UnkeyedReader(core: core, at: offset, slot: slot, serial: serial)
        } catch {
            throw core.error(error, [Any].self, at: offset, slot: slot, serial: serial)
        }
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { self }

    func decodeNil() -> Bool {
        guard let frame = try? core.frame(slot, serial) else { return false }
        return core.isNil(at: offset, in: frame)
    }

    @inline(__always)
    private func take<S: WireScalar>(_ type: S.Type) throws -> S {
        do throws(WireFault) {
            var offset = offset
            return try core.scalar(type, at: &offset, in: core.frame(slot, serial))
        } catch {
            throw core.error(error, type, at: offset, slot: slot, serial: serial)
        }
    }

    func decode(_ type: String.Type) throws -> String {
        do throws(WireFault) {
            var offset = offset
            return try core.string(at: &offset, in: core.frame(slot, serial))
        } catch {
            throw core.error(error, type, at: offset, slot: slot, serial: serial)
        }
    }

    func decode(_ type: Bool.Type) throws -> Bool { try take(type) }
    func decode(_ type: Double.Type) throws -> Double { try take(type) }
    func decode(_ type: Float.Type) throws -> Float { try take(type) }
    func decode(_ type: Int.Type) throws -> Int { try take(type) }
    func decode(_ type: Int8.Type) throws -> Int8 { try take(type) }
    func decode(_ type: Int16.Type) throws -> Int16 { try take(type) }
    func decode(_ type: Int32.Type) throws -> Int32 { try take(type) }
    func decode(_ type: Int64.Type) throws -> Int64 { try take(type) }
    func decode(_ type: Int128.Type) throws -> Int128 { try take(type) }
    func decode(_ type: UInt.Type) throws -> UInt { try take(type) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try take(type) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try take(type) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try take(type) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try take(type) }
    func decode(_ type: UInt128.Type) throws -> UInt128 { try take(type) }

    func decode<T: Decodable>(_ type: T.Type) throws -> T {
        var offset = offset
        return try core.value(type, at: &offset, slot: slot, serial: serial)
    }
}
