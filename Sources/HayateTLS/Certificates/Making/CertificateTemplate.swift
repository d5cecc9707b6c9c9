import CMbedTLS

/// What a certificate or a signing request shall say.
public struct CertificateTemplate: Sendable, Hashable {
    /// For what it is.
    public enum Purpose: Sendable, Hashable {
        case server
        case client
        /// To sign others with.
        case authority
    }

    public var purpose: Purpose
    /// Names and addresses; a server is dialled by one of them. The first is the common name too.
    public var names: [CertificateName]
    /// How long it is valid from now, in days of 24 hours; 1 to 36,500.
    public var days: Int
    /// The common name, if it shall not be the first of the names.
    public var commonName: String?
    /// Another beginning than now, for tests of what is over or not yet valid.
    var madeAt: Moment?

    public init(
        _ purpose: Purpose, names: [CertificateName], days: Int = 365, commonName: String? = nil
    ) {
        self.purpose = purpose
        self.names = names
        self.days = days
        self.commonName = commonName
    }

    /// Clocks of a cluster differ: a certificate begins an hour before it is made.
    private static let backdating = 3_600

    // MARK: Certificates and requests

    /// A certificate signed by its own key.
    public func selfSigned(with key: PrivateKey) throws(TLSFailure) -> Certificates {
        try certificate(
            for: try key.publicKey(), issuer: subject, issuerKeyIdentifier: nil, signedWith: key,
            until: nil)
    }

    /// A certificate for this key, signed by an authority. It ends with its authority's at the latest.
    ///
    /// - Returns: the certificate, and after it the authority's unless that is a root.
    public func signed(
        by authority: OwnCertificate, for key: PrivateKey
    ) throws(TLSFailure) -> Certificates {
        let own = authority.chain.pointer
        guard own.pointee.ca_istrue != 0,
            mbedtls_x509_crt_check_key_usage(own, UInt32(MBEDTLS_X509_KU_KEY_CERT_SIGN)) == 0
        else {
            throw TLSFailure(
                .certificate(.ofAuthority(CertificateSummary(own).subject, .unreadable)),
                "'\(CertificateSummary(own).subject)' is no authority, so nobody would accept what it signs: make "
                    + "one with 'hayate keys certificate --as-authority'")
        }
        let made = try certificate(
            for: try key.publicKey(), issuer: CertificateSummary.bytes(own.pointee.subject_raw),
            issuerKeyIdentifier: Self.keyIdentifier(of: own), signedWith: authority.key,
            until: Moment(own.pointee.valid_to))
        let between = authority.chain.summaries.enumerated().filter { !$0.element.isSelfIssued }.map(\.offset)
        guard !between.isEmpty else { return made }
        let texts = between.map { place in
            PEM.text("CERTIFICATE", CertificateSummary.bytes(authority.chain.all[place].pointee.raw))
        }
        return try Certificates(pem: made.pem + texts.joined())
    }

    /// A request that an authority elsewhere can sign, as PEM text.
    public func request(with key: PrivateKey) throws(TLSFailure) -> String {
        let attributes = DER.explicit(
            0,
            DER.sequence(
                DER.identifier(ObjectNames.extensionRequest),
                DER.set(try extensions(publicKey: nil, issuerKeyIdentifier: nil))))
        let body = DER.sequence(DER.integer(0), subject, try key.publicKey(), attributes)
        let (algorithm, signature) = try key.sign(body)
        return PEM.text("CERTIFICATE REQUEST", DER.sequence(body, algorithm, DER.bits(signature)))
    }

    // MARK: Parts

