import ArgumentParser
import Foundation
import HayateCluster
import HayateCore

/// What a scheduler's command printed, and how it is shown: options of `hayate parse-status` and `hayate parse-submit`.
struct AnswerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Whose answer it is: slurm, sge, pbspro, torque or lsf.", valueName: "kind"))
    var scheduler: SchedulerKind

    @Option(help: ArgumentHelp("The exit code of the command.", valueName: "code"))
    var exit: Int32 = 0

    @Option(help: ArgumentHelp("The file with what it wrote to standard error.", valueName: "file"))
    var errors: String?

    @Option(
        help: ArgumentHelp(
            "The cluster's name, if the site needs -M with Slurm's commands.", valueName: "name"))
    var cluster: String?

    @OptionGroup var report: ReportOptions

    @Argument(help: "The file with what it printed (default: standard input).")
    var file: String?

    func validate() throws {
        if scheduler == .local {
            throw ValidationError("Processes of this machine have no scheduler that answers.")
        }
        if !(0...255).contains(exit) { throw ValidationError("--exit is a code from 0 to 255.") }
    }

    var reader: any AnswerReader {
        get throws {
            var profile = ClusterProfile(scheduler)
            profile.commands.clusterFlag = cluster
            guard let reader = profile.answerReader else {
                throw ValidationError("There is no reader for \(scheduler.rawValue).")
            }
            return reader
        }
    }

    var answer: CommandAnswer {
        get throws {
            CommandAnswer(
                .process(.exited(code: exit)), output: try Self.text(of: file),
                errors: try errors.map { try Self.text(of: $0) } ?? "")
        }
    }

    /// Bytes that are no text are read as question marks: names of jobs may hold any.
    private static func text(of path: String?) throws -> String {
        do {
            let bytes: Data
            if let path, path != "-" {
                bytes = try Data(contentsOf: URL(filePath: path))
            } else {
                let input = FileHandle(fileDescriptor: ProgramEnvironment.current.input, closeOnDealloc: false)
                bytes = try input.readToEnd() ?? Data()
            }
            return String(decoding: bytes, as: UTF8.self)
        } catch {
            throw CommandLineError.cannotRead(path ?? "standard input", "\(error.localizedDescription)")
        }
    }
}
