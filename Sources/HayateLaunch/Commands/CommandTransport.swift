import HayateCluster

/// A way to run a scheduler's commands: here, or where the scheduler is.
public protocol CommandTransport: Sendable {
    /// Runs a command to its end, or to that of its time. Whatever goes wrong is part of the answer.
    ///
    /// Cancelling the task that awaits it does not end the command: what a submission that was broken off has
    /// done, nobody would know.
    func run(_ line: CommandLine) async -> CommandAnswer
}

/// Runs commands as processes of this machine.
public struct LocalCommands: CommandTransport {
    public init() {}

    public func run(_ line: CommandLine) async -> CommandAnswer { await CommandRunner.run(line) }
}
