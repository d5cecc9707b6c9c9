import ArgumentParser
import Foundation
import Hayate

/// What a `hayate map` or `hayate submit` is to run: the command line read and checked, its inputs open.
struct Sweep {
    let template: CommandTemplate
    let elements: InputElements
    let inputs: InputRequest

    /// - Throws: `CommandLineError` for everything that can be wrong before anything runs.
    init(_ words: [String], _ options: InputOptions, _ environment: ProgramEnvironment) throws {
        let tail = try InputTail(words)
        if !options.shell { try Self.checkProgram(tail.command) }
        inputs = InputRequest(
            csvFiles: options.csv, tsvFiles: options.tsv, grids: options.grid, lists: tail.lists,
            isNullSeparated: options.null)
        elements = try inputs.open(
            standardInput: environment.input,
            isTerminal: Terminal.isTerminal(environment.input))
        template = try CommandTemplate(
            tail.command, columns: elements.columns, usesShell: options.shell)
    }

    /// A whole command line in one word is no program. Someone who writes one wants a shell.
    private static func checkProgram(_ words: [String]) throws {
        let program = words[0]
        guard words.count == 1, program.contains(where: { " |;&<>\t\n".contains($0) }),
            access(program, F_OK) != 0
        else { return }
        throw CommandLineError.commandHoldsSpaces(program)
    }

    /// Writes the commands that would run.
    func show(_ environment: ProgramEnvironment) throws -> Int32 {
        var elements = elements
        var console = Console(
            output: environment.output, error: environment.error,
            display: ProgressDisplay(descriptor: environment.error, isEnabled: false))
        do {
            while let element = try elements.next() {
                let line = HumanText.command(template.arguments(for: element)) + "\n"
                try console.writeOutput(line.utf8)
            }
            try console.flush()
        } catch is Console.Closed {
            return ExitStatus.brokenPipe
        }
        return ExitStatus.success
    }

    /// Runs it, writes the summary, and returns the exit code.
    func run(_ command: MapCommand, _ environment: ProgramEnvironment) async throws -> Int32 {
        let store = try openStore(command)
        let hasTerminal = Terminal.isTerminal(environment.error)
        if let store, store.damagedLines > 0 {
            environment.write(
                "hayate: \(store.damagedLines) damaged lines in \(store.layout.outcomes)"
                    + " are left out; their elements run again\n", to: environment.error)
        }
        let machines = command.remote.hosts.count
        let count = command.daemons
            ?? DaemonCount(machines > 0 ? 1 : ProcessInfo.processInfo.activeProcessorCount)
        let daemons = count.range.upperBound * max(1, machines)
        var terms = command.terms.terms
        terms.resources = try command.needs.request
        let options = MapRun.Options(
            terms: terms, stopsOnFailure: command.onFailure == .stopOnFailure,
            seed: store?.seed ?? command.input.seed ?? .random(in: 0...(.max)),
            format: command.output, daemons: daemons, showsProgress: hasTerminal,
            output: environment.output, error: environment.error, log: environment.log)
        if command.session.name != nil {
            return try await run(command, store, options, environment)
        }
        let (template, elements) = (template, elements)
        let place = ExecutorOptions(
            daemons: daemons, place: command.place, cluster: try command.cluster.place(count.range),
            remote: try command.remote.place(count.range.upperBound), ssh: command.remote.login.ssh,
            offer: try Offer(command))
        return try await Interruptible.run(environment) {
            try await environment.withExecutor(place) { executor in
                let summary = try await MapRun(
                    template: template, elements: elements, executor: executor, store: store,
                    options: options
                ).run()
                return Self.tell(summary, command, environment)
            }
        }
    }

    /// - Returns: the exit code.
    static func tell(
        _ summary: RunSummary, _ command: MapCommand, _ environment: ProgramEnvironment
    ) -> Int32 {
        // Like other tools: quiet when all is well and nobody is watching. An empty input is well, but may be a
        // mistake.
        if Terminal.isTerminal(environment.error) || !summary.isGood || summary.total == 0 || command.results != nil
            || !summary.lostJobs.isEmpty
        {
            environment.write(summary.text(results: command.results), to: environment.error)
        }
        return summary.exitCode
    }

    private func openStore(_ command: MapCommand) throws -> ResultsStore? {
        guard let directory = command.results else { return nil }
        let now = Timestamp.text(Date())
        return try ResultsStore(
            directory: directory,
            sweep: SweepDescription(
                command: template.words, usesShell: template.usesShell,
                seed: String(command.input.seed ?? .random(in: 0...(.max))), inputs: inputs.summary,
                columns: elements.columns.headings, created: now, updated: now),
            requestedSeed: command.input.seed, isFresh: command.fresh)
    }
}

/// Runs something that Ctrl-C cancels.
enum Interruptible {
    /// - Returns: what the body returns, or 128 and the number of the signal that came.
    static func run(
        _ environment: ProgramEnvironment, saying message: String = "stopping",
        _ body: @escaping @Sendable () async throws -> Int32
    ) async throws -> Int32 {
        let work = Task { try await body() }
        let interrupts = environment.handlesSignals
            ? Interrupts { _ in
                environment.write(
                    "\nhayate: \(message); press Ctrl-C again to end at once\n",
                    to: environment.error)
                work.cancel()
            } : nil
        defer { interrupts?.end() }
        let result = await withTaskCancellationHandler {
            await work.result
        } onCancel: {
            work.cancel()
        }
        if let first = interrupts?.first, first != 0 { return 128 + first }
        return try result.get()
    }
}
