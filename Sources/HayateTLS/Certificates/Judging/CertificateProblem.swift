import CMbedTLS

/// What is wrong with a certificate that a peer shows.
public indirect enum CertificateProblem: Sendable, Hashable {
    /// Its last moment is over.
    case expired(String)
    /// Its first moment has not come.
    case notYetValid(String)
    /// None of the trusted authorities has signed it.
    case unknownAuthority
    /// Its fingerprint is not the one that was given.
    case notPinned(String)
    /// It is for other names than the one that was dialled.
    case wrongHost(dialled: String, names: [String])
    /// Its key or signature is too weak, in this way.
    case weak(String)
    /// It was made for something else than this.
    case wrongUse(CertificateUse)
    /// Its authority has taken it back.
    case revoked
    /// The peer has none.
    case missing
    /// It cannot be read.
    case unreadable
    /// Something is wrong with the certificate of the authority of this name that has signed it.
    case ofAuthority(String, CertificateProblem)

    /// The rest of a sentence that begins with whose certificate it is.
    var sentence: String {
        switch self {
        case .expired(let moment): "expired on \(moment): ask its owner for a new one"
        case .notYetValid(let moment): "is not valid before \(moment): check the clocks of both machines"
        case .unknownAuthority:
            "is not signed by an authority that is trusted here: give that authority's certificate with --ca"
        case .notPinned(let fingerprint):
            "has the fingerprint \(fingerprint) and not one that was given: it is another machine's, or was "
                + "replaced"
        case .wrongHost(let dialled, let names):
            "is for \(Self.list(names)) and not for \(Printable.text(dialled)): dial one of its names, or give "
                + "the host a certificate for that name"
        case .weak(let what):
            "is too weak (\(what)): at least RSA of 2048 bits or the curve P-256, P-384 or P-521 is needed, "
                + "signed with SHA-256 or better"
        case .wrongUse(.server): "was not made for a server: make it with the use serverAuth"
        case .wrongUse(.client): "was not made for a client: make it with the use clientAuth"
        case .revoked: "was taken back by its authority"
        case .missing: "is missing: start the daemon with --certificate and --certificate-key"
        case .unreadable: "cannot be read: it is damaged, or of a kind that mbedTLS does not know"
        case .ofAuthority(let name, let problem):
            "is signed by '\(Printable.text(name))', whose certificate \(problem.sentence)"
        }
    }

    /// A few of them: a certificate may have hundreds.
    private static func list(_ names: [String]) -> String {
        guard !names.isEmpty else { return "no name" }
        let first = names.prefix(4).joined(separator: ", ")
        return names.count > 4 ? first + " and \(names.count - 4) more" : first
    }

    /// The most telling problem of several is the one with the highest number: who is not known at all need
    /// not be told about names.
    var weight: Int {
        switch self {
        case .missing, .unreadable: 8
        case .unknownAuthority, .notPinned: 7
        case .revoked: 6
        case .expired, .notYetValid: 5
        case .weak: 4
        case .wrongUse: 3
        case .wrongHost: 2
        case .ofAuthority(_, let problem): problem.weight
        }
    }

    /// What makes mbedTLS refuse, and send the alert that says most to the other side.
    var flag: UInt32 {
        switch self {
        // RFC 5246 has one alert for both.
        case .expired, .notYetValid: UInt32(MBEDTLS_X509_BADCERT_EXPIRED)
        case .unknownAuthority: UInt32(MBEDTLS_X509_BADCERT_NOT_TRUSTED)
        case .notPinned: UInt32(MBEDTLS_X509_BADCERT_OTHER)
        case .wrongHost: UInt32(MBEDTLS_X509_BADCERT_CN_MISMATCH)
        case .weak, .wrongUse: UInt32(MBEDTLS_X509_BADCERT_BAD_KEY)
        case .revoked: UInt32(MBEDTLS_X509_BADCERT_REVOKED)
        case .missing: UInt32(MBEDTLS_X509_BADCERT_MISSING)
        case .unreadable: UInt32(MBEDTLS_X509_BADCERT_BAD_PK)
        case .ofAuthority(_, let problem): problem.flag
        }
    }
}
