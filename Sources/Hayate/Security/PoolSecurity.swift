import HayateTLS

/// How a pool and its daemons show each other who they are, wherever the kernel does not say it: on every
/// address but a Unix socket.
public enum PoolSecurity: Sendable {
    /// By a secret of the pool's own, made when it starts and gone with it.
    case ownKeys
    /// By the secret in a file that `hayate keys make` has made. It can be replaced while the pool runs.
    case keyFile(String)
    /// The host by a certificate; daemons by one that `clients` trusts. nil: **whoever reaches the port may
    /// join as a daemon**, get tasks and give results, as in R's mirai.
    case certificate(OwnCertificate, clients: Trust?)
    /// As `certificate`, with one that the pool makes for itself when it starts; its daemons are told the
    /// fingerprint.
    case selfSigned(clients: Trust?)
}

extension Daemons {
    /// The pool's secret is in this file; see `PoolSecurity.keyFile`.
    public func keyFile(_ path: String) -> Daemons { with { $0.security = .keyFile(path) } }

    /// The host shows a certificate instead of using keys, at a `tls+tcp://` address.
    ///
    /// - Parameter clients: whose certificates daemons must show. nil: anybody may be a daemon who reaches
    ///   the port.
    public func certificate(_ own: OwnCertificate, clients: Trust?) -> Daemons {
        with { $0.security = .certificate(own, clients: clients) }
    }

    /// The same with a certificate that is made when the pool starts.
    public func selfSigned(clients: Trust?) -> Daemons { with { $0.security = .selfSigned(clients: clients) } }
}
