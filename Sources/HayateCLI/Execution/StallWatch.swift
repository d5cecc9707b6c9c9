import Hayate

/// Says in a log without progress why nothing moves.
enum StallWatch {
    /// Looks after an executor until it is cancelled.
    static func start(
        _ executor: any ElementExecutor, say: @escaping @Sendable (String) -> Void
    ) -> Task<Void, any Error> {
        let clock = ContinuousClock()
        let began = clock.now
        return Task {
            var notes = StallNotes()
            while true {
                try await clock.sleep(for: .seconds(5))
                let elapsed = began.duration(to: clock.now).fractionalSeconds
                if let line = notes.look(at: elapsed, executor.status) { say(line) }
            }
        }
    }
}

/// When it is time to say why nothing runs. Pure: the caller says what time it is.
struct StallNotes {
    /// Seconds without anything that runs before the first note.
    static let patience = 60.0
    /// Seconds between two notes.
    static let interval = 600.0
    private var since = 0.0
    private var next = patience

    /// - Parameter seconds: since the run began.
    /// - Returns: a line for standard error; nil: there is nothing to say now.
    mutating func look(at seconds: Double, _ status: ExecutorStatus) -> String? {
        guard status.running == 0, let reason = status.waitReason else {
            since = seconds
            next = seconds + Self.patience
            return nil
        }
        guard seconds >= next else { return nil }
        next = seconds + Self.interval
        return "hayate: nothing has run for \(HumanText.time(seconds: seconds - since)): \(reason)\n"
    }
}
