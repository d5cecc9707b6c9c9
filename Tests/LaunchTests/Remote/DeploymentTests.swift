import Foundation
import HayateCluster
import Synchronization
import Testing

@testable import HayateLaunch

@Suite("A program on its way to another machine") struct DeploymentTests {
    /// The program that is brought: small, and here on every machine.
    private let sh = "/bin/sh"

    private func version(_ path: String) throws -> String { String(try LocalProgram.read(path).digest.prefix(32)) }

    private func mode(_ path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_mode & 0o7777) : nil
    }

    private func write(_ bytes: [UInt8], to path: String) -> String {
        #expect(FileManager.default.createFile(atPath: path, contents: Data(bytes)))
        return path
    }

    /// Directories of only these programs.
    private func tools(_ names: [String], in directory: String) throws -> String {
        let path = directory + "/tools"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for name in names {
            let place = try #require(["/usr/bin/", "/bin/"].map { $0 + name }.first { access($0, X_OK) == 0 })
            try FileManager.default.createSymbolicLink(atPath: path + "/" + name, withDestinationPath: place)
        }
        return path
    }

    private func refusal(_ program: RemoteProgram, on machine: ShellMachine) async throws -> RemoteError {
        try #require(await #expect(throws: RemoteError.self) { try await program.words(on: machine) })
    }

    private func files(below directory: String) -> [String] {
        (FileManager.default.subpaths(atPath: directory) ?? []).sorted()
    }

    @Test("It is copied once into a cache that only the user can enter, and starts there")
    func copiesOnce() async throws {
        try await withTemporaryDirectory { home in
            let machine = ShellMachine(home)
            let words = try await RemoteProgram.uploaded(sh, arguments: ["-c", "exit 7"]).words(on: machine)
            let directory = home + "/.cache/hayate/" + (try version(sh))
            #expect(words == [directory + "/sh", "-c", "exit 7"])
            #expect(await CommandRunner.run(CommandLine(words)).end == .process(.exited(code: 7)))
            for path in [directory, directory + "/sh", home + "/.cache/hayate"] { #expect(mode(path) == 0o700) }
            #expect(machine.copies.count == 1 && machine.copies.first?.mode == 0o700)
            let again = ShellMachine(home)
            #expect(try await RemoteProgram.uploaded(sh).words(on: again) == [words[0]])
            #expect(again.copies.isEmpty && again.scriptCount == 1)
            #expect(files(below: directory) == ["sh"])
        }
    }

    @Test("The cache is where XDG_CACHE_HOME says, and names with quotes and blanks are only names")
    func otherCache() async throws {
        try await withTemporaryDirectory { home in
            let cache = home + "/it's $HOME `x`"
            try FileManager.default.createDirectory(atPath: cache, withIntermediateDirectories: true)
            let program = home + "/a 'program' $x"
            _ = write(Array(try Data(contentsOf: URL(fileURLWithPath: sh))), to: program)
            let machine = ShellMachine(home, adding: ["XDG_CACHE_HOME": cache])
            let words = try await RemoteProgram.uploaded(program).words(on: machine)
            let file = cache + "/hayate/" + (try version(program)) + "/a 'program' $x"
            #expect(words == [file])
            #expect(access(words[0], X_OK) == 0)
        }
    }

    @Test("What a login prints around the answers does not confuse")
    func greeting() async throws {
        try await withTemporaryDirectory { home in
            let machine = ShellMachine(
                home, greeting: "Welcome!\nsystem Plan9\nhayate-0 end\r\nfile /etc/passwd\nno line end: ")
            let words = try await RemoteProgram.uploaded(sh).words(on: machine)
            #expect(words[0].hasPrefix(home))
        }
    }

    @Test("A file in the cache that is not the right one is replaced")
    func damagedCache() async throws {
        try await withTemporaryDirectory { home in
            let file = try await RemoteProgram.uploaded(sh).words(on: ShellMachine(home))[0]
            _ = write([1, 2, 3], to: file)
            let machine = ShellMachine(home)
            #expect(try await RemoteProgram.uploaded(sh).words(on: machine) == [file])
            #expect(machine.copies.count == 1)
            #expect(FileManager.default.contents(atPath: file) == FileManager.default.contents(atPath: sh))
        }
    }

    @Test("What arrives otherwise than it was sent is not used, and nothing of it stays", arguments: [true, false])
    func damagedOnTheWay(_ hasSums: Bool) async throws {
        try await withTemporaryDirectory { home in
            let few = try tools(["uname", "mkdir", "chmod", "mv", "rm", "touch", "wc"], in: home)
            let machine = ShellMachine(home, path: hasSums ? "/usr/bin:/bin" : few) { bytes throws(RemoteError) in
                bytes.removeLast()
            }
            let error = try await refusal(.uploaded(sh), on: machine)
            #expect(error.step == .deploy && error.reason.contains("not what was sent"), "\(error)")
            let directory = home + "/.cache/hayate/" + (try version(sh))
            #expect(files(below: directory).isEmpty)
        }
    }

    @Test("A copy that fails leaves nothing, and its reason is told")
    func failedCopy() async throws {
        try await withTemporaryDirectory { home in
            let failure = RemoteError(host: "n1", .upload, "the quota is used up")
            let machine = ShellMachine(home) { _ throws(RemoteError) in throw failure }
            await #expect(throws: failure) { try await RemoteProgram.uploaded(sh).words(on: machine) }
            let directory = home + "/.cache/hayate/" + (try version(sh))
            #expect(files(below: directory).isEmpty)
        }
    }

    @Test("Many who bring it at the same time do not disturb each other")
    func together() async throws {
        try await withTemporaryDirectory { home in
            let words = try await withThrowingTaskGroup(of: [String].self) { group in
                for _ in 0..<6 {
                    group.addTask { try await RemoteProgram.uploaded("/bin/sh").words(on: ShellMachine(home)) }
                }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            let file = try #require(words.first?.first)
            #expect(words.count == 1)
            #expect(FileManager.default.contents(atPath: file) == FileManager.default.contents(atPath: sh))
            #expect(files(below: (file as NSString).deletingLastPathComponent) == ["sh"])
        }
    }

    @Test("Of old versions go those that nobody has used for a week and that do not run, but never the newest three")
    func oldVersions() async throws {
        try await withTemporaryDirectory { home in
            let cache = home + "/.cache/hayate"
            let names = (0..<6).map { String(repeating: "\($0)", count: 32) }
                + ["notes", String(repeating: "a", count: 31)]
            for (index, name) in names.enumerated() {
                let directory = cache + "/" + name
                try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
                try FileManager.default.copyItem(atPath: "/bin/sleep", toPath: directory + "/sleep")
                let days = index == 2 ? 6.0 : Double(10 + index)
                try FileManager.default.setAttributes(
                    [.modificationDate: Date(timeIntervalSinceNow: -days * 86_400)], ofItemAtPath: directory)
            }
            // The oldest runs.
            let (ends, end) = AsyncStream.makeStream(of: Void.self)
            let sleep = cache + "/" + names[5] + "/sleep"
            let running = try LocalProcess.spawn(executable: sleep, arguments: ["600"]) { _ in
                end.finish()
            }
            defer { running.send(signal: SIGKILL) }
            _ = try await RemoteProgram.uploaded(sh).words(on: ShellMachine(home))
            // The new one, the one of six days and the next are three.
            let left = Set(try FileManager.default.contentsOfDirectory(atPath: cache))
            let new = try version(sh)
            #expect(left == [new, names[2], names[0], names[5], "notes", names[7]])
            running.send(signal: SIGKILL)
            for await _ in ends {}
        }
    }

    @Test("Where nothing computes hashes, only what this process has copied counts")
    func withoutSums() async throws {
        try await withTemporaryDirectory { home in
            let path = try tools(["uname", "mkdir", "chmod", "mv", "rm", "touch"], in: home)
            let name = "host-\(UUID().uuidString)"
            let machine = ShellMachine(home, named: name, path: path)
            let words = try await RemoteProgram.uploaded(sh).words(on: machine)
            #expect(try await RemoteProgram.uploaded(sh).words(on: machine) == words)
            #expect(machine.copies.count == 1)
            let other = ShellMachine(home, named: name + "-2", path: path)
            #expect(try await RemoteProgram.uploaded(sh).words(on: other) == words)
            #expect(other.copies.count == 1)
        }
    }

    @Test("A machine with a shell and nothing else gets it into its home directory")
    func withoutTools() async throws {
        try await withTemporaryDirectory { home in
            let machine = ShellMachine(home, path: "/nonexistent")
            let words = try await RemoteProgram.uploaded(sh).words(on: machine)
            let file = home + "/.hayate-" + (try version(sh))
            #expect(words == [file])
            #expect(mode(words[0]) == 0o700)
            #expect(try await RemoteProgram.uploaded(sh).words(on: machine) == words)
            #expect(machine.copies.count == 1)
        }
    }

    @Test(
        "A system of nothing but a shell and the C library gets it, and can start it",
        .enabled(if: geteuid() == 0, "makes a root directory"))
    func bareSystem() async throws {
        try await withTemporaryDirectory { root in
            let needs = try LocalProgram.read(sh).needs
            let loader = try #require(needs.interpreter)
            let libraries = try needs.libraries.map { name in
                try #require(["/lib64/", "/lib/x86_64-linux-gnu/", "/lib/aarch64-linux-gnu/"].map { $0 + name }
                    .first { (file: String) in access(file, R_OK) == 0 })
            }
            for file in [sh, loader] + libraries {
                let directory = root + (file as NSString).deletingLastPathComponent
                try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
                // The bytes, and not the links that lead to them.
                _ = write(Array(try Data(contentsOf: URL(fileURLWithPath: file))), to: root + file)
                #expect(chmod(root + file, 0o755) == 0)
            }
            for directory in ["/root", "/dev"] {
                try FileManager.default.createDirectory(atPath: root + directory, withIntermediateDirectories: true)
            }
            // Devices cannot be made everywhere; a file takes in what is thrown away as well.
            _ = write([], to: root + "/dev/null")
            let chroots = ["/usr/sbin/chroot", "/sbin/chroot"]
            let chroot = try #require(chroots.first { (file: String) in access(file, X_OK) == 0 })
            let machine = ShellMachine(root, shell: [chroot, root, "/bin/sh"], home: "/root")
            let words = try await RemoteProgram.uploaded(sh, arguments: ["-c", "exit 7"]).words(on: machine)
            let file = "/root/.hayate-" + (try version(sh))
            #expect(words.first == file)
            let answer = await CommandRunner.run(CommandLine([chroot, root] + words))
            #expect(answer.end == .process(.exited(code: 7)), "\(answer)")
            // It has no `getconf`: the C library itself was asked.
            let script = DeploymentScript.probe(try LocalProgram.read(sh))
            let said = await machine.run(script: script.text, timeLimit: .seconds(30))
            let facts = MachineFacts(try #require(DeploymentAnswer(said.output, mark: script.mark)))
            #expect(facts.glibc == glibcHere)
            #expect(facts.isBare && facts.isPresent)
        }
    }

    @Test("What would not run there is refused before anything is copied", arguments: [
        (SmallProgram.bytes(processor: 243), "is for riscv64"),
        (SmallProgram.bytes(processor: 8), "does not know"),
        (SmallProgram.bytes(processor: here, interpreter: loader, versions: ["GLIBC_2.99"]), "needs 2.99 or newer"),
        (
            SmallProgram.bytes(processor: here, interpreter: loader, libraries: ["libnothing'.so.1", "libc.so.6"]),
            "needs libnothing'.so.1, which it has not"
        ),
        (SmallProgram.bytes(processor: here, interpreter: "/lib/ld-nothing.so"), "no /lib/ld-nothing.so"),
        (Array("#!/bin/sh\n".utf8) + [UInt8](repeating: 10, count: 64), "script"),
    ])
    func refused(_ bytes: [UInt8], _ words: String) async throws {
        try await withTemporaryDirectory { home in
            let program = write(bytes, to: home + "/program")
            let machine = ShellMachine(home)
            let error = try await refusal(.uploaded(program), on: machine)
            #expect(error.step == .deploy && error.host == "n1" && !error.isTransient)
            #expect(error.reason.contains(words) && error.reason.contains(program), "\(error)")
            #expect(machine.copies.isEmpty)
        }
    }

    @Test("Libraries in the program's own directories are found")
    func ownDirectories() async throws {
        try await withTemporaryDirectory { home in
            _ = write([1], to: home + "/libown.so")
            let bytes = SmallProgram.bytes(
                processor: here, interpreter: loader, libraries: ["libown.so", "libc.so.6"],
                directories: "/nowhere:\(home)")
            let program = write(bytes, to: home + "/program")
            let words = try await RemoteProgram.uploaded(program).words(on: ShellMachine(home))
            #expect(words[0].hasPrefix(home))
        }
    }

    @Test("A home that cannot be written into, or that nobody knows, is told")
    func noHome() async throws {
        for (home, words) in [("/proc/nothing", "no directory can be made"), ("", "sets no HOME")] {
            let machine = ShellMachine("/tmp", home: home)
            let error = try await refusal(.uploaded(sh), on: machine)
            #expect(error.reason.contains(words), "\(error)")
            #expect(machine.copies.isEmpty)
        }
    }

    @Test("A connection that has broken says why, and a shell that says nothing of it is told as that")
    func silence() async throws {
        try await withTemporaryDirectory { home in
            let broken = ShellMachine(home)
            let failure = RemoteError(host: "n1", .connect, "the line is dead", isTransient: true)
            broken.fail(failure)
            await #expect(throws: failure) { try await RemoteProgram.uploaded(sh).words(on: broken) }
            let silent = ShellMachine(home, shell: ["/bin/sh", "-c", "echo This account is closed. >&2"])
            let error = try await refusal(.uploaded(sh), on: silent)
            #expect(error.reason.contains("This account is closed."), "\(error)")
        }
    }

    @Test("A program that is installed is found by its name, its path, and its path from the home directory")
    func installed() async throws {
        try await withTemporaryDirectory { home in
            let machine = ShellMachine(home)
            _ = write([], to: home + "/d'")
            #expect(chmod(home + "/d'", 0o700) == 0)
            _ = write([], to: home + "/plain")
            #expect(chmod(home + "/plain", 0o600) == 0)
            #expect(try await RemoteProgram.installed("cat", arguments: ["-n"]).words(on: machine).last == "-n")
            let cat = try await RemoteProgram.installed("cat").words(on: machine)
            #expect(cat.count == 1 && cat[0].hasSuffix("/cat"))
            #expect(try await RemoteProgram.installed("~/d'").words(on: machine) == [home + "/d'"])
            #expect(try await RemoteProgram.installed(home + "/d'").words(on: machine) == [home + "/d'"])
            for (name, words) in [
                ("hayate-nothing", "in the path of its shell"), ("/nothing/x", "there is no /nothing/x there"),
                ("~/plain", "chmod +x"), ("-c", "no name of a program"), ("echo $(id)", "in the path of its shell"),
                // A part of the shell is no program.
                ("cd", "in the path of its shell"),
            ] {
                let error = try await refusal(.installed(name), on: machine)
                #expect(error.step == .deploy && error.reason.contains(words), "\(error)")
            }
            #expect(machine.copies.isEmpty)
        }
    }

    @Test("Work that takes longer than its time is not waited for")
    func timeLimit() async {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        let late: Int? = await TimeLimited.run(.milliseconds(1)) {
            for await _ in stream {}
            return 1
        }
        #expect(late == nil)
        continuation.finish()
        let early: Int? = await TimeLimited.run(.seconds(600)) { 7 }
        #expect(early == 7)
    }
}

#if arch(x86_64)
private let here: UInt16 = 62
private let loader = "/lib64/ld-linux-x86-64.so.2"
#else
private let here: UInt16 = 183
private let loader = "/lib/ld-linux-aarch64.so.1"
#endif
