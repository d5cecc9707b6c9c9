import Hayate

/// What a run came to.
struct RunSummary: Sendable, Equatable {
    /// Why a run ended before it had done all elements.
    enum Stop: Sendable, Equatable {
        /// Someone wanted it to: Ctrl-C.
        case interrupted
        /// An element failed, and `--stop-on-failure` was given.
        case failure
        /// Nobody reads standard output any more, as behind `| head`.
        case brokenPipe
        /// Inputs, results or output failed.
        case error(CommandLineError)
    }

    var succeeded = 0
    var failed = 0
    /// Among the succeeded: those taken over from an earlier run.
    var reused = 0
    /// Elements that were stopped or never started although they were read.
    var notRun = 0
    /// `nil` when the inputs were not read to their end.
    var total: Int?
    var elapsed = 0.0
    var seed: UInt64 = 0
    var stop: Stop?
    /// The first failures.
    var failures: [FailureReport] = []
    /// How jobs of a scheduler ended that should not have, one sentence each.
    var lostJobs: [String] = []

    /// Where the elements run; nil: in this run.
    var submission: Submission?

    /// A sweep that a session runs.
    struct Submission: Sendable, Equatable {
        var name: String
        /// What chooses the session on a command line, with a space before it.
        var option: String
        var session: String
    }

    /// How many failures are shown.
    static let shownFailures = 10

    var exitCode: Int32 {
        switch stop {
        case .interrupted: ExitStatus.interrupted
        case .brokenPipe: ExitStatus.brokenPipe
        case .error: ExitStatus.unusable
        case .failure: ExitStatus.failures
        case nil: failed == 0 && notRun == 0 ? ExitStatus.success : ExitStatus.failures
        }
    }

    /// Whether it has anything to say that must be read.
    var isGood: Bool { exitCode == ExitStatus.success }

    /// The lines for standard error.
    ///
    /// - Parameter results: the results directory, if one was given.
    func text(results: String?) -> String {
        if stop == .brokenPipe { return "" }
        var lines: [String] = []
        for failure in failures {
            let inputs = failure.inputs.isEmpty ? "" : " (\(failure.inputs.prefix(200)))"
            lines.append("hayate: element \(failure.index)\(inputs): \(failure.what)")
            lines += failure.lastLines.map { "    | \($0)" }
        }
        if failed > failures.count {
            let more = HumanText.number(failed - failures.count)
            lines.append("hayate: and \(more) more that failed")
        }
        lines += Self.lines(lostJobs: lostJobs)
        switch stop {
        case .interrupted: lines.append("hayate: interrupted")
        case .failure: lines.append("hayate: stopped at the first failure")
        case .error(let error): lines.append("hayate: \(error)")
        case .brokenPipe, nil: break
        }
        let isEmpty = total == 0 && stop == nil
        lines.append(
            isEmpty ? "hayate: there were no inputs" : "hayate: \(countText); seed \(seed)")
        if let submission, stop == .interrupted {
            lines.append(
                "hayate: the sweep goes on in session \(submission.session): "
                    + "hayate wait \(submission.name)\(submission.option)")
        } else if let results {
            if stop != nil || !isGood {
                lines.append(
                    "hayate: the results are in \(results);"
                        + " the same command again runs only what is missing or failed")
            }
        } else if stop == .interrupted {
            lines.append("hayate: with --results DIR a stopped run can be taken up again")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// One line for each of the first of them.
    static func lines(lostJobs: [String]) -> [String] {
        var lines = lostJobs.prefix(shownFailures).map { "hayate: \($0)" }
        if lostJobs.count > shownFailures {
            lines.append("hayate: and \(HumanText.number(lostJobs.count - shownFailures)) more jobs that were lost")
        }
        return lines
    }

    private var countText: String {
        let done = succeeded + failed
        let all = total ?? done + notRun
        let more = total == nil ? " or more" : ""
        var text = "\(HumanText.number(succeeded)) of \(HumanText.number(all))\(more) succeeded"
        if reused > 0 { text += " (\(HumanText.number(reused)) of them in an earlier run)" }
        if failed > 0 { text += ", \(HumanText.number(failed)) failed" }
        let missing = all - done
        let isToCome = submission != nil && stop != .failure
        if missing > 0 { text += ", \(HumanText.number(missing)) \(isToCome ? "to come" : "not run")" }
        return text + " in \(HumanText.time(seconds: elapsed))"
    }
}

/// The exit codes of `hayate`.
enum ExitStatus {
    static let success: Int32 = 0
    /// At least one element did not succeed.
    static let failures: Int32 = 1
    /// The command line is wrong, or inputs, results or output cannot be used.
    static let unusable: Int32 = 2
    /// Ended by Ctrl-C: as shells say it, 128 and the number of the signal.
    static let interrupted: Int32 = 130
    /// As a program that was ended by SIGPIPE.
    static let brokenPipe: Int32 = 141
}
