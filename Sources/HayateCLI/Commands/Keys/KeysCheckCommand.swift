import ArgumentParser
import Hayate
import HayateTLS

/// `hayate keys check`: everything because of which a file would be refused.
struct KeysCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Say why a file with keys would be refused.",
        discussion: "One sentence a line, with the remedy, and exit code 1; or that it is good.")

    @Argument(help: "The file.")
    var path: String

    func run() throws {
        let report = SecretFile.examine(path)
        var problems = report.problems
        var good = ""
        if let bytes = report.bytes {
            if KeyFile.isPEM(bytes) {
                // The place for certificates.
                throw CommandLineError.certificateFile(path)
            }
            do throws(KeyFileError) {
                let file = try KeyFile(parsing: bytes, source: HumanText.shellWord(path))
                good = "\(HumanText.shellWord(path)) is good: \(KeysSupport.kind(of: file)), \(file.id)"
            } catch {
                problems.append(error)
            }
        }
        for problem in problems { KeysSupport.say(problem.message) }
        guard problems.isEmpty else { throw ExitCode(ExitStatus.failures) }
        KeysSupport.say(good)
    }
}
