import CLibSSH
import Dispatch
import Glibc
import HayateLaunch
import Testing

@testable import HayateSSH

/// A connection to one machine by the steps alone: settings, socket, key, login.
enum PlainLogin {
    /// - Returns: what `echo` there says.
    @discardableResult
    static func run(_ name: String, _ ssh: SSH) async throws -> String {
        let host = try RemoteHost(name)
        return try await onThread { try connect(host, ssh) }
    }

    /// Only the machine's key, before anybody logs in.
    static func check(_ name: String, _ ssh: SSH) async throws {
        let host = try RemoteHost(name)
        try await onThread { try withSession(host, ssh) { _, _ in } }
    }

    /// Logs in to a server that does nothing else.
    static func logIn(_ name: String, _ ssh: SSH) async throws {
        let host = try RemoteHost(name)
        try await onThread {
            try withSession(host, ssh) { session, destination in
                try Authentication.logIn(session, destination, ssh)
            }
        }
    }

    /// The error that it fails with.
    static func failure(
        _ name: String, _ ssh: SSH, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> RemoteError {
        try await #require(throws: RemoteError.self, sourceLocation: sourceLocation) { try await run(name, ssh) }
    }

    /// The settings alone.
    static func configures(_ destination: SSHDestination) throws {
        let session = try #require(ssh_new())
        defer { ssh_free(session) }
        try destination.configure(session)
    }

    /// Runs what waits where it does not keep other tests waiting.
    static func onThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Swift.Result { try body() }) }
        }
    }

    private static func connect(_ host: RemoteHost, _ ssh: SSH) throws -> String {
        try withSession(host, ssh) { session, destination in
            try Authentication.logIn(session, destination, ssh)
            let channel = try #require(ssh_channel_new(session))
            defer { ssh_channel_free(channel) }
            try #require(ssh_channel_open_session(channel) == SSH_OK)
            try #require(ssh_channel_request_exec(channel, "echo in") == SSH_OK)
            var bytes = [UInt8](repeating: 0, count: 100)
            let count = ssh_channel_read(channel, &bytes, 100, 0)
            return String(decoding: bytes.prefix(max(0, Int(count))), as: UTF8.self)
        }
    }

    private static func withSession<Result>(
        _ host: RemoteHost, _ ssh: SSH, _ body: (ssh_session, SSHDestination) throws -> Result
    ) throws -> Result {
        let destination = try SSHDestination.resolve(host, ssh)
        var descriptor = try dial(destination)
        let identity = identity(of: descriptor)
        // libssh closes it if the other side ended the connection, and leaves it open otherwise.
        defer { if self.identity(of: descriptor) == identity { close(descriptor) } }
        let session = try #require(ssh_new())
        defer { ssh_free(session) }
        try destination.configure(session)
        ssh_options_set(session, SSH_OPTIONS_FD, &descriptor)
        var limit = 20
        ssh_options_set(session, SSH_OPTIONS_TIMEOUT, &limit)
        let rc = ssh_connect(session)
        try #require(rc == SSH_OK, "\(String(cString: ssh_get_error(UnsafeMutableRawPointer(session))))")
        defer { ssh_disconnect(session) }
        try HostKeyCheck.check(session, destination, ssh)
        return try body(session, destination)
    }

    private static func identity(of descriptor: Int32) -> ino_t? {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? status.st_ino : nil
    }

    private static func dial(_ destination: SSHDestination) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        try #require(descriptor >= 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = destination.port.bigEndian
        try #require(inet_pton(AF_INET, destination.hostName, &address.sin_addr) == 1)
        let rc = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(rc == 0)
        return descriptor
    }
}
