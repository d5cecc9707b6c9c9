import CMbedTLS

/// What mbedTLS asks while it shakes hands.
extension TLSEngine {
    /// Puts this engine into its copy of the configuration, as whom the callbacks ask.
    func install(
        into configuration: UnsafeMutablePointer<mbedtls_ssl_config>, _ context: UnsafeMutableRawPointer
    ) {
        configuration.pointee.p_rng = context
        configuration.pointee.f_rng = { context, bytes, count in
            TLSEngine.from(context).random.fill(
                UnsafeMutableRawBufferPointer(start: bytes, count: count))
            return 0
        }
        configuration.pointee.p_vrfy = context
        configuration.pointee.f_vrfy = { context, certificate, depth, flags in
            guard let certificate, let flags else { return TLSCode.internalError }
            TLSEngine.from(context).judge(certificate, depth: Int(depth), &flags.pointee)
            return 0
        }
        guard case .server(let server) = side else { return }
        if server.usesKeys {
            configuration.pointee.p_psk = context
            configuration.pointee.f_psk = { context, tls, name, count in
                TLSEngine.from(context).findKey(
                    tls, UnsafeBufferPointer(start: name, count: count))
            }
        }
        configuration.pointee.p_ticket = context
        configuration.pointee.f_ticket_write = { context, session, start, end, count, lifetime in
            TLSEngine.from(context).writeTicket(session, start, end, count, lifetime)
        }
        configuration.pointee.f_ticket_parse = { context, session, bytes, count in
            TLSEngine.from(context).readTicket(session, bytes, count)
        }
    }

    /// A client has said which key it has. One that we do not have gets a key that nobody has, so that it
    /// fails as late as a client that has the right name and the wrong key: who asks learns nothing.
    private func findKey(
        _ tls: UnsafeMutablePointer<mbedtls_ssl_context>?, _ name: UnsafeBufferPointer<UInt8>
    ) -> Int32 {
        guard case .server(let server) = side else { return TLSCode.internalError }
        // Where a key is exchanged no ticket counts, whatever became of it.
        ticketKey = nil
        isResumed = false
        let text = String(decoding: name.prefix(64), as: UTF8.self)
        claimedKey = server.keys().first { $0.identity == text }
        if claimedKey == nil { unknownIdentity = text }
        let bytes = claimedKey?.bytes ?? server.nobodysKey
        return bytes.withBytes { bytes in
            mbedtls_ssl_set_hs_psk(
                tls, bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count)
        }
    }

    private func writeTicket(
        _ session: UnsafePointer<mbedtls_ssl_session>?, _ start: UnsafeMutablePointer<UInt8>?,
        _ end: UnsafePointer<UInt8>?, _ count: UnsafeMutablePointer<Int>?,
        _ lifetime: UnsafeMutablePointer<UInt32>?
    ) -> Int32 {
        guard case .server(let server) = side else { return TLSCode.internalError }
        let key = ticketKey ?? claimedKey
        guard key != nil || !server.usesKeys else { return TLSCode.internalError }
        return server.tickets.write(for: key?.id, session, start, end, count, lifetime)
    }

    private func readTicket(
        _ session: UnsafeMutablePointer<mbedtls_ssl_session>?, _ bytes: UnsafeMutablePointer<UInt8>?,
        _ count: Int
    ) -> Int32 {
        guard case .server(let server) = side else { return TLSCode.internalError }
        guard server.usesKeys else {
            var result = server.tickets.read(for: nil, session, bytes, count)
            // The certificate is not judged again, but a ticket shall not outlive it.
            if result == 0, !Self.isStillValid(session) { result = TLSCode.wrongTicket }
            isResumed = result == 0
            return result
        }
        // A ticket is worth what the key was worth with which it was earned, while that key is valid.
        for key in server.keys() {
            guard server.tickets.read(for: key.id, session, bytes, count) == 0 else { continue }
            ticketKey = key
            isResumed = true
            return 0
        }
        return TLSCode.wrongTicket
    }

    /// Whether the certificate of the peer of this session, if it had one, is not over.
    static func isStillValid(_ session: UnsafeMutablePointer<mbedtls_ssl_session>?) -> Bool {
        guard let certificate = session?.pointee.peer_cert else { return true }
        return Moment.now <= Moment(certificate.pointee.valid_to)
    }
}
