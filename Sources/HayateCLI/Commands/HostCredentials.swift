import ArgumentParser
import Hayate

/// What whoever dials a host shows it, and how it knows it: options of `hayate daemon` and `hayate dispatcher`.
struct HostCredentials: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The file with the key of the host's pool, - for standard input (default: where a host of the same "
                + "home has left it).", valueName: "file"))
    var keyFile: String?

    @Option(
        help: ArgumentHelp(
            "The host shows a certificate, and an authority in this file has signed it; system: one that this "
                + "machine trusts.", valueName: "file"))
    var ca: String?

    @Option(
        help: ArgumentHelp(
            "The host shows the certificate with this fingerprint.", valueName: "SHA256:..."))
    var fingerprint: String?

    @Option(
        help: ArgumentHelp(
            "This side's own certificate, for a host that asks for one.", valueName: "file"))
    var certificate: String?

    @Option(
        help: ArgumentHelp(
            "Its private key, if it is not in the same file.", valueName: "file"))
    var certificateKey: String?

    @Flag(help: "Use tcp:// although nothing protects it.")
    var insecurePlaintext = false

    func validate() throws {
        if ca != nil, fingerprint != nil {
            throw ValidationError("--ca and --fingerprint are two ways to know the host: give one.")
        }
        if certificateKey != nil, certificate == nil {
            throw ValidationError("--certificate-key needs --certificate.")
        }
    }

    var credentials: DaemonCredentials {
        var credentials = DaemonCredentials()
        credentials.keyFile = keyFile
        credentials.authority = ca
        credentials.fingerprint = fingerprint
        credentials.certificate = certificate
        credentials.certificateKey = certificateKey
        return credentials
    }
}
