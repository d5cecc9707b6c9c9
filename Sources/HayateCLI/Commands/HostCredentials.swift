import ArgumentParser
import Hayate

/// What whoever dials a host shows it, and how it knows it: options of `hayate daemon` and `hayate dispatcher`.
struct HostCredentials: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The file with the daemons' key of the host's pool, - for standard input (default: where a host of "
                + "the same home has left it).", valueName: "file"))
    var keyFile: String?

    @Option(
        help: ArgumentHelp(
            "Take a host with a certificate that an authority in this file has signed; system: one that this "
                + "machine trusts.", valueName: "file"))
    var ca: String?

    @Option(
        help: ArgumentHelp(
            "Take the host whose certificate has this fingerprint, whoever has signed it.", valueName: "SHA256:..."))
    var fingerprint: String?

    @Option(
        help: ArgumentHelp(
            "This side's own certificate, for a host that asks for one.", valueName: "file"))
    var certificate: String?

    @Option(
        help: ArgumentHelp(
            "Its private key, if it is not in the same file.", valueName: "file"))
    var certificateKey: String?

    @Option(
        help: ArgumentHelp(
            "Lines for the request at ws:// and wss:// that a proxy asks for, as Name: value.",
            valueName: "file"))
    var headerFile: String?

    @Flag(
        help: "Use tcp:// or ws:// unprotected: others on the way can read all, join, and run what they like.")
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
        credentials.headerFile = headerFile
        return credentials
    }
}
