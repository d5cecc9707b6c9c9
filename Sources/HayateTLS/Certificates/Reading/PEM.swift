import CMbedTLS

/// The text form of keys and certificates (RFC 7468).
enum PEM {
    /// - Returns: the lines, the last of which ends too.
    static func text(_ label: String, _ der: [UInt8]) -> String {
        String(decoding: bytes(label, der), as: UTF8.self)
    }

    /// For what is secret: the caller wipes the bytes.
    static func bytes(_ label: String, _ der: [UInt8]) -> [UInt8] {
        var needed = 0
        mbedtls_base64_encode(nil, 0, &needed, der, der.count)
        var digits = [UInt8](repeating: 0, count: needed)
        defer { Wiping.wipe(&digits) }
        var written = 0
        mbedtls_base64_encode(&digits, digits.count, &written, der, der.count)
        var text = Array("-----BEGIN \(label)-----\n".utf8)
        // In one piece, so that no copy of a half-written text is left behind unwiped.
        text.reserveCapacity(written + written / 64 + 2 * label.utf8.count + 64)
        for start in stride(from: 0, to: written, by: 64) {
            text += digits[start..<min(start + 64, written)]
            text.append(0x0a)
        }
        text += Array("-----END \(label)-----\n".utf8)
        return text
    }

    /// Whether a block with this label begins in the text.
    static func has(_ label: String, in text: [UInt8]) -> Bool {
        contains(Array("-----BEGIN \(label)-----".utf8), in: text)
    }

    static func contains(_ words: [UInt8], in text: [UInt8]) -> Bool {
        guard let first = words.first, text.count >= words.count else { return false }
        return (0...(text.count - words.count)).contains { start in
            text[start] == first && text[start..<(start + words.count)].elementsEqual(words)
        }
    }

    /// The bytes in the first block with this label. The caller wipes them if they are secret.
    ///
    /// - Parameter text: with a zero at its end.
    static func content(_ label: String, in text: [UInt8]) -> [UInt8]? {
        var context = mbedtls_pem_context()
        mbedtls_pem_init(&context)
        defer { mbedtls_pem_free(&context) }
        var used = 0
        let result = mbedtls_pem_read_buffer(
            &context, "-----BEGIN \(label)-----", "-----END \(label)-----",
            text, nil, 0, &used)
        guard result == 0 else { return nil }
        return Array(UnsafeBufferPointer(start: context.buf, count: context.buflen))
    }
}

/// Overwriting what shall not be found in memory later.
enum Wiping {
    static func wipe(_ bytes: inout [UInt8]) {
        bytes.withUnsafeMutableBytes { mbedtls_platform_zeroize($0.baseAddress, $0.count) }
    }
}
