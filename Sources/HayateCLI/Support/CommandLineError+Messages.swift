import Hayate
import HayateLaunch

/// Every message of this module, in one table.
extension CommandLineError {
    // MARK: The command line

    static let noCommand = CommandLineError(
        code: .usage, message: "there is no command to run",
        hint: "write it after the options, for example: hayate map echo {} ::: A B C")

    static let noInputs = CommandLineError(
        code: .usage, message: "there are no inputs, and standard input is a terminal",
        hint: "add a list, for example: hayate map echo {} ::: A B C")

    static func unknownCommand(_ word: String, nearest: String?) -> CommandLineError {
        let guess = nearest.map { " (did you mean \($0)?)" } ?? ""
        return CommandLineError(
            code: .usage, message: "there is no command \(word)\(guess)",
            hint: "see hayate --help; to run a program write hayate run or hayate map before it")
    }

    static func unknownOption(_ word: String, nearest: String?) -> CommandLineError {
        let guess = nearest.map { " (did you mean \($0)?)" } ?? ""
        return CommandLineError(
            code: .usage, message: "there is no option \(word)\(guess)",
            hint: "see --help; for a command of that name write -- before it")
    }

    static func commandHoldsSpaces(_ word: String) -> CommandLineError {
        CommandLineError(
            code: .usage, message: "there is no program named '\(word)'",
            hint: "write its words as separate arguments, or give --shell to have /bin/sh read it")
    }

    static func linkWithoutList(_ marker: String) -> CommandLineError {
        CommandLineError(
            code: .usage, message: "\(marker) has no list before it to link to",
            hint: "write the first list with ::: or ::::")
    }

    static func noFile(after marker: String) -> CommandLineError {
        CommandLineError(
            code: .usage, message: "\(marker) names no file",
            hint: "write a file after it, or - for standard input")
    }

    static let standardInputTwice = CommandLineError(
        code: .usage, message: "standard input is asked for by more than one list",
        hint: "put one of the lists into a file")

    static func badGrid(_ text: String, _ why: String) -> CommandLineError {
        CommandLineError(
            code: .usage, message: "--grid '\(text)' cannot be used: \(why)",
            hint: "write name=1,2,3 or name=1..10 or name=0..1:0.25")
    }

    static func badDuration(_ text: String) -> CommandLineError {
        CommandLineError(
            code: .usage, message: "'\(text)' is not a length of time",
            hint: "write for example 30s, 5m, 1.5h or 2d")
    }

    // MARK: Placeholders

    static func unknownColumn(
        _ name: String, nearest: String?, columns: [String]
    ) -> CommandLineError {
        let guess = nearest.map { " (did you mean {\($0)}?)" } ?? ""
        let shown = columns.prefix(12).joined(separator: ", ") + (columns.count > 12 ? ", …" : "")
        return CommandLineError(
            code: .usage, message: "{\(name)} names no column\(guess)",
            hint: "the columns are \(shown); for the literal text write {{\(name)}}")
    }

    static func noSuchPosition(_ text: String, count: Int) -> CommandLineError {
        let have = count == 1 ? "there is 1 list or column" : "there are \(count) lists or columns"
        return CommandLineError(
            code: .usage, message: "{\(text)} asks for a value that is not there: \(have)",
            hint: "for the literal text write {{\(text)}}")
    }

    static func duplicateColumn(_ name: String) -> CommandLineError {
        CommandLineError(
            code: .usage, message: "two inputs are named '\(name)'",
            hint: "rename one of the columns")
    }

    // MARK: Inputs

    static func cannotRead(_ name: String, _ reason: String) -> CommandLineError {
        CommandLineError(TableError.cannotRead(name, reason: reason))
    }

    static func notText(_ name: String, line: Int) -> CommandLineError {
        CommandLineError(TableError.notText(name, line: line))
    }

    static func tooMany(_ name: String, limit: Int) -> CommandLineError {
        CommandLineError(
            code: .input, message: "\(name) has more than \(limit) values",
            hint: "only the first list may be longer: put the long one first")
    }

