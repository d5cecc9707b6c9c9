/// What is wrong with a certificate that a peer shows.
public enum CertificateProblem: Sendable, Hashable {
    /// Its last day is over.
    case expired(String)
    /// Its first day has not come.
    case notYetValid(String)
    /// None of the trusted authorities has signed it.
    case unknownAuthority
    /// Its fingerprint is not the one that was given.
    case notPinned(String)
    /// It is for other names than the one that was dialled.
    case wrongHost(dialled: String, names: [String])
    /// Its key or signature is too weak.
    case weak
    /// Its use is not that of a server or client.
    case wrongUse
    /// Its authority has taken it back.
    case revoked
    /// The peer has none.
    case missing
    /// It cannot be read.
    case unreadable

    /// The rest of a sentence that begins with whose certificate it is.
    var sentence: String {
        switch self {
        case .expired(let day): "expired on \(day): ask its owner for a new one"
        case .notYetValid(let day): "is not valid before \(day): check the clocks of both machines"
        case .unknownAuthority:
            "is not signed by an authority that is trusted here: give that authority's certificate with --ca"
        case .notPinned(let fingerprint):
            "has the fingerprint \(fingerprint) and not the one that was given: it is another host, or its "
                + "certificate was replaced"
        case .wrongHost(let dialled, let names):
            "is for \(names.isEmpty ? "no name" : names.joined(separator: ", ")) and not for \(dialled): dial "
                + "one of its names, or give the host a certificate for that name"
        case .weak: "has a key or a signature that is too weak: RSA of 2048 bits or a curve of 256, with SHA-256, "
            + "is the least"
        case .wrongUse: "was not made for this use"
        case .revoked: "was taken back by its authority"
        case .missing: "is missing: start it with --certificate and --certificate-key"
        case .unreadable: "cannot be read"
        }
    }
}
