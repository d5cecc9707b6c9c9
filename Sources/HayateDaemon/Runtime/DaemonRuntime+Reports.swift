import HayateCore
import HayateTransport
import HayateWire
import Logging

extension DaemonRuntime {
    /// What a running task tells its caller, on its way out.
    struct Reports {
        var budget = LogBudget()
        /// Progress that came too soon after the last one; the newest only.
        var progress: (attempt: AttemptID, fraction: Double, text: String)?
        var lastProgress = Instant.zero

        /// Nanoseconds between two reports of progress.
        static let progressPause: Int64 = 20_000_000
        /// Bytes of one line, about: it fits into a frame whatever is in it.
        static let longestLine = 16 << 10
    }

    func forward(_ report: TaskReport, of attempt: AttemptID) {
        state.withLock { state in
            guard state.session.isStarted(attempt), let link = state.link, link.isAdmitted else {
                return
            }
            let now = Instant.now
            switch report {
            case .line(let level, let text):
                let text = ErrorDescription.shortened(text, to: Reports.longestLine)
                guard state.reports.budget.mayPass(bytes: text.utf8.count, at: now) else { return }
                forwardDropped(of: attempt, link, &state)
                let number = Logger.Level.allCases.firstIndex(of: level) ?? 2
                link.write(.log(attempt, level: UInt8(clamping: number), text: text))
            case .progress(let fraction, let text):
                // Another task's last word is not lost behind this one's.
                if let last = state.reports.progress, last.attempt != attempt {
                    forwardProgress(link, &state)
                }
                state.reports.progress = (
                    attempt, fraction, ErrorDescription.shortened(text, to: Reports.longestLine)
                )
                guard now.since(state.reports.lastProgress) >= Reports.progressPause else { return }
                forwardProgress(link, &state)
                state.reports.lastProgress = now
            }
            link.handOver()
        }
        flush()
    }

    /// Under the lock, at the end of a task and now and then while it runs: what was held back.
    func forwardLast(of attempt: AttemptID, _ state: inout State) {
        guard state.reports.progress != nil || state.reports.budget.dropped > 0 else { return }
        guard let link = state.link, link.isAdmitted else {
            // Nobody hears it, and it must not be taken for words of the next task.
            state.reports.progress = nil
            _ = state.reports.budget.takeDropped()
            return
        }
        forwardDropped(of: attempt, link, &state)
        forwardProgress(link, &state)
    }

    private func forwardProgress(_ link: HostLink, _ state: inout State) {
        guard let progress = state.reports.progress else { return }
        state.reports.progress = nil
        link.write(
            .log(
                progress.attempt, level: TaskReport.progressLevel,
                text: "\(progress.fraction) \(progress.text)"))
    }

    private func forwardDropped(of attempt: AttemptID, _ link: HostLink, _ state: inout State) {
        let dropped = state.reports.budget.takeDropped()
        guard dropped > 0 else { return }
        let warning = UInt8(clamping: Logger.Level.allCases.firstIndex(of: .warning) ?? 4)
        link.write(
            .log(
                attempt, level: warning,
                text: "[\(dropped) log lines were dropped: they came too fast]"))
    }
}
