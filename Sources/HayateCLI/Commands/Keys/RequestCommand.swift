import ArgumentParser
import HayateTLS

/// `hayate keys request`: makes a key and a request that an authority elsewhere signs.
struct RequestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "request",
        abstract: "Make a private key and a request for an authority to sign.",
        discussion: """
            Writes PREFIX.csr for the authority and PREFIX.key, which stays here.

              hayate keys request --name node1.cluster host
            """)

    @OptionGroup var names: NameOptions

    @Flag(help: "For a client and not for a server.")
    var client = false

    @Argument(help: ArgumentHelp("What the names of the two files begin with.", valueName: "prefix"))
    var prefix: String

    func run() throws {
        let environment = ProgramEnvironment.current
        try CertificateFiles.passing {
            let template = CertificateTemplate(client ? .client : .server, names: try names.parsed)
            let key = try PrivateKey.generate(names.key)
            let request = try template.request(with: key)
            try CertificateFiles.write(try key.pem(), to: prefix + ".key")
            try CertificateFiles.write(request, to: prefix + ".csr")
        }
        environment.write(
            "\(prefix).key: the private key; keep it here\n\(prefix).csr: send this to the authority\n",
            to: environment.output)
    }
}
