import ArgumentParser
import Foundation
import Hayate
import HayateView

/// `hayate trace`: what ran where and when, as a file.
struct TraceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace",
        abstract: "Write what ran where and when as a file for Perfetto.",
        usage: "hayate trace [options] <file>",
        discussion: """
            The file opens in https://ui.perfetto.dev, which shows it in the browser and
            sends it nowhere, and in chrome://tracing. Machines are processes in it,
            daemons threads, and each start of a task a bar.

              hayate trace --since 2h fits.json
            """)

    @OptionGroup var session: SessionChoice

    @Option(
        help: ArgumentHelp("Only what ended in this time, and what runs (default: all).", valueName: "time"),
        transform: TimeLength.parse)
    var since: Duration?

    @Argument(help: "Where to; - is standard output.")
    var file: String

    /// Starts of tasks: as many as a session tells at once, and as a viewer shows with ease.
    private static let mostSpans = 100_000
    private static let spansAtOnce = 1_000

    func run() async throws {
        let environment = ProgramEnvironment.current
        let connected = try await session.connect()
        let now = try await connected.connection.snapshot(tasks: 0).session.now
        let from = since.map { now - Double($0.nanoseconds) / 1e9 } ?? 0
        let spans = try await connected.connection.spans(since: from, limit: Self.mostSpans)
        try write(spans, now: now, environment)
        if spans.count >= Self.mostSpans {
            environment.write(
                "hayate: only the newest \(HumanText.number(Self.mostSpans)) starts of tasks are in it\n",
                to: environment.error)
        }
    }

    private func write(_ spans: [SpanView], now: Double, _ environment: ProgramEnvironment) throws {
        var trace = TraceFile(now: now)
        let isOutput = file == "-"
        // A reader never sees a half: it takes its name when it is whole.
        let part = file + ".part"
        let descriptor = isOutput ? environment.output : open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw CommandLineError.outputFailed(part, systemMessage(errno)) }
        func put() throws {
            let failure = trace.take().withUnsafeBytes { writeAll($0, to: descriptor) }
            guard failure != 0 else { return }
            if !isOutput { unlink(part) }
            throw CommandLineError.outputFailed(isOutput ? "standard output" : part, systemMessage(failure))
        }
        defer { if !isOutput { close(descriptor) } }
        for (number, span) in spans.enumerated() {
            trace.add(span)
            if number % Self.spansAtOnce == 0 { try put() }
        }
        trace.finish()
        try put()
        guard !isOutput else { return }
        guard rename(part, file) == 0 else {
            let failure = errno
            unlink(part)
            throw CommandLineError.outputFailed(file, systemMessage(failure))
        }
    }
}
