import Glibc
import HayateTLS
import HayateTransport
import HayateWebSocket
import Synchronization

/// What protects a daemon's connections.
///
/// A key that is in a file is looked at again before each dial: the host that comes back, or the next one at
/// the same address, may have another.
package final class DaemonSecurity: Sendable {
    private struct State {
        var security: ClientSecurity?
        /// Of which file, and of which of its versions, `security` was made.
        var source: KeySource?
    }

    /// Where a key was read, and what tells that it has changed.
    private struct KeySource: Equatable {
        var path: String
        var stamp: FileStamp?
    }

    package let endpoint: Endpoint
    private let options: DaemonOptions
    private let state = Mutex(State())

    /// Checks the address and reads what there is to be read.
    ///
    /// - Throws: `DaemonError` where tasks would cross a network unprotected, or a key or certificate cannot
    ///   be used. A key that nobody has published yet is no error: the host may come later.
    package init(_ options: DaemonOptions) throws(DaemonError) {
        self.options = options
        do throws(TransportError) {
            endpoint = try Endpoint(options.url)
        } catch {
            throw DaemonError(error.message)
        }
        guard endpoint.isProtectable || options.allowsPlaintext else {
            throw DaemonError(
                "\(options.url) would send tasks over the network unprotected: write tls+tcp:// if the host "
                    + "listens there, or spell out --insecure-plaintext")
        }
        guard !options.credentials.expectsCertificate || endpoint.scheme == .tlsTCP || endpoint.scheme == .wss
        else {
            throw DaemonError(
                "--fingerprint and --ca are for hosts that show certificates, at tls+tcp:// and wss://; "
                    + "\(options.url) goes by keys")
        }
        guard endpoint.scheme != .tlsTCP || !options.credentials.expectsCertificate
                || options.credentials.keyFile == nil
        else {
            throw DaemonError(
                "--key-file and --ca or --fingerprint are two ways to know the host at \(options.url): give the "
                    + "one that the host's own line names")
        }
        _ = try current()
    }

    /// What the next connection is protected with; nil as long as there is no key.
    ///
    /// - Throws: for a file that cannot be used. Once there was a key, it is kept if its file is spoilt later.
    package func current() throws(DaemonError) -> (@Sendable () -> Security)? {
        guard endpoint.needsCredentials(allowingPlaintext: options.allowsPlaintext) else {
            do {
                return ClientSecurity(headers: try headers()).connections(to: endpoint)
            } catch {
                throw DaemonError("\(error)")
            }
        }
        if endpoint.scheme == .tlsTCP, options.credentials.expectsCertificate {
            return try withoutKey().connections(to: endpoint)
        }
        let source = options.credentials.key == nil && options.credentials.keyFile != "-"
            ? keyPath().map { KeySource(path: $0, stamp: FileStamp(of: $0)) } : nil
        let known = state.withLock { $0.source == source ? $0.security : nil }
        if let known { return known.connections(to: endpoint) }
        do {
            guard let key = try key(from: source), let host = endpoint.host else {
                return state.withLock { $0.security }?.connections(to: endpoint)
            }
            let security = ClientSecurity(
                keys: try TLSClient(.key(key), serverName: host),
                certificate: endpoint.scheme == .wss ? try certificate() : nil,
                headers: try headers())
            state.withLock { state in
                state.security = security
                state.source = source
            }
            return security.connections(to: endpoint)
        } catch {
            if let security = state.withLock({ $0.security }) {
                return security.connections(to: endpoint)
            }
            throw DaemonError("\(error)")
        }
    }

    /// Why there is no connection, if it is for want of a key.
    package var missing: String? {
        guard endpoint.needsCredentials(allowingPlaintext: options.allowsPlaintext),
            state.withLock({ $0.security?.keys == nil && $0.security?.certificate == nil })
        else { return nil }
        return "nor was its key found, so give the file that its host names with --key-file, the key on "
            + "standard input with --key-file -, or the --fingerprint of a host that shows a certificate"
    }

    /// A host that shows a certificate and uses no keys: read once.
    private func withoutKey() throws(DaemonError) -> ClientSecurity {
        if let known = state.withLock({ $0.security }) { return known }
        do throws(TLSFailure) {
            let security = ClientSecurity(certificate: try certificate())
            state.withLock { $0.security = security }
            return security
        } catch {
            throw DaemonError(error.message)
        }
    }

    private func certificate() throws(TLSFailure) -> TLSClient {
        let credentials = options.credentials
        let trust: Trust
        if let fingerprint = credentials.fingerprint {
            trust = .pinned([try Fingerprint(fingerprint)])
        } else {
            trust = try CertificateFile.trust(credentials.authority ?? "system")
        }
        var own: OwnCertificate?
        if let file = credentials.certificate {
            own = try CertificateFile.own(certificate: file, key: credentials.certificateKey)
        }
        return try TLSClient(
            .certificate(trust: trust, own: own), serverName: endpoint.host ?? "")
    }

    /// What a proxy asks for. It crosses the network as it is, but for `wss://`.
    private func headers() throws -> [WebSocketClient.Header] {
        guard let path = options.credentials.headerFile else { return [] }
        guard endpoint.scheme == .wss || (endpoint.scheme == .ws && endpoint.isLoopback) else {
            throw DaemonError(
                "--header-file is for wss://, where nobody on the way can read its tokens, and for ws:// of "
                    + "this machine; \(options.url) is neither")
        }
        return try HeaderFile.read(path)
    }

    private func keyPath() -> String? {
        if let file = options.credentials.keyFile { return file }
        guard let host = endpoint.host, let port = endpoint.port,
            let directory = try? KeyDirectory.default()
        else { return nil }
        return directory.find(host: host, port: port)
    }

    private func key(from source: KeySource?) throws -> RoleKey? {
        if let key = options.credentials.key { return key }
        if let source { return try KeyFile.read(source.path).requiredKey(for: .daemon) }
        guard options.credentials.keyFile == "-" else { return nil }
        defer { Self.closeStandardInput() }
        return try KeyFile.read(descriptor: 0).requiredKey(for: .daemon)
    }

    /// Tasks shall not read on where the key was.
    private static func closeStandardInput() {
        let null = open("/dev/null", O_RDONLY | O_CLOEXEC)
        guard null >= 0 else { return }
        dup2(null, 0)
        close(null)
    }
}
