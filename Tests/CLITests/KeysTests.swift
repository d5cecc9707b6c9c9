import Foundation
import HayateTLS
import Testing

@testable import HayateCLI

@Suite struct KeysTests {
    private func contains(_ text: String, aKeyOf path: String) throws -> Bool {
        try read(path).split(separator: "\n").contains { line in
            !line.hasPrefix("#") && text.contains(line.suffix(64))
        }
    }

    @Test func makeExportShow() async throws {
        try await withTemporaryDirectory { directory in
            let (pool, daemon) = (directory + "/pool", directory + "/daemon")
            let made = try await hayate(["keys", "make", pool])
            #expect(made.code == 0 && made.error == "")
            let secret = try #require(KeyFile.read(pool).requiredSecrets().first)
            #expect(made.output.contains(secret.id))
            let exported = try await hayate(["keys", "export", "--role", "daemon", pool, daemon])
            #expect(exported.code == 0)
            #expect(try KeyFile.read(daemon).acceptedKeys == [secret.key(for: .daemon)])
            let shown = try await hayate(["keys", "show", pool])
            #expect(shown.code == 0 && shown.error == "")
            for text in [secret.id, secret.key(for: .daemon).id, "the secret of a pool", "600", " ago"] {
                #expect(shown.output.contains(text), "\(text): \(shown.output)")
            }
            let shownKey = try await hayate(["keys", "show", daemon])
            #expect(shownKey.output.contains("a daemon key"))
            for result in [made, exported, shown, shownKey] {
                for path in [pool, daemon] {
                    #expect(try !contains(result.output + result.error, aKeyOf: path))
                }
            }
        }
    }

    @Test func exportToStandardOutput() async throws {
        try await withTemporaryDirectory { directory in
            let pool = directory + "/pool"
            #expect(try await hayate(["keys", "make", pool]).code == 0)
            let result = try await hayate(["keys", "export", "--role", "monitor", pool, "-"])
            #expect(result.code == 0 && result.error == "")
            let file = try KeyFile(parsing: SecretBytes(Array(result.output.utf8)), source: "output")
            #expect(try file.acceptedKeys == [KeyFile.read(pool).requiredKey(for: .monitor)])
        }
    }

