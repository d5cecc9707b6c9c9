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
        var problems = report.problems.map(\.message)
        var good = ""
        if let bytes = report.bytes, KeyFile.isPEM(bytes) {
            let kind = CertificateReport.kind(pem: bytes)
            // Anybody may read a certificate.
            if kind == .certificate { problems = [] }
            if kind != .privateKey { problems += try CertificateReport.problems(pem: bytes) }
            good = "\(HumanText.shellWord(path)) is good: \(kind.rawValue)"
        } else if let bytes = report.bytes {
            do throws(KeyFileError) {
                let file = try KeyFile(parsing: bytes, source: HumanText.shellWord(path))
                good = "\(HumanText.shellWord(path)) is good: \(KeysSupport.kind(of: file)), \(file.id)"
            } catch {
                problems.append(error.message)
            }
        }
        for problem in problems { KeysSupport.say(problem) }
        guard problems.isEmpty else { throw ExitCode(ExitStatus.failures) }
        KeysSupport.say(good)
    }
}
