/// 32 random bytes in hexadecimal digits, compared in constant time.
struct Secret: Sendable {
    let text: String

    /// From the system's generator.
    init() {
        var generator = SystemRandomNumberGenerator()
        var bytes: [UInt8] = []
        for _ in 0..<4 {
            var word = generator.next()
            for _ in 0..<8 {
                bytes.append(UInt8(truncatingIfNeeded: word))
                word >>= 8
            }
        }
        let digits = Array("0123456789abcdef")
        text = String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }

    /// Takes as long for every text of the right length, which is no secret.
    func matches(_ other: some Collection<UInt8>) -> Bool {
        guard other.count == text.utf8.count else { return false }
        return zip(text.utf8, other).reduce(0 as UInt8) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
