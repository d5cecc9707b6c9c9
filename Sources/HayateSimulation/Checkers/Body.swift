/// What travels as the body of tasks and results: enough to tell whose it is.
struct Body: Hashable, Sendable {
    var number: Int
    var attempt: UInt32 = 0
    var process = 0

    init(number: Int, attempt: UInt32 = 0, process: Int = 0) {
        self.number = number
        self.attempt = attempt
        self.process = process
    }

    /// Nil if the bytes are not a body.
    init?(_ bytes: [UInt8]) {
        guard bytes.count >= 12 else { return nil }
        func field(_ offset: Int) -> UInt32 {
            (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[offset + $1]) << (8 * UInt32($1)) }
        }
        self.init(number: Int(field(0)), attempt: field(4), process: Int(field(8)))
    }

    func bytes(paddedTo size: Int = 12) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(max(12, size))
        for value in [UInt32(number), attempt, UInt32(process)] {
            for shift in 0..<4 {
                bytes.append(UInt8(truncatingIfNeeded: value >> (8 * UInt32(shift))))
            }
        }
        while bytes.count < size { bytes.append(0xA5) }
        return bytes
    }
}
