/// Base64 with padding (RFC 4648), as libssh takes keys.
enum Base64 {
    private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var result: [UInt8] = []
        var group: UInt32 = 0
        var count = 0
        func letter(_ index: UInt32) -> UInt8 { letters[Int(index & 63)] }
        for byte in bytes {
            group = group << 8 | UInt32(byte)
            count += 1
            if count == 3 {
                result += [letter(group >> 18), letter(group >> 12), letter(group >> 6), letter(group)]
                (group, count) = (0, 0)
            }
        }
        if count == 1 { result += [letter(group >> 2), letter(group << 4), 0x3d, 0x3d] }
        if count == 2 { result += [letter(group >> 10), letter(group >> 4), letter(group << 2), 0x3d] }
        return String(decoding: result, as: UTF8.self)
    }

    /// nil if it is none.
    static func decode(_ text: String) -> [UInt8]? {
        var result: [UInt8] = []
        var group: UInt32 = 0
        var count = 0
        var isPadded = false
        for letter in text.utf8 {
            if letter == 0x3d {
                isPadded = true
                continue
            }
            guard !isPadded, let value = letters.firstIndex(of: letter) else { return nil }
            group = group << 6 | UInt32(value)
            count += 1
            if count % 4 == 0 {
                result += [UInt8(group >> 16 & 255), UInt8(group >> 8 & 255), UInt8(group & 255)]
                group = 0
            }
        }
        switch count % 4 {
        case 2: result.append(UInt8(group >> 4 & 255))
        case 3: result += [UInt8(group >> 10 & 255), UInt8(group >> 2 & 255)]
        case 1: return nil
        default: break
        }
        return result
    }
}