    static func unequalLink(_ first: String, _ second: String) -> CommandLineError {
        CommandLineError(
            code: .input, message: "linked lists differ in length: \(first) ended before \(second)",
            hint: "give both the same number of values")
    }

    // MARK: Results

    static func resultsInUse(_ directory: String, by holder: String) -> CommandLineError {
        CommandLineError(
            code: .results, message: "another run\(holder) is using \(directory)",
            hint: "wait for it, or give --results another directory")
    }

    static func notResults(_ directory: String) -> CommandLineError {
        CommandLineError(
            code: .results, message: "\(directory) holds files but no results of hayate",
            hint: "give --results a new or empty directory")
    }

    static func otherSweep(_ directory: String, _ difference: String) -> CommandLineError {
        CommandLineError(
            code: .results,
            message: "\(directory) holds the results of another sweep: \(difference)",
            hint: "give --results another directory, or --fresh to delete what is there")
    }

    static func newerResults(_ directory: String) -> CommandLineError {
        CommandLineError(
            code: .results, message: "\(directory) was written by a newer hayate",
            hint: "use that version, or give --results another directory")
    }

    static func damagedResults(_ file: String, _ reason: String) -> CommandLineError {
        CommandLineError(
            code: .results, message: "\(file) is damaged: \(reason)",
            hint: "repair it, or give --fresh to delete these results and begin again")
    }

    static func resultsFailed(_ file: String, _ reason: String) -> CommandLineError {
        CommandLineError(
            code: .results, message: "cannot write \(file): \(reason)",
            hint: "what was recorded before stays; run the same command again to go on")
    }

    static let freshWithoutResults = CommandLineError(
        code: .usage, message: "--fresh deletes earlier results, but there is no --results",
        hint: "leave it away, or add --results DIR")

    // MARK: Other machines

    static func noDaemonFile(_ what: String) -> CommandLineError {
        CommandLineError(
            code: .usage, message: what,
            hint: "build it with scripts/build-daemon and set HAYATE_DAEMON to it, or name one that is installed "
                + "there with --remote-daemon")
    }

    static func noDaemon(on hosts: [String]) -> CommandLineError {
        let shown = hosts.prefix(4).joined(separator: ", ") + (hosts.count > 4 ? ", …" : "")
        return CommandLineError(
            code: .usage, message: "no daemon could be started on \(shown)",
            hint: "the reasons are above, unless HAYATE_LOG leaves warnings out")
    }

    /// - Parameter failures: at least one.
    static func noMachine(_ failures: [RemoteError]) -> CommandLineError {
        let shown = failures.prefix(8).map(\.description).joined(separator: "\nhayate: ")
        let more = failures.count > 8 ? "\nhayate: and \(failures.count - 8) more machines" : ""
        return CommandLineError(code: .usage, message: shown + more, hint: "")
    }

    static func noSuchResource(_ name: String) -> CommandLineError {
        CommandLineError(
            code: .usage, message: "this machine's daemon has no \(name)",
            hint: "use --listen, and start a daemon with --resource \(name)=COUNT")
    }

    static func tooMuchAsked(_ request: String, has: String) -> CommandLineError {
        CommandLineError(
            code: .usage, message: "a command asks for \(request), and this machine has \(has)",
            hint: "ask for less, or use --profile, --ssh or --listen")
    }

    // MARK: Output

    static func outputFailed(_ name: String, _ reason: String) -> CommandLineError {
        CommandLineError(code: .output, message: "cannot write \(name): \(reason)", hint: "")
    }

    static func cannotReadOutput(_ path: String, _ reason: String) -> CommandLineError {
        CommandLineError(
            code: .output, message: "cannot read back the output in \(path): \(reason)", hint: "")
    }

    static let noExecutor = CommandLineError(
        code: .usage, message: "this program was built without daemons",
        hint: "use the program hayate")
}
