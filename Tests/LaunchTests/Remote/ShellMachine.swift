import CSystem
import Foundation
import HayateCluster
import HayateCore
import Synchronization

@testable import HayateLaunch

/// A machine that is a directory of this one, with a shell whose home is there.
final class ShellMachine: RemoteConnection {
    struct Copy: Hashable {
        var path: String
        var mode: UInt32
    }

    let host: RemoteHost
    let ownAddress: String? = nil
    let root: String
    /// The shell and what comes before its script; `chroot` for a machine with a system of its own.
    let shell: [String]
    let variables: [String: String]
    private let log = Mutex<[Copy]>([])
    private let scripts = Mutex(0)
    private let ending = Mutex<RemoteError?>(nil)
    /// What happens to a file on its way.
    let onUpload: @Sendable (inout [UInt8]) async throws(RemoteError) -> Void
    /// What is printed around every answer.
    let greeting: String

    init(
        _ root: String, named name: String = "n1", shell: [String] = ["/bin/sh"], path: String = "/usr/bin:/bin",
        home: String? = nil, adding variables: [String: String] = [:], greeting: String = "",
        onUpload: @escaping @Sendable (inout [UInt8]) async throws(RemoteError) -> Void = { _ throws(RemoteError) in }
    ) {
        host = RemoteHost(host: name)
        self.root = root
        self.shell = shell
        self.variables = ["HOME": home ?? root, "PATH": path].merging(variables) { _, new in new }
        self.greeting = greeting
        self.onUpload = onUpload
    }

    var copies: [Copy] { log.withLock { $0 } }
    var scriptCount: Int { scripts.withLock { $0 } }
    var failure: RemoteError? { ending.withLock { $0 } }
    func fail(_ error: RemoteError) { ending.withLock { $0 = error } }

    func run(_ line: CommandLine) async -> CommandAnswer { await CommandRunner.run(line) }

    func run(script: String, timeLimit: Duration) async -> CommandAnswer {
        scripts.withLock { $0 += 1 }
        if let failure { return CommandAnswer(.notStarted(failure.reason)) }
        var line = CommandLine(shell)
        line.unset = ["*"]
        line.environment = variables
        line.standardInput = script
        line.timeLimit = timeLimit
        var answer = await CommandRunner.run(line)
        answer.output = greeting + answer.output + greeting
        return answer
    }

    /// The way there is that of SFTP: no shell, and paths of the machine.
    func upload(_ content: RemoteContent, to path: String, mode: UInt32) async throws(RemoteError) {
        log.withLock { $0.append(Copy(path: path, mode: mode)) }
        var bytes: [UInt8]
        switch content {
        case .bytes(let given): bytes = given
        case .file(let file): bytes = FileManager.default.contents(atPath: file).map { Array($0) } ?? []
        }
        try await onUpload(&bytes)
        let place = shell.first?.hasSuffix("chroot") == true ? root + path : path
        guard FileManager.default.createFile(atPath: place + ".way", contents: Data(bytes)),
            chmod(place + ".way", mode) == 0, rename(place + ".way", place) == 0
        else { throw RemoteError(host: "\(host)", .upload, "\(place): " + String(cString: strerror(errno))) }
    }

    func forward(
        _ port: UInt16, on address: String, to local: (host: String, port: UInt16)
    ) async throws(RemoteError) -> UInt16 {
        throw RemoteError(host: "\(host)", .tunnel, "this machine is a directory")
    }

    func whenEnded(_ body: @escaping @Sendable () -> Void) {}
    func close() async {}
}

/// The C library of this machine.
var glibcHere: GlibcVersion? {
    var text = [CChar](repeating: 0, count: 64)
    confstr(Int32(_CS_GNU_LIBC_VERSION), &text, text.count)
    return MachineFacts.version(String(decoding: text.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self))
}