    private func certificate(
        for publicKey: [UInt8], issuer: [UInt8], issuerKeyIdentifier: [UInt8]?,
        signedWith key: PrivateKey, until end: Moment?
    ) throws(TLSFailure) -> Certificates {
        guard (1...36_500).contains(days) else {
            throw Self.failure("a certificate cannot be valid for \(days) days: give 1 to 36500")
        }
        let now = madeAt ?? Moment.now
        let last = now.later(by: days * 86_400)
        let validity = DER.sequence(
            DER.time(now.later(by: -Self.backdating)), DER.time(end.map { min($0, last) } ?? last))
        var serial = SystemRandom.bytes(16)
        // Positive, and always of the same length.
        serial[0] = serial[0] & 0x7f | 0x40
        // The algorithm stands inside too, where the signature covers it.
        let algorithm = try key.sign([]).algorithm
        let body = DER.sequence(
            DER.explicit(0, DER.integer(2)), DER.integer(serial), algorithm, issuer, validity, subject,
            publicKey,
            DER.explicit(
                3, try extensions(publicKey: publicKey, issuerKeyIdentifier: issuerKeyIdentifier)))
        let signature = try key.sign(body).signature
        return try Certificates(der: DER.sequence(body, algorithm, DER.bits(signature)))
    }

    /// A common name has 64 characters at most (RFC 5280); a longer name stands among the names alone.
    private var subject: [UInt8] {
        let wanted = commonName ?? names.first?.description ?? ""
        let name = wanted.isEmpty || wanted.unicodeScalars.count > 64 ? "hayate" : wanted
        return DER.sequence(
            DER.set(DER.sequence(DER.identifier(ObjectNames.commonName), DER.text(name))))
    }

    private func extensions(
        publicKey: [UInt8]?, issuerKeyIdentifier: [UInt8]?
    ) throws(TLSFailure) -> [UInt8] {
        guard purpose != .server || !names.isEmpty else {
            throw Self.failure(
                "a server's certificate needs the name or address that it is dialled by: give --name")
        }
        var all: [[UInt8]] = []
        func add(_ name: [UInt8], critical: Bool, _ value: [UInt8]) {
            all.append(
                DER.sequence(DER.identifier(name), critical ? DER.yes : [], DER.octets(value)))
        }
        switch purpose {
        case .authority:
            add(ObjectNames.basicConstraints, critical: true, DER.sequence(DER.yes))
            // keyCertSign and cRLSign: bits 5 and 6.
            add(ObjectNames.keyUsage, critical: true, DER.bits([0x06], unused: 1))
        case .server, .client:
            add(ObjectNames.basicConstraints, critical: true, DER.sequence())
            // digitalSignature: bit 0.
            add(ObjectNames.keyUsage, critical: true, DER.bits([0x80], unused: 7))
            let use: CertificateUse = purpose == .server ? .server : .client
            add(ObjectNames.extendedKeyUsage, critical: false, DER.sequence(DER.identifier(use.objectName)))
        }
        if !names.isEmpty {
            add(
                ObjectNames.subjectAlternativeName, critical: false,
                DER.wrap(0x30, names.flatMap(Self.alternative)))
        }
        if let publicKey {
            add(ObjectNames.subjectKeyIdentifier, critical: false, DER.octets(Self.keyIdentifier(publicKey)))
        }
        if let issuerKeyIdentifier {
            add(
                ObjectNames.authorityKeyIdentifier, critical: false,
                DER.sequence(DER.wrap(0x80, issuerKeyIdentifier)))
        }
        return DER.wrap(0x30, all.flatMap { $0 })
    }

    private static func alternative(_ name: CertificateName) -> [UInt8] {
        switch name {
        case .dns(let text): DER.wrap(0x82, Array(text.utf8))
        case .address(let bytes): DER.wrap(0x87, bytes)
        }
    }

    /// Names a key in chains (RFC 7093, method 1, over the whole public key).
    private static func keyIdentifier(_ publicKey: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        mbedtls_sha256_ret(publicKey, publicKey.count, &digest, 0)
        return Array(digest.prefix(20))
    }

    /// What an authority calls its own key: whoever made it may have counted otherwise.
    private static func keyIdentifier(of certificate: UnsafePointer<mbedtls_x509_crt>) -> [UInt8]? {
        var file = DERReader(CertificateSummary.bytes(certificate.pointee.v3_ext))
        guard var list = file.sequence() else { return nil }
        while var entry = list.sequence() {
            guard entry.identifier() == ObjectNames.subjectKeyIdentifier, let value = entry.octets() else {
                continue
            }
            var inner = DERReader(value)
            return inner.octets()
        }
        return nil
    }

    static func failure(_ message: String) -> TLSFailure { TLSFailure(.certificate(.unreadable), message) }
}
