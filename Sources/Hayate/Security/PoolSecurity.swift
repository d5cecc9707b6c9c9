import HayateTLS

/// How a pool and its daemons show each other who they are, wherever the kernel does not say it: on every
/// address but a Unix socket.
///
/// | address | by |
/// | --- | --- |
/// | `tcp://` of this machine, `ws://` | keys |
/// | `tls+tcp://` | keys; the certificate if one is set |
/// | `wss://` | a certificate outside, and keys inside |
public struct PoolSecurity: Sendable {
    /// The file with the pool's secret, as `hayate keys make` makes it. It can be replaced while the pool
    /// runs. nil: the pool makes a secret for itself, which is gone with it.
    public var keyFile: String?
    /// What the host shows at `tls+tcp://` instead of using keys, and at `wss://`.
    public var certificate: HostCertificate?
    /// Who may be a daemon at a `tls+tcp://` address with a certificate; it has to be said.
    public var clients: Clients?

    /// A host's certificate.
    public enum HostCertificate: Sendable {
        case own(OwnCertificate)
        /// One that the pool makes for itself when it starts; its daemons are told the fingerprint.
        case selfSigned
    }

    /// Daemons of a host with a certificate.
    public enum Clients: Sendable {
        /// Those with a certificate that this accepts.
        case trusted(Trust)
        /// **Whoever reaches the port** may join, get tasks and give results, as in R's mirai.
        case anybody
    }

    public init() {}
}

extension Daemons {
    /// The pool's secret is in this file; see `PoolSecurity.keyFile`.
    public func keyFile(_ path: String) -> Daemons { with { $0.security.keyFile = path } }

    /// The host shows a certificate instead of using keys, at a `tls+tcp://` address.
    ///
    /// - Parameters:
    ///   - own: its own, or one that is made when the pool starts.
    ///   - clients: whose certificates daemons must show, or `.anybody`.
    public func certificate(
        _ own: PoolSecurity.HostCertificate, clients: PoolSecurity.Clients
    ) -> Daemons {
        with {
            $0.security.certificate = own
            $0.security.clients = clients
        }
    }
}
