import CSystem
import Glibc
import HayateTLS
import Testing

/// Files with secrets that others could read, replace or have made.
@Suite struct S13Tests {
    private struct Case {
        var name: String
        var path: String
        var kind: KeyFileError.Kind
        var remedy: String
    }

    @Test("S13: a secret file that others could read or replace is refused with the remedy")
    func secretFiles() throws {
        var template = Array("/tmp/hayate-s13-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        let place = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { #expect(run("/bin/rm", "-r", place)?.code == 0) }

        func make(_ name: String) throws -> String {
            let path = place + "/" + name
            try KeyFile(secrets: [PoolSecret()]).write(to: path, replacing: false)
            return path
        }
        let good = try make("good")
        let wide = try make("wide")
        let group = try make("group")
        let shared = try make("shared/key")
        try #require(chmod(wide, 0o644) == 0 && chmod(group, 0o640) == 0)
        try #require(chmod(place + "/shared", 0o770) == 0)
        let link = place + "/link"
        try #require(symlink(good, link) == 0)
        var cases = [
            Case(name: "0644", path: wide, kind: .widePermissions, remedy: "chmod 600 \(wide)"),
            Case(name: "0640", path: group, kind: .widePermissions, remedy: "chmod 600 \(group)"),
            Case(
                name: "group-writable directory", path: shared, kind: .unsafeDirectory,
                remedy: "chmod go-w \(place)/shared"),
            Case(name: "link", path: link, kind: .link, remedy: "give the path of the file itself"),
        ]
        if geteuid() == 0 {
            let foreign = try make("foreign")
            let inside = try make("theirs/key")
            try #require(chown(foreign, 65534, 65534) == 0)
            try #require(chown(place + "/theirs", 65534, 65534) == 0)
            cases += [
                Case(name: "owned by other", path: foreign, kind: .foreignOwner, remedy: "copy it"),
                Case(
                    name: "another user's directory", path: inside, kind: .unsafeDirectory,
                    remedy: "copy it to a directory of yours"),
            ]
        }

        #expect(try KeyFile.read(good).roles == KeyRole.allCases)
        #expect(check(good)?.code == 0)
        var refused = 0
        for one in cases {
            do {
                _ = try KeyFile.read(one.path)
                Issue.record("\(one.name) was accepted")
                continue
            } catch {
                #expect(error.kind == one.kind, "\(one.name)")
                #expect(error.message.contains(one.remedy), "\(error.message)")
                #expect(error.message.contains(one.path), "\(error.message)")
            }
            let said = try #require(check(one.path))
            #expect(said.code == 1)
            #expect(said.output.contains(one.remedy), "\(said.output)")
            // No command that uses it goes on either, and none leaves something behind.
            let export = run(hayate, "keys", "export", "--role", "daemon", one.path, place + "/out")
            #expect(export?.code == 2 && access(place + "/out", F_OK) != 0)
            refused += 1
        }
        #expect(refused == cases.count)
        report(
            "S13", "secret file that others could read or replace",
            "\(refused) of \(cases.count) cases refused with the remedy"
                + (cases.count == 6 ? "" : "; 2 need root and were not tried"))
    }

    private let hayate: String = {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let path = String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return path.prefix(upTo: path.lastIndex(of: "/") ?? path.endIndex) + "/hayate"
    }()

    private func check(_ path: String) -> (code: Int32, output: String)? { run(hayate, "keys", "check", path) }

    /// Runs a program and collects its standard output.
    private func run(_ words: String...) -> (code: Int32, output: String)? {
        var ends: [Int32] = [-1, -1]
        guard hayate_pipe(&ends) == 0 else { return nil }
        defer { close(ends[0]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        var arguments = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var pid: pid_t = 0
        let result = posix_spawn(&pid, words[0], &actions, nil, &arguments, environ)
        close(ends[1])
        guard result == 0 else { return nil }
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(ends[0], &buffer, buffer.count)
            if count <= 0 { break }
            output += buffer[..<count]
        }
        var status: Int32 = 0
        guard waitpid(pid, &status, 0) == pid else { return nil }
        return (status & 0x7f == 0 ? status >> 8 & 0xff : -1, String(decoding: output, as: UTF8.self))
    }
}
