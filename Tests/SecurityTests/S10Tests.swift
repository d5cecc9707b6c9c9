import Glibc
import HayateCore
import HayateDaemon
import HayateTLS
import Testing

extension Adversary {
    /// Whoever reads the output of `ps`, scripts, logs and core dumps.
    @Suite("S10: the secret where others could read it") struct S10Tests {
        @Test("S10: the secret and the keys are nowhere but in their files and in living memory")
        func nowhereToBeSeen() async throws {
            let figures = try await onThread { try Scene().search() }
            let dumps =
                figures.dumps.isEmpty
                ? "core dumps skipped: no gcore here"
                : "\(figures.dumps.count) core dumps of \(figures.dumps.reduce(0, +) >> 20) MiB"
            report(
                "S10", "secret in argv, environments, scripts, logs, core dumps",
                "0 hits in \(figures.places) places: \(figures.processes) processes' argv and environments, "
                    + "\(figures.files) open files, \(figures.printed) outputs and scripts, \(dumps)")
        }
    }
}

private struct Figures: Sendable {
    var places = 0
    var processes = 0
    var files = 0
    var printed = 0
    /// Bytes of each.
    var dumps: [Int] = []
}

/// A pool with its own daemons, one by a file, a relay, and some that are refused.
private final class Scene {
    private let place: String
    private let needles: Needles
    private var figures = Figures()
    private var programs: [Started] = []

