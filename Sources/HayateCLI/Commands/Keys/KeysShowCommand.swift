import ArgumentParser
import Foundation
import Hayate
import HayateTLS

/// `hayate keys show`: what a file holds, without the keys themselves.
struct KeysShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show what a file with keys holds, but never the keys.",
        discussion: """
            The ids name keys without giving them away: a daemon's key and its host's file
            fit together if the daemon's id is one of those that the host's file has for
            that role.
            """)

    @Argument(help: "The file.")
    var path: String

    func run() throws {
        let report = SecretFile.examine(path)
        guard let bytes = report.bytes else {
            throw report.problems.first.map { CommandLineError($0) } ?? .cannotShow(path)
        }
        if KeyFile.isPEM(bytes) {
            let kind = CertificateReport.kind(pem: bytes)
            KeysSupport.say("\(HumanText.shellWord(path)): \(kind.rawValue)")
            if kind != .privateKey {
                for line in try CertificateReport.lines(pem: bytes) { KeysSupport.say(line) }
            }
            return kind == .certificate ? () : Self.warn(report)
        }
        try KeysSupport.reporting {
            let file = try KeyFile(parsing: bytes, source: HumanText.shellWord(path))
            for line in Self.lines(of: file, report, now: Date()) { KeysSupport.say(line) }
        }
        Self.warn(report)
    }

    private static func warn(_ report: SecretFileReport) {
        let environment = ProgramEnvironment.current
        for problem in report.problems {
            environment.write("hayate: it would be refused: \(problem)\n", to: environment.error)
        }
    }

    static func lines(of file: KeyFile, _ report: SecretFileReport, now: Date) -> [String] {
        var lines = ["\(HumanText.shellWord(report.path)): \(KeysSupport.kind(of: file))"]
        func add(_ name: String, _ value: String) {
            lines.append("  " + name.padding(toLength: 10, withPad: " ", startingAt: 0) + value)
        }
        add("roles", file.roles.map(\.rawValue).joined(separator: ", "))
        for (index, id) in file.ids.enumerated() {
            add("id", id + (index == 0 ? "" : "  (old, still accepted)"))
        }
        if case .secrets(let secrets) = file.content {
            for key in secrets.flatMap({ secret in file.roles.map { secret.key(for: $0) } }) {
                add(key.role.rawValue, key.id)
            }
        }
        if let modified = report.modified {
            let date = Date(timeIntervalSince1970: Double(modified))
            let age = HumanText.time(seconds: max(0, now.timeIntervalSince(date).rounded()))
            add("written", "\(Timestamp.text(date).prefix(10)), \(age) ago")
        }
        if let mode = report.mode { add("mode", String(mode, radix: 8)) }
        return lines
    }
}

extension CommandLineError {
    fileprivate static func cannotShow(_ path: String) -> CommandLineError {
        CommandLineError(
            code: .keys, message: "\(HumanText.shellWord(path)) cannot be read", hint: "check the path")
    }
}
