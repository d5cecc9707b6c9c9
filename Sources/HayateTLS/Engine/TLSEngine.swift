import CMbedTLS
import Glibc

/// One side of one TLS connection, without I/O: bytes in, bytes out.
///
/// The caller gives it what arrived from the wire (`receive`) and what shall be sent (`send`), and takes what
/// is for the wire (`takeOutput`). TLS 1.2 alone, by mbedTLS, with the rules of `TLSRules`.
///
/// Not safe to share: the caller sees to it that one thread at a time is inside.
public final class TLSEngine {
    /// Where the connection is.
    public enum Phase: Sendable, Hashable {
        /// Nothing of the user's passes yet.
        case handshaking
        /// The peer has shown who it is.
        case established
        /// It failed or the peer said goodbye; nothing passes any more.
        case ended
    }

    public private(set) var phase = Phase.handshaking
    /// Who the peer is; nothing is known of it before the handshake is over.
    public private(set) var peer = TLSPeer.anonymous
    /// Whether a session ticket spared the key exchange.
    public internal(set) var isResumed = false

    let side: Side
    var random: RandomSource
    /// The key that a client says it has, if it is one of ours, and a ticket's.
    var claimedKey: RoleKey?
    var ticketKey: RoleKey?
    /// What the peer named that is no key of ours.
    var unknownIdentity: String?
    /// What is wrong with the peer's certificate.
    var certificateProblem: CertificateProblem?
    /// The master secret of the session that a client offered, to see whether it was taken.
    private var offered: SecretBytes?

    /// Made with the first byte, so that a silent peer costs nothing.
    private var tls: UnsafeMutablePointer<mbedtls_ssl_context>?
    private var configuration: UnsafeMutablePointer<mbedtls_ssl_config>?
    private var input = UnsafeRawBufferPointer(start: nil, count: 0)
    private var output: [UInt8] = []
    /// What shall be sent when the handshake is over.
    private var early: [UInt8] = []

    enum Side {
        case server(TLSServer)
        case client(TLSClient)
    }

    init(_ side: Side, randomness: Randomness) {
        self.side = side
        random = RandomSource(randomness)
    }

    deinit {
        if let tls {
            mbedtls_ssl_free(tls)
            tls.deallocate()
        }
        // A copy whose parts are the server's or the client's: nothing in it is to be freed.
        configuration?.deallocate()
        wipe(&early)
    }

    // MARK: Bytes

    /// Whether there is anything for the wire.
    public var hasOutput: Bool { !output.isEmpty }

    /// How many bytes that are.
    public var outputCount: Int { output.count }

    /// Gives what is for the wire to `body` and forgets it.
    public func takeOutput(_ body: (UnsafeRawBufferPointer) -> Void) {
        guard !output.isEmpty else { return }
        output.withUnsafeBytes(body)
        output.removeAll(keepingCapacity: output.capacity <= 96 << 10)
    }

    /// A client says its first word. Does nothing at a server.
    public func start() throws(TLSFailure) {
        guard case .client = side, phase == .handshaking, tls == nil else { return }
        try setUp()
        try shakeHands()
    }

    /// Takes bytes from the wire.
    ///
    /// - Returns: the user's bytes that were in them. They stay where they are until this thread calls
    ///   `receive` of any engine again.
    /// - Throws: `TLSFailure` once; what comes after it is ignored.
    public func receive(_ sealed: UnsafeRawBufferPointer) throws(TLSFailure) -> UnsafeRawBufferPointer {
        let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
        guard phase != .ended else { return nothing }
        input = sealed
        defer { input = nothing }
        if tls == nil { try setUp() }
        if phase == .handshaking { try shakeHands() }
        guard phase == .established else { return nothing }
        return try readPlain(atMost: sealed.count)
    }

    /// Takes the user's bytes. Before the handshake is over they wait; after the end they are dropped.
    public func send(_ plain: UnsafeRawBufferPointer) throws(TLSFailure) {
        switch phase {
        case .ended: return
        case .handshaking: early.append(contentsOf: plain)
        case .established: try write(plain)
        }
    }

    /// Says goodbye in order.
    public func sayGoodbye() {
        guard phase == .established, let tls else { return }
        mbedtls_ssl_close_notify(tls)
        phase = .ended
    }

    // MARK: Inside

    private func setUp() throws(TLSFailure) {
        let shared: UnsafePointer<mbedtls_ssl_config>
        switch side {
        case .server(let server): shared = server.configuration.pointer
        case .client(let client): shared = client.configuration.pointer
        }
        let configuration = UnsafeMutablePointer<mbedtls_ssl_config>.allocate(capacity: 1)
        configuration.initialize(to: shared.pointee)
        self.configuration = configuration
        let context = Unmanaged.passUnretained(self).toOpaque()
        install(into: configuration, context)

        let tls = UnsafeMutablePointer<mbedtls_ssl_context>.allocate(capacity: 1)
        mbedtls_ssl_init(tls)
        self.tls = tls
        try check(mbedtls_ssl_setup(tls, configuration))
        mbedtls_ssl_set_bio(
            tls, context,
            { context, bytes, count in
                TLSEngine.from(context).give(UnsafeRawBufferPointer(start: bytes, count: count))
            },
            { context, bytes, count in
                TLSEngine.from(context).take(UnsafeMutableRawBufferPointer(start: bytes, count: count))
            }, nil)
        guard case .client(let client) = side else { return }
        if let name = client.serverName.forIndication {
            try check(mbedtls_ssl_set_hostname(tls, name))
        }
        offered = try client.offerSession(to: tls) { code throws(TLSFailure) in try self.check(code) }
    }

