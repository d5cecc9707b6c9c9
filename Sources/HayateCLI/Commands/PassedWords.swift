import ArgumentParser
import Hayate

/// The words that `map` and `run` pass on.
///
/// ArgumentParser begins them at the first word it does not know, so that the options of a command
/// are left alone. That word may as well be an option of ours with a typing mistake, which must not
/// run as a program.
enum PassedWords {
    /// - Throws: a request for help or the version, or `CommandLineError` for an unknown option.
    static func check(
        _ words: [String], for command: any ParsableCommand.Type, options: [String]
    ) throws {
        guard let first = words.first, first.hasPrefix("-"), first != "--" else { return }
        switch first {
        case "-h", "--help": throw CleanExit.helpRequest(command)
        case "--version": throw CleanExit.message(Version.current)
        default:
            throw CommandLineError.unknownOption(
                first, nearest: nearestName(to: first, among: options))
        }
    }
}