    init() throws {
        var template = Array("/tmp/hayate-s10-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failed("mkdtemp: \(errno)") }
        place = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let secret = PoolSecret()
        needles = Needles(secret)
        for name in ["secrets", "keys", "work"] { mkdir("\(place)/\(name)", 0o700) }
        try KeyFile(secrets: [secret]).write(to: "\(place)/secrets/pool", replacing: false)
        let key = KeyFile(keys: [secret.key(for: .daemon)])
        for name in ["daemon", "wide", "damaged"] {
            try key.write(to: "\(place)/secrets/\(name)", replacing: false)
        }
        try KeyFile(keys: [PoolSecret().key(for: .daemon)]).write(
            to: "\(place)/secrets/other", replacing: false)
        chmod("\(place)/secrets/wide", 0o644)
        // All but its last digits.
        truncate("\(place)/secrets/damaged", try content(of: "\(place)/secrets/damaged").count - 5)
    }

    deinit {
        programs = []
        Self.remove(place)
    }

    private static func remove(_ path: String) {
        for name in names(in: path) where unlink("\(path)/\(name)") != 0 { remove("\(path)/\(name)") }
        rmdir(path)
    }

    private func start(_ program: String, _ words: String...) throws -> Started {
        let started = try Started(
            Self.directory + "/" + program, words, output: "\(place)/work/printed\(programs.count)",
            environment: [
                "HAYATE_KEYS": "\(place)/keys", "TMPDIR": "\(place)/work", "SWIFT_BACKTRACE": "enable=no",
            ])
        programs.append(started)
        return started
    }

    private static let directory: String = {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let path = String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return String(path.prefix(upTo: path.lastIndex(of: "/") ?? path.endIndex))
    }()

    func search() throws -> Figures {
        let secrets = "\(place)/secrets"
        let host = try start("hayate-test-daemon", "secrets", "\(secrets)/pool", "\(place)/release")
        try eventually("the host is ready", within: .seconds(60)) { host.last("connections") == "3" }
        guard let url = host.last("url") else { throw Failed(host.text) }
        let marker = DaemonOptions.marker
        let daemon = try start("hayate-test-daemon", marker, url, "--key-file", "\(secrets)/daemon")
        let relay = try start("hayate", "dispatcher", "-n", "1", "--key-file", "\(secrets)/daemon", url)
        for (name, code) in [("other", Int32(1)), ("wide", 2), ("damaged", 2)] {
            let refused = try start("hayate-test-daemon", marker, url, "--key-file", "\(secrets)/\(name)")
            let exit = try refused.waitForEnd()
            try demand(exit == .exited(code: code), "\(name): \(refused.text)")
        }
        for words in [["show"], ["check"], ["check", "--verbose"]] {
            let keys = try Started(
                Self.directory + "/hayate", ["keys"] + words + ["\(secrets)/pool"],
                output: "\(place)/work/printed\(programs.count)", environment: [:])
            programs.append(keys)
            _ = try keys.waitForEnd()
        }
        try eventually("all have joined", within: .seconds(60)) { host.last("connections") == "5" }

        try searchProcesses(host, daemon)
        try dump([host.pid, daemon.pid, relay.pid] + localDaemons(of: host).prefix(1))
        close(open("\(place)/release", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600))
        for program in [host, daemon, relay] {
            let exit = try program.waitForEnd()
            try demand(exit == .exited(code: 0), "\(program.text)")
        }
        try searchFiles()
        try demand(names(in: "\(place)/keys").allSatisfy { $0.hasPrefix(".") }, "the published key is left")
        return figures
    }

    private func localDaemons(of host: Started) -> [Int32] {
        (host.last("local") ?? "").split(separator: " ").compactMap { Int32($0) }
    }

    /// Thrown and not recorded: this is a thread of its own, which no test knows as its own.
    private func demand(_ isTrue: Bool, _ what: String) throws {
        guard isTrue else { throw Failed(what) }
    }

    private func check(_ bytes: [UInt8], _ what: String) throws {
        let found = needles.found(in: bytes)
        try demand(found.isEmpty, "\(found) in \(what)")
        figures.places += 1
    }

    /// Command lines and environments of all, and what those of this pool have open.
    private func searchProcesses(_ host: Started, _ daemon: Started) throws {
        // What is looked for is there, or nothing would be found anywhere.
        for pid in [host.pid, daemon.pid] {
            let found = try needles.found(inMemoryOf: pid)
            try demand(found.contains("the daemon key's bytes"), "the key is not even in memory of \(pid)")
        }
        let mark = Array("HAYATE_KEYS=\(place)/keys".utf8)
        var own = 0
        for name in names(in: "/proc") {
            guard let pid = Int32(name), let line = try? content(of: "/proc/\(pid)/cmdline"),
                let environment = try? content(of: "/proc/\(pid)/environ")
            else { continue }
            try check(line, "the command line of \(pid)")
            try check(environment, "the environment of \(pid)")
            figures.processes += 1
            guard environment.split(separator: 0).contains(where: { $0.elementsEqual(mark) }) else {
                continue
            }
            own += 1
            for descriptor in names(in: "/proc/\(pid)/fd") {
                let path = "/proc/\(pid)/fd/\(descriptor)"
                var status = stat()
                guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
                    let bytes = try? content(of: path)
                else { continue }
                try check(bytes, "descriptor \(descriptor) of \(pid)")
                figures.files += 1
            }
        }
        // The host, its three daemons, one by a file, and the relay with its own.
        try demand(own >= 7, "only \(own) processes were found")
    }

    private func dump(_ pids: [Int32]) throws {
        guard access("/usr/bin/gcore", X_OK) == 0 else {
            print("skipped: core dumps are not searched, because gcore (of gdb) is not there")
            return
        }
        for pid in pids {
            let path = "\(place)/core"
            let gcore = try Started(
                "/usr/bin/gcore", ["-o", path, "\(pid)"], output: "\(place)/gcore.\(pid)", environment: [:])
            try eventually("a core dump of \(pid)", within: .seconds(120)) { gcore.exit != nil }
            try demand(gcore.exit == .exited(code: 0), gcore.text)
            let (size, found) = try needles.found(inFile: "\(path).\(pid)")
            unlink("\(path).\(pid)")
            try demand(found.isEmpty && size > 1 << 20, "\(found) in a core dump of \(pid), of \(size) bytes")
            figures.dumps.append(size)
            figures.places += 1
        }
    }

    /// Everything that was printed, and whatever else lies about.
    private func searchFiles() throws {
        try demand(
            programs[0].text.contains("looked") && programs[0].text.contains("--key-file"), "no output")
        for name in names(in: "\(place)/work") {
            try check(try content(of: "\(place)/work/\(name)", atMost: 64 << 20), name)
            figures.printed += 1
        }
    }
}