    static func from(_ context: UnsafeMutableRawPointer?) -> TLSEngine {
        // mbedTLS gives back what `setUp` gave it.
        Unmanaged<TLSEngine>.fromOpaque(context.unsafelyUnwrapped).takeUnretainedValue()
    }

    private func give(_ bytes: UnsafeRawBufferPointer) -> Int32 {
        output.append(contentsOf: bytes)
        return Int32(bytes.count)
    }

    private func take(_ space: UnsafeMutableRawBufferPointer) -> Int32 {
        let count = min(space.count, input.count)
        guard count > 0 else { return TLSCode.wantsRead }
        space.copyMemory(from: UnsafeRawBufferPointer(rebasing: input[..<count]))
        input = UnsafeRawBufferPointer(rebasing: input[count...])
        return Int32(count)
    }

    private func shakeHands() throws(TLSFailure) {
        guard let tls else { return }
        let result = serially { mbedtls_ssl_handshake(tls) }
        if result == TLSCode.wantsRead { return }
        try check(result)
        phase = .established
        noteSession(tls)
        guard !early.isEmpty else { return }
        var waiting: [UInt8] = []
        swap(&waiting, &early)
        defer { wipe(&waiting) }
        // Not inside `withUnsafeBytes`: it cannot throw this type.
        let failure = waiting.withUnsafeBytes { bytes -> TLSFailure? in
            do throws(TLSFailure) { try write(bytes) } catch { return error }
            return nil
        }
        if let failure { throw failure }
    }

    /// Certificates keep tables in their keys that mbedTLS makes at first use, without a lock.
    private func serially(_ body: () -> Int32) -> Int32 {
        guard usesCertificates else { return body() }
        return CertificateLock.withLock(body)
    }

    private var usesCertificates: Bool {
        switch side {
        case .server(let server): server.usesCertificates
        case .client(let client): client.usesCertificates
        }
    }

    private func noteSession(_ tls: UnsafeMutablePointer<mbedtls_ssl_context>) {
        switch side {
        case .server(let server):
            server.countHandshake(isResumed: isResumed)
            if let key = ticketKey ?? claimedKey {
                peer = .key(key.role, id: key.id)
            } else if let certificate = mbedtls_ssl_get_peer_cert(tls) {
                peer = .certificate(CertificateSummary(certificate))
            }
        case .client(let client):
            isResumed = client.keepSession(of: tls, offered: offered)
            offered = nil
            if let key = client.key {
                peer = .key(key.role, id: key.id)
            } else if let certificate = mbedtls_ssl_get_peer_cert(tls) {
                peer = .certificate(CertificateSummary(certificate))
            }
        }
    }

    /// Reads all whole records of what arrived.
    private func readPlain(atMost count: Int) throws(TLSFailure) -> UnsafeRawBufferPointer {
        guard let tls else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        // What was left of an earlier record, and what a record can bring.
        let space = PlainSpace.ofThisThread(atLeast: count + 2 * TLSRules.recordBytes)
        var filled = 0
        while true {
            let room = min(TLSRules.recordBytes, space.count - filled)
            let start = space.baseAddress?.advanced(by: filled).assumingMemoryBound(to: UInt8.self)
            let result = mbedtls_ssl_read(tls, start, room)
            if result > 0 {
                filled += Int(result)
            } else if result == TLSCode.wantsRead {
                break
            } else if result == 0 || result == TLSCode.peerSaidGoodbye {
                phase = .ended
                break
            } else {
                try check(result)
            }
        }
        return UnsafeRawBufferPointer(rebasing: space[..<filled])
    }

    private func write(_ plain: UnsafeRawBufferPointer) throws(TLSFailure) {
        guard let tls else { return }
        var rest = plain
        while rest.count > 0 {
            let start = rest.baseAddress?.assumingMemoryBound(to: UInt8.self)
            let result = mbedtls_ssl_write(tls, start, rest.count)
            guard result > 0 else {
                try check(result == 0 ? TLSCode.internalError : result)
                return
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[Int(result)...])
        }
    }

    private func check(_ result: Int32) throws(TLSFailure) {
        guard result != 0 else { return }
        let wasEstablished = phase == .established
        phase = .ended
        // mbedTLS closes without a word when a client shows no certificate (RFC 5246, section 7.4.6).
        if result == TLSCode.noClientCertificate, let tls {
            mbedtls_ssl_send_alert_message(
                tls, UInt8(MBEDTLS_SSL_ALERT_LEVEL_FATAL), UInt8(MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE))
        }
        if case .client(let client) = side, !wasEstablished { client.forgetSession() }
        throw failure(of: result, wasEstablished: wasEstablished)
    }

    /// The alert that ended the connection.
    var alert: UInt8? {
        guard let tls, let message = tls.pointee.in_msg else { return nil }
        return message[1]
    }

    /// Whether what came last began as a message of a TLS handshake does.
    var looksLikeHandshake: Bool {
        guard let tls, let header = tls.pointee.in_hdr else { return true }
        return header[0] == UInt8(MBEDTLS_SSL_MSG_HANDSHAKE)
    }

    /// Whether the host has asked for a certificate.
    var wasAskedForCertificate: Bool { tls?.pointee.client_auth == 1 }

    private func wipe(_ bytes: inout [UInt8]) {
        bytes.withUnsafeMutableBytes { mbedtls_platform_zeroize($0.baseAddress, $0.count) }
    }
}

/// Who is at the other end of a TLS connection.
public enum TLSPeer: Sendable, Hashable {
    /// Nobody asked.
    case anonymous
    /// Whoever has this key.
    case key(KeyRole, id: String)
    /// Whoever has this certificate's private key.
    case certificate(CertificateSummary)
}
