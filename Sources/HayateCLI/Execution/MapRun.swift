import Dispatch
import Foundation
import Hayate
import Synchronization

/// Runs a command for every element of a sweep.
///
/// Three parties: a thread reads inputs, Swift tasks wait for the executor, and another thread
/// records and writes. What is between them is bounded: elements read ahead, elements started and
/// not yet written, and the distance to the oldest unfinished one.
struct MapRun: Sendable {
    struct Options: Sendable {
        var terms = ElementTerms()
        var stopsOnFailure = false
        /// Seed of the sweep; see `ElementSeed`.
        var seed: UInt64 = 0
        var format = OutputFormat.text
        /// How many daemons there are: the window is four elements for each, and at least 1024.
        var daemons = 1
        /// Whether there is a terminal to draw progress on.
        var showsProgress = false
        var output: Int32 = 1
        var error: Int32 = 2
        /// Whether the sweep goes on without this run, and therefore gets all elements at once.
        var isDetachable = false
        /// The log whose lines go past the progress line; nil: there is none.
        var log: LogLines?

        var window: Int { isDetachable ? .max : max(1024, 4 * max(1, min(daemons, 1 << 20))) }
    }

    var template: CommandTemplate
    var elements: InputElements
    var executor: any ElementExecutor
    var store: ResultsStore?
    var options: Options

    /// Runs to the end of the inputs, or until the calling Swift task is cancelled.
    ///
    /// - Returns: what it came to; failures of elements and of the run itself are in there.
    /// - Throws: when it cannot begin.
    func run() async throws -> RunSummary {
        let display = ProgressDisplay(
            descriptor: options.error, isEnabled: options.showsProgress)
        let recorder = try RunRecorder(
            columns: elements.columns, store: store, format: options.format,
            console: Console(output: options.output, error: options.error, display: display))
        let feeder = InputFeeder(elements)
        let executor = executor
        let gate = RunGate(window: options.window, span: RunRecorder.span) { reason in
            feeder.cancel()
            Task { await executor.stop(for: reason) }
        }
        let writer = RunWriter(
            recorder, gate: gate, feeder: feeder, executor: executor,
            stopsOnFailure: options.stopsOnFailure)
        options.log?.send { [weak writer] line in
            guard let writer else { return false }
            writer.say(line)
            return true
        }
        defer { options.log?.send(nil) }
        // The progress line has the reason; where there is none, the log of a batch job needs it.
        let watch = options.showsProgress ? nil : StallWatch.start(executor) { writer.say($0) }
        defer { watch?.cancel() }
        // A task of its own: cancelling this one would cancel the elements one by one, and each that
        // ends makes room for another to start.
        let work = Task {
            await withDiscardingTaskGroup { group in
                while let elements = await nextElements(feeder, gate) {
                    for element in elements {
                        guard let start = prepare(element, writer) else { continue }
                        // Here and not in the task: tasks begin in any order, and an element
                        // that is queued late holds back the output of all behind it.
                        let end = await executor.start(start.request)
                        // Here and not in a function that gets the group: Swift 6.3.1 makes tasks
                        // without code of those that a synchronous function adds to an inout group.
                        group.addTask { await start.deliver(end(), to: writer) }
                    }
                    await attempt(gate) { try await executor.batchEnded() }
                }
                await attempt(gate) { try await executor.inputsEnded() }
                await gate.idle()
                if let reason = gate.stop {
                    await executor.stop(for: reason)
                    group.cancelAll()
                }
            }
        }
        await withTaskCancellationHandler {
            await work.value
        } onCancel: {
            gate.stop(.interrupted)
        }
        var summary = await writer.finish()
        summary.seed = options.seed
        summary.lostJobs = executor.lostJobs
        return summary
    }

    private func attempt(_ gate: RunGate, _ body: () async throws -> Void) async {
        do {
            try await body()
        } catch {
            gate.stop(.error(error as? CommandLineError ?? .session(error)))
        }
    }

    /// The elements that may start now; `nil` when there are no more, or the run stops.
    private func nextElements(_ feeder: InputFeeder, _ gate: RunGate) async -> [InputElement]? {
        guard let room = await gate.room() else { return nil }
        do {
            guard let batch = try await feeder.next(atMost: min(room, 256)) else { return nil }
            gate.started(batch.count)
            return batch
        } catch {
            gate.stop(.error(error as? CommandLineError ?? .cannotRead("the inputs", "\(error)")))
            return nil
        }
    }