    @Test func aTerminalGetsNoKey() async throws {
        try await withTemporaryDirectory { directory in
            let pool = directory + "/pool"
            #expect(try await hayate(["keys", "make", pool]).code == 0)
            let terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
            let errors = open(directory + "/err", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            defer { close(terminal); close(errors) }
            var environment = ProgramEnvironment()
            (environment.output, environment.error) = (terminal, errors)
            let code = await HayateCommandLine.run(
                ["keys", "export", "--role", "daemon", pool, "-"], environment)
            #expect(code == 2)
            let said = try read(directory + "/err")
            #expect(said.contains("standard output is a terminal"), "\(said)")
            var waiting = pollfd(fd: terminal, events: Int16(POLLIN), revents: 0)
            #expect(poll(&waiting, 1, 0) == 0, "nothing was written to it")
        }
    }

    @Test func nothingIsOverwritten() async throws {
        try await withTemporaryDirectory { directory in
            let pool = directory + "/pool"
            #expect(try await hayate(["keys", "make", pool]).code == 0)
            let before = try read(pool)
            for arguments in [["make", pool], ["export", "--role", "client", pool, pool]] {
                let result = try await hayate(["keys"] + arguments)
                #expect(result.code == 2 && result.output == "")
                #expect(result.error.hasPrefix("hayate: \(pool) exists"), "\(result.error)")
            }
            #expect(try read(pool) == before)
        }
    }

    @Test func rotation() async throws {
        try await withTemporaryDirectory { directory in
            let pool = directory + "/pool"
            #expect(try await hayate(["keys", "make", pool]).code == 0)
            let old = try KeyFile.read(pool).id
            #expect(try await hayate(["keys", "rotate", "--forget-old", pool]).code == 0)
            #expect(try KeyFile.read(pool).ids == [old], "there was nothing to forget")
            let rotated = try await hayate(["keys", "rotate", pool])
            #expect(rotated.code == 0)
            let ids = try KeyFile.read(pool).ids
            #expect(ids.count == 2 && ids[1] == old && rotated.output.contains(ids[0]))
            let shown = try await hayate(["keys", "show", pool])
            #expect(shown.output.contains("\(old)  (old, still accepted)"))
            let forgotten = try await hayate(["keys", "rotate", "--forget-old", pool])
            #expect(forgotten.code == 0 && forgotten.output.contains(old))
            #expect(try KeyFile.read(pool).ids == [ids[0]])
            for _ in 1..<KeyFile.maximumKeys {
                #expect(try await hayate(["keys", "rotate", pool]).code == 0)
            }
            let full = try await hayate(["keys", "rotate", pool])
            #expect(full.code == 2 && full.error.contains("--forget-old"))
            #expect(try KeyFile.read(pool).ids.count == KeyFile.maximumKeys)
        }
    }

    @Test func aRolesKeyIsNoSecret() async throws {
        try await withTemporaryDirectory { directory in
            let key = directory + "/key"
            try KeyFile(keys: [PoolSecret().key(for: .monitor)]).write(to: key, replacing: false)
            for arguments in [["rotate", key], ["export", "--role", "daemon", key, key + "2"]] {
                let result = try await hayate(["keys"] + arguments)
                #expect(result.code == 2)
                #expect(result.error.contains("holds a monitor key"), "\(result.error)")
            }
        }
    }

    @Test func checkSaysEverything() async throws {
        try await withTemporaryDirectory { directory in
            let pool = directory + "/pool"
            #expect(try await hayate(["keys", "make", pool]).code == 0)
            let good = try await hayate(["keys", "check", pool])
            #expect(good.code == 0 && good.output.hasPrefix("\(pool) is good: the secret of a pool"))
            let text = try read(pool)
            try String(text.dropLast(10)).write(toFile: pool, atomically: false, encoding: .utf8)
            #expect(chmod(pool, 0o644) == 0 && chmod(directory, 0o777) == 0)
            let bad = try await hayate(["keys", "check", pool])
            let lines = bad.output.split(separator: "\n")
            #expect(bad.code == 1 && lines.count == 3, "\(bad.output)")
            for (line, remedy) in zip(lines, ["chmod go-w \(directory)", "chmod 600 \(pool)", "copy it again"]) {
                #expect(line.contains(remedy), "\(line)")
            }
            let missing = try await hayate(["keys", "check", pool + "2"])
            #expect(missing.code == 1 && missing.output.contains("does not exist"))
        }
    }

    @Test func showTellsOfARefusedFileWhatItIs() async throws {
        try await withTemporaryDirectory { directory in
            let pool = directory + "/pool"
            #expect(try await hayate(["keys", "make", pool]).code == 0)
            #expect(chmod(pool, 0o640) == 0)
            let result = try await hayate(["keys", "show", pool])
            #expect(result.code == 0 && result.output.contains("640"))
            #expect(result.error.contains("it would be refused: ") && result.error.contains("chmod 600"))
        }
    }

    @Test func certificatesAreShownCheckedAndRotated() async throws {
        try await withTemporaryDirectory { directory in
            let made = try await hayate(
                ["keys", "certificate", "--name", "node1", "--name", "10.0.0.1", directory + "/host"])
            #expect(made.code == 0)
            let file = directory + "/host.crt"
            let shown = try await hayate(["keys", "show", file])
            #expect(shown.code == 0 && shown.output.contains("node1, 10.0.0.1"))
            #expect(!shown.output.contains("PRIVATE"))
            let checked = try await hayate(["keys", "check", file])
            #expect(checked.code == 0 && checked.output.contains("is good: a certificate"))
            let key = try await hayate(["keys", "check", directory + "/host.key"])
            #expect(key.code == 0 && key.output.contains("is good: a private key"))
            let rotated = try await hayate(["keys", "rotate", file])
            #expect(rotated.code == 0)
            let after = try await hayate(["keys", "show", file])
            #expect(after.output.contains("node1, 10.0.0.1") && after.output != shown.output)
            chmod(directory + "/host.key", 0o644)
            let open = try await hayate(["keys", "check", directory + "/host.key"])
            #expect(open.code == 1 && open.output.contains("chmod 600"))
        }
    }

    @Test(arguments: [
        ["keys", "export", "a", "b"], ["keys", "export", "--role", "king", "a", "b"], ["keys", "make"],
        ["keys", "burn", "a"],
    ])
    func wrongUsage(_ arguments: [String]) async throws {
        let result = try await hayate(arguments)
        #expect(result.code == 2 && result.output == "" && !result.error.isEmpty)
    }

    @Test func help() async throws {
        #expect(try await hayate(["help", "keys"]).output == GoldenHelp.keys)
        for line in GoldenHelp.keys.split(separator: "\n") { #expect(line.count <= 90, "\(line)") }
    }
}
