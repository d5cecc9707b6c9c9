import Glibc
import HayateLaunch
import HayateTestTasks
import HayateTransport
import Testing

@testable import Hayate


@Suite("A session's directory")
struct DirectoryTests {
    private let parent: TemporaryDirectory

    init() throws { parent = try TemporaryDirectory() }

    private func mode(_ path: String) -> UInt32 {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
    }

    @Test("Names that could lead elsewhere, or be taken for an option, are refused", arguments: [
        "", ".", "..", "-x", ".x", "a/b", "a b", "ä", String(repeating: "x", count: 65), "a\n",
    ])
    func badNames(_ name: String) {
        #expect(throws: HayateError.self) { try SessionDirectory(name, in: parent.path) }
    }

    @Test("Names of letters, digits, dots, underscores and hyphens are taken", arguments: ["a", "Fit_2.b-c", "9"])
    func goodNames(_ name: String) throws {
        #expect(try SessionDirectory(name, in: parent.path).path == parent.path + "/" + name)
    }

    @Test("It is made for its owner alone, and a second time changes nothing")
    func making() throws {
        let session = try SessionDirectory("fits", in: parent("sessions"))
        try session.prepare()
        #expect(mode(session.path) == 0o700)
        #expect(mode(parent("sessions")) == 0o700)
        #expect(mode(session.keyPath) == 0o600)
        let key = try String(contentsOfFile: session.keyPath, encoding: .utf8)
        try session.prepare()
        #expect(try String(contentsOfFile: session.keyPath, encoding: .utf8) == key)
    }

    @Test("A link in its place and a mode that lets others in are refused with the remedy")
    func unsafe() throws {
        let link = try SessionDirectory("link", in: parent.path)
        symlink("/tmp", link.path)
        let linked = #expect(throws: HayateError.self) { try link.prepare() }
        #expect(linked?.message.contains("symbolic link") == true || linked?.message.contains("below /tmp") == true)
        let open = try SessionDirectory("open", in: parent.path)
        mkdir(open.path, 0o700)
        chmod(open.path, 0o750)
        let error = #expect(throws: HayateError.self) { try open.prepare() }
        #expect(error?.message.contains("chmod 700 \(open.path)") == true)
    }

    @Test("What session.json says is read as it was written; damaged text is nothing")
    func record() throws {
        let session = try SessionDirectory("fits", in: parent.path)
        try session.prepare()
        #expect(try session.record() == nil)
        let record = SessionRecord(host: .current(), clientURL: "ipc:///tmp/x \"y\"/client.sock")
        try session.write(record)
        #expect(mode(session.path + "/session.json") == 0o600)
        #expect(try session.record() == record)
        #expect(SessionRecord(record.text.dropLast(9) + [0x0a]) == nil)
        #expect(SessionRecord([]) == nil)
    }

    @Test("A host that lives is running; another start of its number, another boot and its own word are not")
    func states() {
        let here = HostProcess.current()
        var record = SessionRecord(host: here, clientURL: "ipc:///x")
        #expect(record.state() == .running)
        record.host.started += 1
        #expect(record.state() == .stopped)
        record.host = here
        record.host.boot = "another"
        #expect(record.state() == .stopped)
        record.host = here
        record.host.machine = "elsewhere"
        #expect(record.state() == .elsewhere)
        record.host = here
        record.isStopped = true
        #expect(record.state() == .stopped)
    }

    @Test("The list has what is a session, by name")
    func list() throws {
        #expect(try SessionDirectory.all(in: parent("none")).isEmpty)
        for name in ["b", "a"] {
            let session = try SessionDirectory(name, in: parent.path)
            try session.prepare()
            try session.write(SessionRecord(host: .current(), clientURL: "ipc:///x", isStopped: name == "b"))
        }
        mkdir(parent("no-session"), 0o700)
        let all = try SessionDirectory.all(in: parent.path)
        #expect(all.map(\.name) == ["a", "b"])
        #expect(all.map(\.state) == [.running, .stopped])
        #expect(all.first?.process == getpid())
    }

    @Test("Without a host, a client hears how to start one")
    func connecting() async throws {
        let none = await failure { () async throws(HayateError) in try await Session.connect("fits", in: parent.path) }
        #expect(none?.code == .noSession)
        #expect(none?.message.contains("hayate session start --name fits") == true)
        let session = try SessionDirectory("fits", in: parent.path)
        try session.prepare()
        var host = HostProcess.current()
        host.machine = "login2"
        try session.write(SessionRecord(host: host, clientURL: "ipc:///x"))
        let elsewhere = await failure { () async throws(HayateError) in try await Session.connect("fits", in: parent.path) }
        #expect(elsewhere?.message.contains("login2") == true)
    }

    @Test("Sockets are in it, and where its path is too long for that in a private one that is always the same")
    func sockets() throws {
        let short = try SessionDirectory("fits", in: parent.path)
        #expect(try short.socket("pool.sock").path == short.path + "/pool.sock")
        let long = try SessionDirectory(
            String(repeating: "l", count: 64), in: parent(String(repeating: "d", count: 40)))
        try long.prepare()
        let path = try #require(try long.socket("pool.sock").path)
        #expect(path.utf8.count <= Endpoint.longestPathBytes)
        #expect(try long.socket("pool.sock").path == path)
        #expect(mode(String(path.dropLast("/pool.sock".count))) == 0o700)
        long.removeShortPlace()
        #expect(mode(String(path.dropLast("/pool.sock".count))) == 0)
    }
}

extension String {
    fileprivate init(contentsOfFile path: String) throws {
        guard let file = fopen(path, "r") else { throw TestFailure("fopen \(path): \(errno)") }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        self = String(decoding: bytes.prefix(fread(&bytes, 1, bytes.count, file)), as: UTF8.self)
    }
}
