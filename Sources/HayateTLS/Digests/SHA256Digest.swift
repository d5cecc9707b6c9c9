import CMbedTLS

/// The SHA-256 of bytes that come in pieces.
public struct SHA256Digest: ~Copyable {
    private let context: UnsafeMutablePointer<mbedtls_sha256_context>

    public init() {
        context = .allocate(capacity: 1)
        mbedtls_sha256_init(context)
        mbedtls_sha256_starts_ret(context, 0)
    }

    deinit {
        mbedtls_sha256_free(context)
        context.deallocate()
    }

    public mutating func add(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress else { return }
        mbedtls_sha256_update_ret(context, start.assumingMemoryBound(to: UInt8.self), bytes.count)
    }

    /// 64 hexadecimal digits.
    public consuming func text() -> String {
        var bytes = [UInt8](repeating: 0, count: 32)
        mbedtls_sha256_finish_ret(context, &bytes)
        return Hexadecimal.text(bytes)
    }
}
