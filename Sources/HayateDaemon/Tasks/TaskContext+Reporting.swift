import Logging

/// What a running task tells its caller.
package enum TaskReport: Sendable {
    case line(Logger.Level, String)
    case progress(Double, String)

    /// The level byte of a log frame that carries progress: one beyond those of swift-log. Its text is the
    /// fraction in decimal, a space, and the task's words.
    package static let progressLevel = UInt8(Logger.Level.allCases.count)
}

extension TaskContext {
    /// Tells the caller of something that is not an error yet: a line of level `warning`, which appears
    /// where all log lines do, and among the mirai's `warnings`.
    public func warn(_ text: String) { log(text, level: .warning) }

    /// Tells the caller how far the task is: `mirai.progress` there, and a line for the pool's `onLog`.
    ///
    /// As often as it is convenient: reports closer together than 20 ms are collected, and the last one
    /// always arrives.
    /// - Parameters:
    ///   - progress: the part that is done, from 0 to 1; what is beyond is taken for the nearer end, and
    ///     what is no number for 0.
    ///   - text: what it is doing, e.g. "epoch 3".
    public func report(progress: Double, _ text: String = "") {
        report(.progress(progress.isNaN ? 0 : min(max(progress, 0), 1), text))
    }
}
