import Hayate
import HayateView

/// The progress line of submissions at a terminal.
struct SubmissionProgress {
    private var display: ProgressDisplay
    private var rate = RateWindow()
    private let began = ContinuousClock.now
    /// What had ended when this began says nothing of how fast it goes.
    private var before: Int?

    init(_ environment: ProgramEnvironment, label: String = "") {
        display = ProgressDisplay(
            descriptor: environment.error, isEnabled: Terminal.isTerminal(environment.error), label: label)
    }

    mutating func draw(_ submissions: [SubmissionView], stalled: String?) {
        let elapsed = (ContinuousClock.now - began).fractionalSeconds
        // Those that are over long since would make every bar a full one.
        let shown = submissions.contains { !$0.isOver } ? submissions.filter { !$0.isOver } : submissions
        let ended = submissions.reduce(0) { $0 + $1.returned + $1.failed + $1.cancelled }
        rate.add(time: elapsed, done: ended - (before ?? ended))
        before = before ?? ended
        display.draw(
            ProgressSnapshot(
                done: shown.reduce(0) { $0 + $1.returned + $1.failed + $1.cancelled },
                failed: shown.reduce(0) { $0 + $1.failed }, running: shown.reduce(0) { $0 + $1.running },
                total: shown.allSatisfy(\.isComplete) ? shown.reduce(0) { $0 + $1.total } : nil, elapsed: elapsed,
                perSecond: rate.perSecond, waitReason: stalled))
    }

    mutating func clear() { display.clear() }
}

/// A submission in a line.
enum SubmissionText {
    /// `fits: 98 of 100 succeeded, 2 failed`.
    static func ending(_ view: SubmissionView) -> String {
        var text = "\(view.name): \(HumanText.number(view.returned)) of \(HumanText.number(view.total)) succeeded"
        if view.failed > 0 { text += ", \(HumanText.number(view.failed)) failed" }
        if view.cancelled > 0 { text += ", \(HumanText.number(view.cancelled)) cancelled" }
        return text
    }
}

extension HumanText {
    /// A text of others in one line: nothing in it may move the cursor.
    static func oneLine(_ text: String) -> String {
        String(text.unicodeScalars.map { scalar -> Character in
            guard scalar.properties.generalCategory == .control else { return Character(scalar) }
            return scalar == "\n" || scalar == "\t" ? " " : "?"
        })
    }
}
