import ArgumentParser
import Foundation
import Hayate

/// The program `hayate`.
struct HayateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hayate",
        abstract: "Run many commands at once, and keep what they said.",
        discussion: """
            The most useful command is map: it runs one command for every value of a list,
            several at a time, and writes the results in the order of the list.

              hayate map echo hello {} ::: Ada Grace Emmy

            'hayate help map' has lists, tables, grids, and results that survive a stop.
            What shall go on when the terminal is closed: see 'hayate help session'.
            """,
        version: Version.current,
        subcommands: [
            MapCommand.self, RunCommand.self, SessionCommand.self, SubmitCommand.self, WaitCommand.self,
            ResultsCommand.self, CancelCommand.self, RetryCommand.self, LogsCommand.self, ExplainCommand.self,
            TopCommand.self, DashboardCommand.self, TraceCommand.self,
            DaemonCommand.self, DispatcherCommand.self, SiteCommand.self,
            RenderCommand.self, AllocationsCommand.self, ParseStatusCommand.self, ParseSubmitCommand.self,
            KeysCommand.self, CompletionCommand.self,
        ])
}

/// The way into the program.
public enum HayateCommandLine {
    /// Runs the program and returns its exit code.
    ///
    /// - Parameter arguments: without the name of the program.
    static func run(_ arguments: [String], _ environment: ProgramEnvironment) async -> Int32 {
        await ProgramEnvironment.$current.withValue(environment) {
            do {
                try checkCommand(arguments)
                var command = try HayateCommand.parseAsRoot(arguments)
                if var asynchronous = command as? any AsyncParsableCommand {
                    try await asynchronous.run()
                } else {
                    try command.run()
                }
                return ExitStatus.success
            } catch let error as CommandLineError {
                environment.write("hayate: \(error)\n", to: environment.error)
                return ExitStatus.unusable
            } catch let code as ExitCode {
                return code.rawValue
            } catch let error as HayateError {
                // The pool's own sentence, which has its remedy.
                environment.write("hayate: \(error.message)\n", to: environment.error)
                return ExitStatus.unusable
            } catch {
                return report(error, environment)
            }
        }
    }

    /// ArgumentParser calls a mistyped command an unexpected argument, and guesses nothing.
    private static func checkCommand(_ arguments: [String]) throws {
        // Not a key path: Swift 6.3.1 crashes on one into a metatype.
        let names = HayateCommand.configuration.subcommands.compactMap {
            $0.configuration.commandName
        }
        guard let word = arguments.first == "help" ? arguments.dropFirst().first : arguments.first,
            !word.hasPrefix("-"), word != "help", !names.contains(word)
        else { return }
        throw CommandLineError.unknownCommand(word, nearest: nearestName(to: word, among: names))
    }

    /// Runs the program with the arguments and descriptors of this process, and ends it.
    public static func main() async -> Never {
        // Started as a daemon by a pool of this very program? Then this does not return.
        enterHayate()
        // A reader that goes away is an error of write(2) here, and no reason to die mid-record.
        signal(SIGPIPE, SIG_IGN)
        var environment = ProgramEnvironment()
        environment.handlesSignals = true
        do {
            environment.log = try ProgramLog.begin()
        } catch {
            environment.write("hayate: \(error)\n", to: environment.error)
            exit(ExitStatus.unusable)
        }
        environment.withExecutor = PoolExecutor.with
        environment.runDispatcher = { try await $0.run() }
        environment.runDaemon = { options in DaemonProgram.run(options) }
        exit(await run(Array(CommandLine.arguments.dropFirst()), environment))
    }

    /// Help, versions and completion scripts come as errors too.
    private static func report(_ error: any Error, _ environment: ProgramEnvironment) -> Int32 {
        let isGood = HayateCommand.exitCode(for: error) == .success
        let text = HayateCommand.fullMessage(for: error)
        environment.write(
            text.isEmpty ? "" : text + "\n", to: isGood ? environment.output : environment.error)
        return isGood ? ExitStatus.success : ExitStatus.unusable
    }
}
