import Glibc
import HayateLaunch
import Testing

@testable import HayateSSH

@Suite("Files for other machines",
    .enabled("OpenSSH can run here") { await SSHTestbed.isPossible() }, .serialized, .sshServers("plain")
)
struct UploadTests {
    private var servers: SSHTestbed { SSHTestbed.current }

    /// Does something in a directory of its own, which both sides see.
    private func withDirectory(_ body: (String) async throws -> Void) async throws {
        var template = Array("/tmp/hayate-upload-XXXXXX".utf8CString)
        let path = try #require(mkdtemp(&template).map { String(cString: $0) })
        do { try await body(path) } catch {
            removeDirectory(path)
            throw error
        }
        removeDirectory(path)
    }

    private func removeDirectory(_ path: String) {
        for name in entries(of: path) {
            unlink("\(path)/\(name)")
            rmdir("\(path)/\(name)")
        }
        rmdir(path)
    }

    private func bytes(of path: String) -> [UInt8]? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 20)
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
        return bytes
    }

    private func mode(of path: String) -> UInt32? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o7777 : nil
    }

    private func noise(_ count: Int) -> [UInt8] {
        var state: UInt64 = 88172645463325252
        return (0..<count).map { _ in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return UInt8(truncatingIfNeeded: state)
        }
    }

    /// As the server has it, and one that it does not have, as if it had no SFTP.
    private static let subsystems = ["sftp", "no-such-subsystem"]

    @Test("bytes arrive as they are with their permissions, and nothing lies beside them",
        arguments: subsystems, [0, 1, 131_072, 3_000_001])
    func bytesArrive(subsystem: String, count: Int) async throws {
        try await withDirectory { directory in
            try await servers.withConnection("plain") { connection in
                let content = noise(count)
                try await connection.upload(
                    .bytes(content), to: "\(directory)/it's a file", mode: 0o600, subsystem: subsystem)
                #expect(bytes(of: "\(directory)/it's a file") == content)
                #expect(mode(of: "\(directory)/it's a file") == 0o600)
                #expect(entries(of: directory) == ["it's a file"])
            }
        }
    }

    @Test("a file of 30 MB arrives as it is, and may be run") func bigFile() async throws {
        try await withDirectory { directory in
            try await servers.withConnection("plain") { connection in
                let content = noise(30_000_000)
                let file = try #require(fopen("\(directory)/here", "we"))
                fwrite(content, 1, content.count, file)
                fclose(file)
                try await connection.upload(.file("\(directory)/here"), to: "\(directory)/there", mode: 0o700)
                #expect(bytes(of: "\(directory)/there") == content)
                #expect(mode(of: "\(directory)/there") == 0o700)
            }
        }
    }

    @Test("a file takes the place of another one, also with other permissions", arguments: subsystems)
    func replaces(subsystem: String) async throws {
        try await withDirectory { directory in
            try await servers.withConnection("plain") { connection in
                for (text, mode) in [("first and long", 0o755), ("2", 0o600), ("", 0o644)] as [(String, UInt32)] {
                    try await connection.upload(
                        .bytes(Array(text.utf8)), to: "\(directory)/f", mode: mode, subsystem: subsystem)
                    #expect(bytes(of: "\(directory)/f") == Array(text.utf8))
                    #expect(self.mode(of: "\(directory)/f") == mode)
                }
                #expect(entries(of: directory) == ["f"])
            }
        }
    }

    @Test("a path without a slash in front begins at the home directory") func home() async throws {
        try await servers.withConnection("plain") { connection in
            let name = ".hayate-test-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
            try await connection.upload(.bytes([104, 105]), to: name, mode: 0o600)
            let answer = await connection.run(script: "cat ~/\(name); rm ~/\(name)", timeLimit: .seconds(20))
            #expect(answer.succeeded && answer.output == "hi")
        }
    }

    @Test("many files go up at the same time, beside commands") func manyAtOnce() async throws {
        try await withDirectory { directory in
            try await servers.withConnection("plain") { connection in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<20 {
                        group.addTask {
                            try await connection.upload(
                                .bytes(Array("file \(number)".utf8)), to: "\(directory)/\(number)", mode: 0o600)
                        }
                        group.addTask {
                            let answer = await connection.run(script: "exit \(number)", timeLimit: .seconds(60))
                            #expect(answer.end == .process(.exited(code: Int32(number))))
                        }
                    }
                    try await group.waitForAll()
                }
                for number in 0..<20 { #expect(bytes(of: "\(directory)/\(number)") == Array("file \(number)".utf8)) }
            }
        }
    }

    @Test("what stands in the way is said, and nothing is left there", arguments: subsystems)
    func refused(subsystem: String) async throws {
        try await withDirectory { directory in
            mkdir("\(directory)/sub", 0o700)
            try await servers.withConnection("plain") { connection in
                for (path, part) in [
                    ("/proc/file", "/proc/file"), ("\(directory)/none/f", "\(directory)/none/f"),
                    ("\(directory)/sub", "directory is in its place"), ("\(directory)/", "names no file"),
                ] {
                    let error = await #expect(throws: RemoteError.self) {
                        try await connection.upload(.bytes(noise(300_000)), to: path, mode: 0o600, subsystem: subsystem)
                    }
                    #expect(error?.step == .upload && error?.host == "plain" && error?.isTransient == false)
                    #expect(error?.reason.contains(part) == true, "\(error as Any)")
                }
                #expect(entries(of: directory) == ["sub"])
                let error = await #expect(throws: RemoteError.self) {
                    try await connection.upload(
                        .file("\(directory)/nothing"), to: "\(directory)/f", mode: 0o600, subsystem: subsystem)
                }
                #expect(error?.reason.contains("\(directory)/nothing cannot be read here") == true)
            }
        }
    }

    @Test("a full file system is told, and its part of the file goes") func fullDisk() async throws {
        try await withDirectory { directory in
            mkdir("\(directory)/small", 0o700)
            guard mount("tmpfs", "\(directory)/small", "tmpfs", 0, "size=1m") == 0 else { return }
            defer { umount("\(directory)/small") }
            try await servers.withConnection("plain") { connection in
                let error = await #expect(throws: RemoteError.self) {
                    try await connection.upload(.bytes(noise(5_000_000)), to: "\(directory)/small/f", mode: 0o600)
                }
                #expect(error?.reason.contains("disk is full") == true, "\(error as Any)")
                #expect(entries(of: "\(directory)/small").isEmpty)
                // The connection goes on.
                #expect(await connection.run(script: "echo on", timeLimit: .seconds(20)).output == "on\n")
            }
        }
    }
}
