import ArgumentParser
import Foundation
import Hayate

/// `hayate run`: one command on a daemon.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run one command on a daemon.",
        usage: "hayate run [options] CMD [ARG ...]",
        discussion: """
            Writes what the command wrote, and ends with its exit code, or with 128 and
            the number of the signal that ended it. 124 says that it took too long, 125
            that it could not be run.

              hayate run --timeout 10m --retries 2 ./fetch.sh 2024-05-01

            With --profile a job of a cluster runs it, with --ssh another machine.

              hayate run --profile auto --memory 16GiB --walltime 2h ./fit.py
              hayate run --ssh me@node1 ./fit.py
            """)

    @Option(
        help: ArgumentHelp(
            "Stop the command if it takes longer, for example 30s, 5m, 1.5h.", valueName: "time"),
        transform: TimeLength.parse)
    var timeout: Duration?

    @Option(
        help: ArgumentHelp("Start it up to this many times again if it fails.", valueName: "count"))
    var retries = 0

    @OptionGroup var cluster: ClusterOptions

    @OptionGroup var remote: RemoteOptions

    @Argument(parsing: .captureForPassthrough, help: ArgumentHelp("The command.", valueName: "cmd"))
    var words: [String] = []

    func validate() throws {
        if !(0...1000).contains(retries) {
            throw ValidationError("--retries must be between 0 and 1000.")
        }
        try remote.validate(with: cluster)
    }

    func run() async throws {
        try PassedWords.check(words, for: Self.self, options: ["--timeout", "--retries"] + ClusterOptions.names
            + RemoteOptions.names)
        let environment = ProgramEnvironment.current
        let arguments = words.first == "--" ? Array(words.dropFirst()) : words
        guard !arguments.isEmpty else { throw CommandLineError.noCommand }
        let request = ElementRequest(
            index: 1, arguments: arguments, timeout: timeout, retries: retries)
        let place = ExecutorOptions(
            daemons: 1, cluster: try cluster.place(1...1), remote: try remote.place(1), ssh: remote.login.ssh)
        let code = try await Interruptible.run(environment) {
            try await environment.withExecutor(place) { executor in
                let watch = StallWatch.start(executor) { environment.write($0, to: environment.error) }
                defer { watch.cancel() }
                let outcome = await executor.execute(request)
                let lost = RunSummary.lines(lostJobs: executor.lostJobs).map { $0 + "\n" }.joined()
                environment.write(lost, to: environment.error)
                return try Self.report(outcome, environment)
            }
        }
        if code != ExitStatus.success { throw ExitCode(code) }
    }

    /// Writes the outputs and says how it ended.
    private static func report(
        _ outcome: ElementOutcome, _ environment: ProgramEnvironment
    ) throws -> Int32 {
        for (output, descriptor) in [
            (outcome.standardOutput, environment.output),
            (outcome.standardError, environment.error),
        ] {
            var failure: Int32 = 0
            switch output.content {
            case .bytes(let bytes): failure = bytes.withUnsafeBytes { writeAll($0, to: descriptor) }
            case .file(let path):
                defer { unlink(path) }
                try OutputFile.forEachChunk(of: path) { chunk in
                    if failure == 0 { failure = writeAll(chunk, to: descriptor) }
                }
            }
            if failure == EPIPE { return ExitStatus.brokenPipe }
            guard failure == 0 else {
                throw CommandLineError.outputFailed("standard output", systemMessage(failure))
            }
        }
        let record = OutcomeRecord(
            element: InputElement(index: 1, values: []), seed: 0, outcome: outcome)
        if record.isFailure, record.status != .failed {
            environment.write(
                "hayate: the command \(FailureReport.describe(record))\n", to: environment.error)
        }
        switch outcome.status {
        case .succeeded: return ExitStatus.success
        case .failed(let code): return code
        case .signalled(let number): return 128 + number
        case .timedOut: return 124
        case .lost, .couldNotStart: return 125
        case .cancelled: return ExitStatus.interrupted
        }
    }
}
