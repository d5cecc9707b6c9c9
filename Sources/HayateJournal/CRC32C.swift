/// The checksum of Castagnoli, as iSCSI and ext4 have it, eight bytes at a time.
struct CRC32C {
    private var register: UInt32 = ~0

    init() {}

    var value: UInt32 { ~register }

    mutating func add(_ bytes: UnsafeRawBufferPointer) {
        var crc = register
        var offset = 0
        Self.tables.withUnsafeBufferPointer { tables in
            while offset &+ 8 <= bytes.count {
                let word = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                crc = Self.step(crc, UInt64(littleEndian: word), tables)
                offset &+= 8
            }
            while offset < bytes.count {
                crc = (crc &>> 8) ^ tables[Int((crc ^ UInt32(bytes[offset])) & 0xff)]
                offset &+= 1
            }
        }
        register = crc
    }

    mutating func add(_ word: UInt64) {
        register = Self.tables.withUnsafeBufferPointer { Self.step(register, word, $0) }
    }

    private static func step(_ crc: UInt32, _ word: UInt64, _ tables: UnsafeBufferPointer<UInt32>) -> UInt32 {
        let word = word ^ UInt64(crc)
        // In two halves, which is quicker for the compiler to read.
        let low = tables[1792 &+ Int(word & 0xff)] ^ tables[1536 &+ Int((word &>> 8) & 0xff)]
            ^ tables[1280 &+ Int((word &>> 16) & 0xff)] ^ tables[1024 &+ Int((word &>> 24) & 0xff)]
        let high = tables[768 &+ Int((word &>> 32) & 0xff)] ^ tables[512 &+ Int((word &>> 40) & 0xff)]
            ^ tables[256 &+ Int((word &>> 48) & 0xff)] ^ tables[Int(word &>> 56)]
        return low ^ high
    }

    /// Eight tables of 256: the n-th is for a byte with n more behind it.
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 2048)
        for byte in 0..<256 {
            var crc = UInt32(byte)
            for _ in 0..<8 { crc = (crc >> 1) ^ (crc & 1 == 1 ? 0x82f6_3b78 : 0) }
            tables[byte] = crc
        }
        for index in 256..<2048 {
            let before = tables[index - 256]
            tables[index] = (before >> 8) ^ tables[Int(before & 0xff)]
        }
        return tables
    }()
}

/// The checksum of a row: of all its fields with their lengths, and of the table, so that no row passes for one of
/// another table.
struct RowSum {
    private var sum = CRC32C()

    init(_ table: StoreTable) { sum.add(UInt64(table.rawValue)) }

    /// As the column has it.
    var value: Int64 { Int64(sum.value) }

    mutating func add(_ number: UInt64) { sum.add(number) }

    mutating func add(_ number: Int64) { sum.add(UInt64(bitPattern: number)) }

    mutating func add(_ bytes: [UInt8]) {
        sum.add(UInt64(bytes.count))
        bytes.withUnsafeBytes { sum.add($0) }
    }

    mutating func add(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            sum.add(UInt64(bytes.count))
            sum.add(UnsafeRawBufferPointer(bytes))
        }
    }
}
