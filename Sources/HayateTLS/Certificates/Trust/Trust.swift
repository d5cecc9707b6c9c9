import CMbedTLS

/// Which certificates of peers are good.
public enum Trust: Sendable {
    /// Those that one of these has signed, and these themselves. A host's must be for the name or address
    /// that is dialled.
    case authorities(Certificates)
    /// Those with one of these fingerprints, whoever has signed them and whatever name they are for.
    case pinned([Fingerprint])
    /// Those that an authority of the operating system's list has signed. As `authorities`.
    case system
}

/// `Trust` with everything in memory that judging needs.
struct TrustAnchors: Sendable {
    let authorities: Certificates
    /// nil if authorities count and not pins.
    let pins: [Fingerprint]?

    init(_ trust: Trust) throws(TLSFailure) {
        switch trust {
        case .authorities(let certificates): (authorities, pins) = (certificates, nil)
        case .pinned(let fingerprints):
            guard !fingerprints.isEmpty else {
                throw TLSFailure(
                    .certificate(.notPinned("none")),
                    "no fingerprint was given, so no certificate could be accepted: give at least one")
            }
            (authorities, pins) = (Certificates.none(), fingerprints)
        case .system: (authorities, pins) = (try SystemAuthorities.read(), nil)
        }
    }

    /// - Parameter anchors: nil: whoever comes.
    static func use(
        _ anchors: TrustAnchors?, in configuration: UnsafeMutablePointer<mbedtls_ssl_config>
    ) -> Int32 {
        mbedtls_ssl_conf_authmode(
            configuration, anchors == nil ? MBEDTLS_SSL_VERIFY_NONE : MBEDTLS_SSL_VERIFY_REQUIRED)
        if let anchors { mbedtls_ssl_conf_ca_chain(configuration, anchors.authorities.pointer, nil) }
        // Strangers are not told whom this side trusts; and the system's list is too long for a message.
        mbedtls_ssl_conf_cert_req_ca_list(configuration, Int8(MBEDTLS_SSL_CERT_REQ_CA_LIST_DISABLED))
        return 0
    }
}

/// The authorities that the operating system trusts.
enum SystemAuthorities {
    /// Debian and its kin, RHEL and its kin, SUSE, Alpine.
    static let paths = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/var/lib/ca-certificates/ca-bundle.pem",
        "/etc/ssl/cert.pem",
    ]

    /// The first list that there is.
    static func read(from paths: [String] = paths) throws(TLSFailure) -> Certificates {
        for path in paths {
            if let authorities = Certificates(bundle: path) { return authorities }
        }
        throw TLSFailure(
            .certificate(.unknownAuthority),
            "this machine has no list of authorities (\(paths.first ?? "") for example): install the package "
                + "ca-certificates, or give your authority's certificate with --ca")
    }
}
