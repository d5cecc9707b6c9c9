import ArgumentParser
import Hayate

/// Where daemons of other machines may join: options of `hayate map` and `hayate run`.
struct ListenOptions: ParsableArguments, Sendable {
    @Option(
        help: ArgumentHelp(
            "Let daemons connect here as well, for example tls+tcp://10.1.0.7:9001; start them with "
                + "hayate daemon.", valueName: "url"))
    var listen: String?

    @Option(
        help: ArgumentHelp(
            "The pool's secret, as hayate keys make writes it (default: a new one for this run).",
            valueName: "file"))
    var poolKey: String?

    @Flag(help: "Use tcp:// although nothing protects it.")
    var insecurePlaintext = false

    func validate() throws {
        guard listen == nil else { return }
        if poolKey != nil { throw ValidationError("--pool-key needs --listen.") }
        if insecurePlaintext { throw ValidationError("--insecure-plaintext needs --listen.") }
    }

    /// The pool of these options.
    func pool(of daemons: Int) -> Daemons {
        Daemons.local(daemons).with {
            $0.url = listen
            $0.allowsPlaintext = insecurePlaintext
            if let poolKey { $0.security = .keyFile(poolKey) }
        }
    }

    /// What somebody has to type to start a daemon elsewhere.
    static func invitation(to pool: Pool) -> String {
        let key = pool.daemonKeyFile.map { " --key-file \($0)" } ?? ""
        return "hayate: listening at \(pool.url); to join: hayate daemon\(key) \(pool.url)\n"
    }
}
