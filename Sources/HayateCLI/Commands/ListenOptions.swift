import ArgumentParser
import Hayate
import HayateTLS

/// Where daemons of other machines may join: options of `hayate map`.
struct ListenOptions: ParsableArguments, Sendable {
    /// The names of all of them, for whoever looks for a mistyped one.
    static let names = [
        "--listen", "--pool-key", "--certificate", "--certificate-key", "--client-ca", "--insecure-plaintext",
    ]

    @Option(
        help: ArgumentHelp(
            "Let daemons of other machines join here, for example tls+tcp://10.1.0.7:9001.",
            valueName: "url"))
    var listen: String?

    @Option(
        help: ArgumentHelp(
            "The pool's secret, as hayate keys make writes it (default: a new one for this run).",
            valueName: "file"))
    var poolKey: String?

    @Option(
        help: ArgumentHelp(
            "Show this certificate to daemons, instead of using keys; self-signed: one made for this run.",
            valueName: "file"))
    var certificate: String?

    @Option(
        help: ArgumentHelp("Its private key, if it is not in the same file.", valueName: "file"))
    var certificateKey: String?

    @Option(
        help: ArgumentHelp(
            "With a certificate: daemons must show one that an authority in this file has signed; anybody: they "
                + "need none, and whoever reaches the port can join.", valueName: "file"))
    var clientCa: String?

    @Flag(
        help: "Use tcp:// or ws:// unprotected: others on the way can read all, join, and run what they like.")
    var insecurePlaintext = false

    func validate() throws {
        if certificateKey != nil, certificate == nil {
            throw ValidationError("--certificate-key needs --certificate.")
        }
        // At wss:// keys inside say who may join.
        if (certificate == nil) != (clientCa == nil), listen?.hasPrefix("wss://") != true {
            throw ValidationError(
                "--certificate and --client-ca belong together: the host shows who it is, and so do daemons; "
                    + "with --client-ca anybody they need not, and whoever reaches the port can join.")
        }
        if poolKey != nil, certificate != nil, listen?.hasPrefix("wss://") != true {
            throw ValidationError("--pool-key and --certificate are two ways to know daemons: give one.")
        }
        if insecurePlaintext, let listen, listen.hasPrefix("tls+tcp://") || listen.hasPrefix("wss://") {
            throw ValidationError("--insecure-plaintext is for tcp:// and ws://, and \(listen) is neither.")
        }
        guard listen == nil else { return }
        if certificate != nil { throw ValidationError("--certificate needs --listen.") }
        if poolKey != nil { throw ValidationError("--pool-key needs --listen.") }
        if insecurePlaintext { throw ValidationError("--insecure-plaintext needs --listen.") }
    }

    /// A pool that others can join as these options say.
    /// - Throws: `HayateError.transport` for a certificate that cannot be used.
    func pool(of daemons: Daemons) throws(HayateError) -> Daemons {
        var pool = daemons
        pool.url = listen
        pool.allowsPlaintext = insecurePlaintext
        pool.security.keyFile = poolKey
        do throws(TLSFailure) {
            if let certificate {
                pool.security.certificate = certificate == "self-signed"
                    ? .selfSigned
                    : .own(try CertificateFile.own(certificate: certificate, key: certificateKey))
            }
            if let clientCa {
                pool.security.clients = clientCa == "anybody"
                    ? .anybody : .trusted(try CertificateFile.trust(clientCa))
            }
        } catch {
            throw HayateError(.transport, error.message)
        }
        return pool
    }

    /// What somebody has to type into a shell to start a daemon elsewhere.
    static func invitation(to pool: Pool) -> String {
        let words = pool.daemonOptions.map { " " + PathText.word($0) }.joined()
        var certificate = ""
        if case .trusted? = pool.daemons.security.clients { certificate = " --certificate FILE --certificate-key FILE" }
        return "hayate: listening at \(pool.url); to join: "
            + "hayate daemon\(words)\(certificate) \(PathText.word(pool.urlForOthers))\n"
    }
}
