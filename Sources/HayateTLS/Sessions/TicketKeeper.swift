import CMbedTLS
import Synchronization

/// Makes and reads session tickets, with keys of its own for each pre-shared key, so that a ticket tells
/// for which key it was given and is worth nothing when that key is not valid any more.
///
/// The keys are random, live in memory only and are replaced by mbedTLS (RFC 5077; AES-256-GCM).
///
/// Safe to share: the table is a `Mutex`'s, and mbedTLS locks each of its entries.
final class TicketKeeper: Sendable {
    private struct Context: @unchecked Sendable {
        let pointer: UnsafeMutablePointer<mbedtls_ssl_ticket_context>
    }

    private let lifetime: UInt32
    private let contexts = Mutex<[String: Context]>([:])

    /// - Parameter lifetime: in seconds, counted from the key exchange; 1 to 604,800.
    init(lifetime: UInt32) { self.lifetime = lifetime }

    deinit {
        contexts.withLock { contexts in
            for context in contexts.values {
                mbedtls_ssl_ticket_free(context.pointer)
                context.pointer.deallocate()
            }
        }
    }

    private func context(for key: String?) -> UnsafeMutablePointer<mbedtls_ssl_ticket_context>? {
        contexts.withLock { contexts -> Context? in
            if let known = contexts[key ?? ""] { return known }
            let made = UnsafeMutablePointer<mbedtls_ssl_ticket_context>.allocate(capacity: 1)
            mbedtls_ssl_ticket_init(made)
            let result = mbedtls_ssl_ticket_setup(
                made, SystemRandom.callback, nil, MBEDTLS_CIPHER_AES_256_GCM, lifetime)
            guard result == 0 else {
                mbedtls_ssl_ticket_free(made)
                made.deallocate()
                return nil
            }
            contexts[key ?? ""] = Context(pointer: made)
            return Context(pointer: made)
        }?.pointer
    }

    func write(
        for key: String?, _ session: UnsafePointer<mbedtls_ssl_session>?,
        _ start: UnsafeMutablePointer<UInt8>?, _ end: UnsafePointer<UInt8>?,
        _ count: UnsafeMutablePointer<Int>?, _ lifetime: UnsafeMutablePointer<UInt32>?
    ) -> Int32 {
        guard let context = context(for: key) else { return TLSCode.internalError }
        return mbedtls_ssl_ticket_write(context, session, start, end, count, lifetime)
    }

    func read(
        for key: String?, _ session: UnsafeMutablePointer<mbedtls_ssl_session>?,
        _ bytes: UnsafeMutablePointer<UInt8>?, _ count: Int
    ) -> Int32 {
        guard let context = context(for: key) else { return TLSCode.internalError }
        return mbedtls_ssl_ticket_parse(context, session, bytes, count)
    }
}
