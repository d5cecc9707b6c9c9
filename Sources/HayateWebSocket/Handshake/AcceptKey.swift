import CMbedTLS

/// What proves that the answer is to this request and from something that speaks WebSocket.
enum AcceptKey {
    /// RFC 6455, section 1.3. A number that nobody sends by chance; no secret, and SHA-1 protects nothing here.
    private static let magic = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

    static func answer(to key: String) -> String {
        let text = Array((key + magic).utf8)
        var digest = [UInt8](repeating: 0, count: 20)
        let result = mbedtls_sha1_ret(text, text.count, &digest)
        precondition(result == 0, "SHA-1 in software cannot fail")
        return base64(digest)
    }

    static func base64(_ bytes: [UInt8]) -> String {
        let size = (bytes.count + 2) / 3 * 4 + 1
        var text = [UInt8](repeating: 0, count: size)
        var written = 0
        let result = mbedtls_base64_encode(&text, size, &written, bytes, bytes.count)
        precondition(result == 0, "the space for Base64 is as large as Base64 is")
        return String(decoding: text[..<written], as: UTF8.self)
    }

    /// Whether a client's key is 16 bytes in Base64.
    static func isKey(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count == 24 else { return false }
        var decoded = [UInt8](repeating: 0, count: 18)
        var written = 0
        let result = mbedtls_base64_decode(&decoded, decoded.count, &written, bytes, bytes.count)
        return result == 0 && written == 16
    }
}
