import ArgumentParser
import Glibc
import HayateTLS

/// `hayate keys certificate`: makes a certificate and its key.
struct CertificateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "certificate",
        abstract: "Make a certificate and its private key.",
        discussion: """
            Writes PREFIX.crt, and PREFIX.key, which only you can read. Without an
            authority the certificate is signed by its own key, and its fingerprint is
            what daemons need.

              hayate keys certificate --as-authority --name cluster authority
              hayate keys certificate --name node1 --name 10.0.0.1 \\
                --authority authority.crt --authority-key authority.key host
            """)

    @OptionGroup var names: NameOptions

    @Option(help: ArgumentHelp("How long it is valid; 1 to 36500.", valueName: "days"))
    var days = 365

    @Option(help: ArgumentHelp("The certificate of the authority that signs.", valueName: "file"))
    var authority: String?

    @Option(help: ArgumentHelp("The authority's private key.", valueName: "file"))
    var authorityKey: String?

    @Flag(help: "Make an authority, which signs others.")
    var asAuthority = false

    @Flag(help: "Make it for a client and not for a server.")
    var client = false

    @Argument(help: ArgumentHelp("What the names of the two files begin with.", valueName: "prefix"))
    var prefix: String

    func validate() throws {
        guard (authority == nil) == (authorityKey == nil) else {
            throw ValidationError("give both --authority and --authority-key, or neither")
        }
        guard !(asAuthority && client) else {
            throw ValidationError("a certificate is --as-authority or for a --client, not both")
        }
    }

    func run() throws {
        let environment = ProgramEnvironment.current
        let lines = try CertificateFiles.passing { try make() }
        environment.write(lines.joined(separator: "\n") + "\n", to: environment.output)
    }

    private func make() throws -> [String] {
        let template = CertificateTemplate(
            asAuthority ? .authority : client ? .client : .server, names: try names.parsed, days: days)
        let key = try PrivateKey.generate(names.key)
        let made: Certificates
        if let authority, let authorityKey {
            let chain = try Certificates(pem: CertificateFiles.read(authority))
            let signer = try OwnCertificate(
                chain: chain, key: try PrivateKey(pem: SecretFile.read(authorityKey)))
            made = try template.signed(by: signer, for: key)
        } else {
            made = try template.selfSigned(with: key)
        }
        guard access(prefix + ".crt", F_OK) != 0 else {
            throw CommandLineError(
                code: .output, message: "\(prefix).crt is there already",
                hint: "certificates are never overwritten: move it away, or give another name")
        }
        try CertificateFiles.write(try key.pem(), to: prefix + ".key")
        try CertificateFiles.write(made.pem, to: prefix + ".crt")
        return ["\(prefix).key: the private key; keep it here", "\(prefix).crt:"]
            + CertificateReport.lines(made)
    }
}

/// Options that certificates and requests share.
struct NameOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A name or address that it is for; may be given again.", valueName: "host"))
    var name: [String] = []

    @Option(help: "The kind of key: p256, p384, rsa2048, rsa3072 or rsa4096.")
    var keyKind = "p256"

    var parsed: [CertificateName] {
        get throws { try name.map { try CertificateName($0) } }
    }

    var key: PrivateKey.NewKind {
        switch keyKind {
        case "p384": .p384
        case "rsa2048": .rsa(2_048)
        case "rsa3072": .rsa(3_072)
        case "rsa4096": .rsa(4_096)
        default: .p256
        }
    }

    func validate() throws {
        guard !name.isEmpty else {
            throw ValidationError("give the name or address that it is for with --name")
        }
        guard ["p256", "p384", "rsa2048", "rsa3072", "rsa4096"].contains(keyKind) else {
            throw ValidationError(
                "'\(keyKind)' is no kind of key: give p256, p384, rsa2048, rsa3072 or rsa4096")
        }
    }
}
