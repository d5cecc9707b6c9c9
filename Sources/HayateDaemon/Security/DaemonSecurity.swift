import Glibc
import HayateTLS
import HayateTransport

/// Makes of a daemon's options what protects its connections.
package enum DaemonSecurity {
    /// The address of the host. Throws where tasks would cross a network unprotected.
    package static func endpoint(of options: DaemonOptions) throws(DaemonError) -> Endpoint {
        let endpoint: Endpoint
        do {
            endpoint = try Endpoint(options.url)
        } catch {
            throw DaemonError(error.message)
        }
        guard endpoint.isProtectable || options.allowsPlaintext else {
            throw DaemonError(
                "\(options.url) would send tasks over the network unprotected: write tls+tcp:// if the host "
                    + "listens there, or spell out --insecure-plaintext")
        }
        return endpoint
    }

    /// Reads the key and certificates. Throws with the file and the remedy.
    package static func client(
        for options: DaemonOptions, at endpoint: Endpoint
    ) throws(DaemonError) -> ClientSecurity {
        guard endpoint.needsCredentials(allowingPlaintext: options.allowsPlaintext),
            let host = endpoint.host
        else { return ClientSecurity() }
        do {
            let key = try key(for: options, at: endpoint)
            return ClientSecurity(keys: try TLSClient(.key(key), serverName: host))
        } catch let error as DaemonError {
            throw error
        } catch {
            throw DaemonError("\(error)")
        }
    }

    private static func key(
        for options: DaemonOptions, at endpoint: Endpoint
    ) throws -> RoleKey {
        let credentials = options.credentials
        if let key = credentials.key { return key }
        if credentials.keyFile == "-" {
            defer { closeStandardInput() }
            return try KeyFile.read(descriptor: 0).requiredKey(for: .daemon)
        }
        if let file = credentials.keyFile { return try KeyFile.read(file).requiredKey(for: .daemon) }
        if let host = endpoint.host, let port = endpoint.port,
            let file = try KeyDirectory.default().find(host: host, port: port)
        {
            return try KeyFile.read(file).requiredKey(for: .daemon)
        }
        throw DaemonError(
            "the key of the pool at \(options.url) is not known: give the file that its host names with "
                + "--key-file, or --key-file - and the key on standard input")
    }

    /// Tasks shall not read on where the key was.
    private static func closeStandardInput() {
        let null = open("/dev/null", O_RDONLY | O_CLOEXEC)
        guard null >= 0 else { return }
        dup2(null, 0)
        close(null)
    }
}
