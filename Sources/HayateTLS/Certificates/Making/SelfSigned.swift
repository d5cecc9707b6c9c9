/// A certificate for a host that was given none: made at its start, with a key that lives in its memory
/// alone, and told to its daemons by fingerprint or as a whole.
public enum SelfSigned {
    public struct Made: Sendable {
        public let own: OwnCertificate
        /// For daemons of other makes, which want a file.
        public let certificatePEM: String
        public let fingerprint: Fingerprint
    }

    /// - Parameters:
    ///   - host: the name or address by which it is dialled.
    ///   - days: it is worthless when the process is over, so this is only longer than any host runs.
    public static func make(for host: String, days: Int = 3_650) throws(TLSFailure) -> Made {
        let template = CertificateTemplate(.server, names: [try CertificateName(host)], days: days)
        let key = try PrivateKey.generate()
        let certificate = try template.selfSigned(with: key)
        return Made(
            own: try OwnCertificate(chain: certificate, key: key), certificatePEM: certificate.pem,
            fingerprint: certificate.fingerprint)
    }
}
