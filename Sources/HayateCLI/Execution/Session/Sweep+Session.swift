import Foundation
import Hayate
import HayateView

extension Sweep {
    /// Runs it in a session, and shows the results as they come.
    /// - Returns: the exit code.
    func run(
        _ command: MapCommand, _ store: ResultsStore?, _ options: MapRun.Options, _ environment: ProgramEnvironment
    ) async throws -> Int32 {
        let name = command.session.name ?? "default"
        let session = try await ConnectedSession(name, environment.sessions)
        let submission = try await OpenSubmission.begin(
            self, command.session.submission, seed: options.seed, in: session)
        let executor = SessionExecutor(submission)
        var options = options
        options.isDetachable = true
        options.daemons = 0
        let (template, elements, place) = (
            template, elements, RunSummary.Submission(name: submission.name, option: session.option, session: name)
        )
        let run = MapRun(
            template: template, elements: elements, executor: executor, store: store, options: options)
        return try await Interruptible.run(environment, saying: "letting it go on in session \(name)") {
            var summary = try await run.run()
            if let failure = executor.failure, summary.stop == nil { summary.stop = .error(failure) }
            summary.submission = place
            return Self.tell(summary, command, environment)
        }
    }

    /// Submits all elements, and waits for none.
    /// - Returns: the submission as it then is, and whether it was there already.
    func submit(
        _ choices: SubmissionChoices, _ terms: ElementTerms, seed: UInt64, to session: ConnectedSession,
        _ environment: ProgramEnvironment
    ) async throws -> (SubmissionView, isOld: Bool) {
        let submission = try await OpenSubmission.begin(self, choices, seed: seed, in: session)
        if choices.key != nil, submission.view.isComplete { return (submission.view, isOld: true) }
        let maker = ElementMaker(template: template, seed: seed, terms: terms)
        let feeder = InputFeeder(elements)
        defer { feeder.cancel() }
        var display = ProgressDisplay(
            descriptor: environment.error, isEnabled: Terminal.isTerminal(environment.error), label: submission.name)
        defer { display.clear() }
        let began = ContinuousClock.now
        var batch: [SessionTask] = []
        var bytes = 0
        var sent: UInt32 = 0
        func send() async throws {
            guard !batch.isEmpty else { return }
            try await submission.add(batch, first: sent)
            sent += UInt32(batch.count)
            (batch, bytes) = ([], 0)
            display.draw(
                ProgressSnapshot(
                    done: Int(sent), running: nil, total: feeder.total,
                    elapsed: (ContinuousClock.now - began).fractionalSeconds))
        }
        do {
            while let elements = try await feeder.next(atMost: OpenSubmission.batch) {
                for element in elements {
                    let task = try submission.maker.task(
                        maker.request(element), number: sent + UInt32(batch.count))
                    bytes += task.body.count + task.label.utf8.count
                    batch.append(task)
                    if bytes >= OpenSubmission.batchBytes { try await send() }
                }
                try await send()
                try Task.checkCancellation()
            }
        } catch {
            // With a key the same command goes on where this one was. Without one nobody could, and half a sweep that
            // nobody knows of would be worse than none.
            if choices.key == nil {
                _ = try? await session.connection.cancel(.submission(submission.name))
                _ = try? await session.connection.complete(submission.name)
            }
            throw error
        }
        return (try await submission.complete(), isOld: false)
    }
}
