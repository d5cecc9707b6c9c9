/// The types that the coder writes itself, without going through their own `Codable` code.
enum ValueKind: UInt8 {
    case other
    case bool, string, float, double
    case int, int8, int16, int32, int64, int128
    case uint, uint8, uint16, uint32, uint64, uint128
    case boolArray, stringArray, floatArray, doubleArray
    case intArray, int8Array, int16Array, int32Array, int64Array
    case uintArray, uint8Array, uint16Array, uint32Array, uint64Array

    /// The kind of a type: one multiplication and one comparison, because it is asked once per
    /// value.
    @inline(__always)
    static func of<T>(_ type: T.Type) -> ValueKind {
        table.kind(of: ObjectIdentifier(type))
    }

    private static let table = ValueKindTable([
        (Bool.self, .bool), (String.self, .string), (Float.self, .float), (Double.self, .double),
        (Int.self, .int), (Int8.self, .int8), (Int16.self, .int16), (Int32.self, .int32),
        (Int64.self, .int64), (Int128.self, .int128),
        (UInt.self, .uint), (UInt8.self, .uint8), (UInt16.self, .uint16), (UInt32.self, .uint32),
        (UInt64.self, .uint64), (UInt128.self, .uint128),
        ([Bool].self, .boolArray), ([String].self, .stringArray),
        ([Float].self, .floatArray), ([Double].self, .doubleArray),
        ([Int].self, .intArray), ([Int8].self, .int8Array), ([Int16].self, .int16Array),
        ([Int32].self, .int32Array), ([Int64].self, .int64Array),
        ([UInt].self, .uintArray), ([UInt8].self, .uint8Array), ([UInt16].self, .uint16Array),
        ([UInt32].self, .uint32Array), ([UInt64].self, .uint64Array),
    ])
}

/// An open-addressed map from type metadata to kind, written once and then only read.
private struct ValueKindTable: Sendable {
    private static let bits = 7
    private var types: [UInt]
    private var kinds: [ValueKind]

    init(_ entries: [(any Any.Type, ValueKind)]) {
        types = Array(repeating: 0, count: 1 << Self.bits)
        kinds = Array(repeating: .other, count: 1 << Self.bits)
        for (type, kind) in entries {
            let address = UInt(bitPattern: ObjectIdentifier(type))
            var slot = Self.slot(address)
            while types[slot] != 0 { slot = (slot + 1) & (types.count - 1) }
            types[slot] = address
            kinds[slot] = kind
        }
    }

    @inline(__always)
    private static func slot(_ address: UInt) -> Int {
        Int(truncatingIfNeeded: (address &* 0x9E37_79B9_7F4A_7C15) >> UInt(64 - bits))
    }

    @inline(__always)
    func kind(of identifier: ObjectIdentifier) -> ValueKind {
        let address = UInt(bitPattern: identifier)
        var slot = Self.slot(address)
        while true {
            let found = types[slot]
            if found == address { return kinds[slot] }
            if found == 0 { return .other }
            slot = (slot + 1) & (types.count - 1)
        }
    }
}