    /// Makes the request of an element, unless an earlier run did it: that outcome goes to the
    /// writer.
    private func prepare(_ element: InputElement, _ writer: RunWriter) -> ElementStart? {
        let arguments = template.arguments(for: element)
        let maker = ElementMaker(template: template, seed: options.seed, terms: options.terms)
        let seed = maker.seed(of: element)
        let key: ElementKey
        if let store {
            let found = store.identify(element, arguments: arguments)
            key = found.key
            if let earlier = found.earlier {
                writer.arrive(
                    RunGate.Arrival(
                        element: element, key: key, seed: seed, content: .earlier(earlier)))
                return nil
            }
        } else {
            key = ElementKey(arguments: arguments, values: element.values)
        }
        let request = maker.request(element, arguments, key: key)
        return ElementStart(element: element, key: key, seed: seed, request: request)
    }
}

/// An element that is to run now.
private struct ElementStart: Sendable {
    var element: InputElement
    var key: ElementKey
    var seed: UInt64
    var request: ElementRequest

    func deliver(_ outcome: ElementOutcome, to writer: RunWriter) {
        writer.arrive(
            RunGate.Arrival(element: element, key: key, seed: seed, content: .outcome(outcome)))
    }
}

/// The thread that records and writes; it sleeps while nothing ends.
final class RunWriter: Sendable {
    private let queue = DispatchQueue(label: "hayate.results")
    /// Only ever used on the queue; the lock is what proves that to the compiler.
    private let recorder: Mutex<RunRecorder>
    private let hasEnded = Atomic<Bool>(false)
    private let gate: RunGate
    private let feeder: InputFeeder
    private let executor: any ElementExecutor
    private let stopsOnFailure: Bool
    private let start = ContinuousClock.now

    init(
        _ recorder: sending RunRecorder, gate: RunGate, feeder: InputFeeder,
        executor: any ElementExecutor, stopsOnFailure: Bool
    ) {
        let isDrawing = recorder.console.display.isEnabled
        self.recorder = Mutex(recorder)
        self.gate = gate
        self.feeder = feeder
        self.executor = executor
        self.stopsOnFailure = stopsOnFailure
        if isDrawing { scheduleDrawing() }
    }

    func arrive(_ arrival: RunGate.Arrival) {
        if gate.arrive(arrival) { queue.async { [self] in drain() } }
    }

    /// Writes a line to standard error, between the progress line and its next drawing.
    func say(_ line: String) {
        queue.async { [self] in recorder.withLock { $0.say(line) } }
    }

    /// Writes all that is left. To be called once, after everything started has arrived.
    func finish() async -> RunSummary {
        await withCheckedContinuation { continuation in
            queue.async { [self] in continuation.resume(returning: end()) }
        }
    }

    private func drain() {
        while true {
            let arrivals = gate.takeArrivals()
            guard !arrivals.isEmpty else { return }
            recorder.withLock { recorder in
                for arrival in arrivals {
                    attempt {
                        if try recorder.take(arrival), stopsOnFailure { gate.stop(.failure) }
                    }
                }
                attempt { try recorder.flush() }
                gate.wrote(arrivals.count) { recorder.allowance(lastStarted: $0) }
            }
        }
    }

    private func end() -> RunSummary {
        drain()
        hasEnded.store(true, ordering: .relaxed)
        return recorder.withLock { recorder in
            attempt { try recorder.finish(isComplete: gate.stop == nil) }
            var summary = recorder.summary
            summary.stop = gate.stop
            summary.total = feeder.total
            summary.elapsed = (ContinuousClock.now - start).fractionalSeconds
            summary.failures.sort { $0.index < $1.index }
            return summary
        }
    }

    private func scheduleDrawing() {
        queue.asyncAfter(deadline: .now() + 0.2) { [weak self] in
            guard let self, !hasEnded.load(ordering: .relaxed) else { return }
            draw()
            scheduleDrawing()
        }
    }

    private func draw() {
        let elapsed = (ContinuousClock.now - start).fractionalSeconds
        recorder.withLock {
            $0.draw(elapsed: elapsed, total: feeder.total, status: executor.status)
        }
    }

    /// Turns an error into the end of the run.
    private func attempt(_ body: () throws -> Void) {
        do {
            try body()
        } catch is Console.Closed {
            gate.stop(.brokenPipe)
        } catch {
            gate.stop(.error(error as? CommandLineError ?? .outputFailed("results", "\(error)")))
        }
    }
}
