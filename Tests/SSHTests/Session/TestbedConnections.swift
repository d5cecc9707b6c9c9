import Glibc
import HayateLaunch
import Testing

@testable import HayateSSH

extension SSHTestbed {
    /// One that another process has started.
    init(environment: [String: String]) { self.environment = environment }

    /// One of the servers, without looking at the configuration.
    func destination(_ name: String) async throws -> SSHDestination {
        let place = try await place(of: name)
        var destination = SSHDestination(
            named: RemoteHost(host: name), hostName: place.host, port: place.port, user: "root")
        destination.identities = ["\(client)/id_ed25519"]
        destination.identitiesOnly = true
        destination.knownHosts = ["\(client)/known_hosts"]
        return destination
    }

    /// A connection to the last of these servers through those before it.
    func connect(_ names: [String], change: (inout SSH) -> Void = { _ in }) async throws -> SSHConnection {
        var route: [SSHDestination] = []
        for name in names { route.append(try await destination(name)) }
        var ssh = ssh
        change(&ssh)
        return try await SSHConnection.open(RemoteHost(host: names[names.count - 1]), ssh, route: route)
    }

    /// Does something with a connection, and closes it.
    func withConnection(
        _ names: String..., change: (inout SSH) -> Void = { _ in }, _ body: (SSHConnection) async throws -> Void
    ) async throws {
        let connection = try await connect(names, change: change)
        do {
            try await body(connection)
        } catch {
            await connection.close()
            throw error
        }
        await connection.close()
    }
}

/// The descriptors that this process has open, as what they are.
func openDescriptors() -> [String] {
    entries(of: "/proc/self/fd").compactMap { name in
        var target = [UInt8](repeating: 0, count: 4096)
        let count = readlink("/proc/self/fd/\(name)", &target, target.count)
        // The list itself is open while it is read.
        guard count > 0, fcntl(Int32(name) ?? -1, F_GETFD) >= 0 else { return nil }
        return "\(name) \(String(decoding: target[..<count], as: UTF8.self))"
    }
}

/// The threads of this process.
func threads() -> [String] { entries(of: "/proc/self/task") }

func entries(of directory: String) -> [String] {
    guard let list = opendir(directory) else { return [] }
    defer { closedir(list) }
    var names: [String] = []
    while let entry = readdir(list) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
}

/// Waits for something that is about to happen, for half a minute at most.
func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
    for _ in 0..<3000 {
        if try await condition() { return true }
        try await Task.sleep(for: .milliseconds(10))
    }
    return false
}
