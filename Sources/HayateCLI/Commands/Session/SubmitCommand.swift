import ArgumentParser
import Foundation
import Hayate
import HayateView

/// `hayate submit`: a sweep for a session.
struct SubmitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "submit",
        abstract: "Submit a command for every value to a session.",
        usage: "hayate submit [options] CMD [ARG ...] [::: VALUE ...] [:::: FILE ...]",
        discussion: """
            The same lists, places in the command and environment as 'hayate map' has; see
            'hayate help map'. Returns when all is on the session's disk: from then on
            nothing that ends here can lose it. Writes the name of the submission, by which
            the other commands know it.

              hayate submit --name fits ./fit.py {} ::: *.csv
              hayate submit --name plots --needs 'fits[*]' ./plot.py {} ::: *.csv
              hayate submit --needs plots ./collect.sh ::: all
              hayate submit --key $(date +%F) ./nightly.sh ::: 1 2 3

            Its elements are NAME/0, NAME/1 and so on: {#} and HAYATE_INDEX are one more.
            A command that does not end with exit code 0 has failed: what needs it is not
            started. Failed ones start again up to --retries times, with pauses from one
            second on that grow.

            Commands run in this directory, with the environment of the session's daemons.
            """)

    @OptionGroup var session: SessionChoice

    @OptionGroup var submission: SubmissionChoices

    @OptionGroup var terms: CommandTermOptions

    @OptionGroup var input: InputOptions

    @OptionGroup var needs: NeedOptions

    @OptionGroup var report: ReportOptions

    @Flag(help: "Show the commands, one per line, and submit nothing.")
    var dryRun = false

    @Argument(
        parsing: .captureForPassthrough,
        help: ArgumentHelp("The command, and behind it the lists.", valueName: "cmd"))
    var words: [String] = []

    func run() async throws {
        try PassedWords.check(
            words, for: Self.self,
            options: ["--output", "--dry-run"] + CommandTermOptions.names + InputOptions.names + NeedOptions.names
                + SubmissionChoices.names)
        let environment = ProgramEnvironment.current
        let sweep = try Sweep(words, input, environment)
        if dryRun {
            let code = try sweep.show(environment)
            if code != ExitStatus.success { throw ExitCode(code) }
            return
        }
        let session = try await session.connect()
        let (choices, form) = (submission, report.output)
        var terms = terms.terms
        terms.resources = try needs.request
        let seed = input.seed ?? .random(in: 0...(.max))
        let code = try await Interruptible.run(environment, saying: "taking back what was submitted") { [terms] in
            let (view, isOld) = try await sweep.submit(choices, terms, seed: seed, to: session, environment)
            if form == .json {
                try environment.writeJSON(view)
                return ExitStatus.success
            }
            environment.write(view.name + "\n", to: environment.output)
            let count = Counted.text(view.total, "element")
            environment.write(
                isOld
                    ? "hayate: it is there already, with \(count); next: hayate wait \(view.name)\(session.option)\n"
                    : "hayate: \(count) submitted to session \(session.name); next: hayate wait \(view.name)"
                        + "\(session.option)\n", to: environment.error)
            return ExitStatus.success
        }
        if code != ExitStatus.success { throw ExitCode(code) }
    }
}
