import Glibc
import HayateTLS

/// What `hayate keys show` and `hayate keys check` say of certificates.
enum CertificateReport {
    /// Lines for a person about each certificate of a text.
    static func lines(pem: SecretBytes) throws -> [String] {
        try CertificateFiles.passing { lines(try Certificates(pem: pem)) }
    }

    static func lines(_ certificates: Certificates) -> [String] {
        certificates.summaries.flatMap { summary in
            [
                "  subject      \(summary.subject)",
                "  issuer       \(summary.issuer)",
                "  names        \(summary.names.isEmpty ? "none" : summary.names.joined(separator: ", "))",
                "  valid        \(summary.notBefore) to \(summary.notAfter)",
                "  key          \(summary.keyKind)",
                "  use          \(use(summary))",
                "  fingerprint  \(summary.fingerprint)",
            ]
        }
    }

    private static func use(_ summary: CertificateSummary) -> String {
        if summary.isAuthority { return "authority" }
        switch (summary.isForServers, summary.isForClients) {
        case (true, true): return "servers and clients"
        case (true, false): return "servers"
        case (false, true): return "clients"
        case (false, false): return "neither servers nor clients"
        }
    }

    /// What is wrong or will be soon, a sentence each; none if all is well.
    ///
    /// - Parameters:
    ///   - soon: how many days before the end to say so.
    ///   - now: in seconds since 1970.
    static func problems(pem: SecretBytes, soon: Int = 30, now: Int = time(nil)) throws -> [String] {
        try CertificateFiles.passing {
            try Certificates(pem: pem).summaries.flatMap { problems($0, soon, now) }
        }
    }

    private static func problems(_ summary: CertificateSummary, _ soon: Int, _ now: Int) -> [String] {
        var problems: [String] = []
        let whose = "the certificate of '\(summary.subject)'"
        let days = (summary.notAfterSeconds - now) / 86_400
        if summary.notAfterSeconds < now {
            problems.append("\(whose) expired on \(summary.notAfter): make a new one")
        } else if days < soon {
            problems.append(
                "\(whose) expires in \(days) days, on \(summary.notAfter): make a new one in time")
        }
        if now < summary.notBeforeSeconds {
            problems.append("\(whose) is not valid before \(summary.notBefore): check this machine's clock")
        }
        if let weakness = summary.weakness {
            problems.append("\(whose) is too weak (\(weakness)): peers refuse it, make a new one")
        }
        if !summary.isAuthority, summary.isForServers, summary.names.isEmpty {
            problems.append("\(whose) is for no name: it can only be pinned")
        }
        return problems
    }

    /// A new key and certificate with the names, purpose and length of a self-signed one.
    static func rotated(pem: SecretBytes) throws -> OwnCertificate {
        try CertificateFiles.passing {
            let old = try Certificates(pem: pem)
            guard let summary = old.summaries.first, summary.isSelfIssued else {
                throw CommandLineError(
                    code: .input, message: "this certificate was signed by an authority",
                    hint: "make a request with 'hayate keys request' and let the authority sign it")
            }
            let length = (summary.notAfterSeconds - summary.notBeforeSeconds) / 86_400
            let purpose: CertificateTemplate.Purpose =
                summary.isAuthority ? .authority : summary.isForServers ? .server : .client
            let template = CertificateTemplate(
                purpose, names: try summary.names.map { try CertificateName($0) },
                days: min(max(length, 1), 36_500),
                commonName: summary.subject.hasPrefix("CN=") && !summary.subject.contains(", ")
                    ? String(summary.subject.dropFirst(3)) : nil)
            let key = try PrivateKey.generate()
            return try OwnCertificate(chain: try template.selfSigned(with: key), key: key)
        }
    }
}
