import ArgumentParser
import Glibc
import Hayate
import HayateTLS

/// `hayate keys export`: the key of a role.
struct KeysExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Make the key of a role from a pool's secret.",
        discussion: """
            Who has it can be in the pool what the role says, and can find out neither the
            secret nor another role's key. A file that is there is never overwritten.
            """)

    @Option(help: "daemon, client or monitor.")
    var role: KeyRole

    @Argument(help: "The file with the pool's secret.")
    var secret: String

    @Argument(help: "The new file; - is standard output, which must be no terminal.")
    var path: String

    func run() throws {
        try KeysSupport.reporting {
            // The first is the current one.
            guard let key = try KeyFile.read(secret).requiredSecrets().first?.key(for: role) else { return }
            let file = KeyFile(keys: [key])
            guard path == "-" else {
                try file.write(to: path, replacing: false)
                KeysSupport.say("\(HumanText.shellWord(path)): a \(role.rawValue) key, \(key.id)")
                return
            }
            let output = ProgramEnvironment.current.output
            guard isatty(output) == 0 else { throw CommandLineError.keyOnTerminal }
            let failure = file.text.withBytes { writeAll($0, to: output) }
            if failure == EPIPE { throw ExitCode(ExitStatus.brokenPipe) }
            guard failure == 0 else {
                throw CommandLineError.outputFailed("standard output", systemMessage(failure))
            }
        }
    }
}
