import HayateCluster

/// Runs commands as processes of this machine.
///
/// A command has a session of its own, of which nothing is left once there is an answer. It reads from a file in
/// memory and writes to others, so that it never waits for us. Its variables are those of this process without
/// `unset`, with `LC_ALL=C` and with those of the command line, which win.
public enum CommandRunner {
    /// The bytes of standard output, and of standard error, that an answer holds at most.
    public static let outputLimit = 64 << 20
    /// How long a command whose time is over has from SIGTERM to SIGKILL, in milliseconds.
    public static let graceMilliseconds: UInt32 = 2000

    /// A command that writes so many bytes is ended: they are memory of this machine.
    static let memoryLimit = 1 << 30
    /// How often the bytes are counted.
    private static let lookInterval = Duration.milliseconds(500)

    /// Runs a command without keeping a thread waiting.
    public static func run(_ line: CommandLine) async -> CommandAnswer {
        let clock = ContinuousClock()
        let deadline = clock.now.advanced(by: line.timeLimit)
        // A task of its own, which knows nothing of the cancellation of the caller's.
        var watch: Task<Void, any Error>?
        defer { watch?.cancel() }
        return await withCheckedContinuation { continuation in
            switch RunningCommand.start(line, onEnd: { continuation.resume(returning: $0) }) {
            case .failure(let failure):
                continuation.resume(returning: CommandAnswer(.notStarted(failure.message)))
            case .success(let command):
                watch = Task {
                    while clock.now < deadline {
                        try await clock.sleep(until: min(deadline, clock.now.advanced(by: lookInterval)))
                        if command.writesTooMuch() { return command.end(.writesTooMuch) }
                    }
                    command.end(.timedOut)
                }
            }
        }
    }

    /// Runs a command while the calling thread waits; not for threads that run Swift's tasks.
    public static func runBlocking(_ line: CommandLine) -> CommandAnswer {
        let clock = ContinuousClock()
        let deadline = clock.now.advanced(by: line.timeLimit)
        let outcome = BlockingAnswer()
        switch RunningCommand.start(line, onEnd: { outcome.set($0) }) {
        case .failure(let failure): return CommandAnswer(.notStarted(failure.message))
        case .success(let command):
            while true {
                let rest = clock.now.duration(to: deadline)
                if let answer = outcome.wait(for: min(rest, lookInterval)) { return answer }
                if rest <= .zero {
                    command.end(.timedOut)
                    return outcome.wait()
                }
                if command.writesTooMuch() {
                    command.end(.writesTooMuch)
                    return outcome.wait()
                }
            }
        }
    }
}
