import CMbedTLS

extension TLSEngine {
    /// Judges one certificate of the peer's chain, the peer's own at depth 0, which comes last; `flags` is
    /// what mbedTLS thinks of it, and becomes what we think.
    func judge(
        _ certificate: UnsafeMutablePointer<mbedtls_x509_crt>, depth: Int, _ flags: inout UInt32
    ) {
        guard let anchors = trust else {
            // mbedTLS does not ask if nobody is to be verified; if it does, nobody is good.
            flags |= UInt32(MBEDTLS_X509_BADCERT_OTHER)
            return
        }
        if let pins = anchors.pins {
            judgePinned(certificate, depth: depth, pins, &flags)
        } else {
            judgeSigned(certificate, depth: depth, &flags)
        }
        // One reason, so that the alert says the same as our own sentence.
        if let certificateProblem, depth == 0 { flags = certificateProblem.flag }
    }

    private var trust: TrustAnchors? {
        switch side {
        case .server(let server): server.clients
        case .client(let client): client.hosts
        }
    }

    /// A pin is for one certificate. Whoever gave it meant the machine that has the private key to it: who
    /// signed it does not count, and its name does not either, which would only tell that it is this machine.
    /// That is what lets a host with a certificate made at its start be dialled by any of its names, or
    /// through a tunnel. That it is over, or so weak that others could have its key, counts as ever.
    private func judgePinned(
        _ certificate: UnsafeMutablePointer<mbedtls_x509_crt>, depth: Int, _ pins: [Fingerprint],
        _ flags: inout UInt32
    ) {
        guard depth == 0 else {
            flags = 0
            return
        }
        let fingerprint = Fingerprint(certificate)
        // All are compared, so that the time does not tell which one it was.
        let isPinned = pins.reduce(false) { found, pin in pin == fingerprint || found }
        if !isPinned { note(.notPinned(fingerprint.description)) }
        flags &= ~UInt32(MBEDTLS_X509_BADCERT_NOT_TRUSTED | MBEDTLS_X509_BADCERT_CN_MISMATCH)
        judgeOwn(certificate, flags)
    }

    private func judgeSigned(
        _ certificate: UnsafeMutablePointer<mbedtls_x509_crt>, depth: Int, _ flags: inout UInt32
    ) {
        if flags & UInt32(MBEDTLS_X509_BADCERT_NOT_TRUSTED) != 0 { note(.unknownAuthority) }
        guard depth == 0 else {
            if let problem = problem(of: certificate, flags) {
                note(.ofAuthority(CertificateSummary.text(certificate.pointee.subject), problem))
            }
            return
        }
        judgeOwn(certificate, flags)
        // A client has no name that anybody dialled: that its authority signed it is what counts.
        guard case .client(let client) = side else { return }
        let names = CertificateNames(certificate)
        if !client.serverName.isAmong(names) || flags & UInt32(MBEDTLS_X509_BADCERT_CN_MISMATCH) != 0 {
            note(.wrongHost(dialled: client.serverName.text, names: names.texts))
        }
    }

    /// What counts at the peer's own certificate, whoever is trusted.
    private func judgeOwn(_ certificate: UnsafeMutablePointer<mbedtls_x509_crt>, _ flags: UInt32) {
        if let problem = problem(of: certificate, flags) { note(problem) }
        // mbedTLS looks at the curve and the use only later, when it asks us no more.
        if let weakness = CertificateRules.weakness(of: certificate) { note(.weak(weakness)) }
        let use: CertificateUse = if case .server = side { .client } else { .server }
        if !use.isAllowed(by: certificate) { note(.wrongUse(use)) }
    }

    /// What mbedTLS found, but for trust and names.
    private func problem(
        of certificate: UnsafeMutablePointer<mbedtls_x509_crt>, _ flags: UInt32
    ) -> CertificateProblem? {
        func has(_ flag: Int32) -> Bool { flags & UInt32(flag) != 0 }
        if has(MBEDTLS_X509_BADCERT_REVOKED) { return .revoked }
        if has(MBEDTLS_X509_BADCERT_EXPIRED) { return .expired(Moment(certificate.pointee.valid_to).text) }
        if has(MBEDTLS_X509_BADCERT_FUTURE) {
            return .notYetValid(Moment(certificate.pointee.valid_from).text)
        }
        if has(MBEDTLS_X509_BADCERT_BAD_MD | MBEDTLS_X509_BADCERT_BAD_PK | MBEDTLS_X509_BADCERT_BAD_KEY) {
            return .weak(CertificateRules.weakness(of: certificate) ?? "its signature")
        }
        let known = MBEDTLS_X509_BADCERT_NOT_TRUSTED | MBEDTLS_X509_BADCERT_CN_MISMATCH
        return flags & ~UInt32(known) == 0 ? nil : .unreadable
    }

    private func note(_ problem: CertificateProblem) {
        guard let known = certificateProblem, known.weight >= problem.weight else {
            certificateProblem = problem
            return
        }
    }
}
