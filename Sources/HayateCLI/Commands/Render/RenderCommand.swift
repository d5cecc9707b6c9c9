import ArgumentParser
import Hayate
import HayateCluster

/// `hayate render`: the script of a job, as a scheduler takes it.
struct RenderCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render",
        abstract: "Show the script of a job for a batch scheduler.",
        usage: "hayate render [--scheduler KIND | --site NAME] [options] -- CMD [ARG ...]",
        discussion: """
            Submits nothing: standard output has the script, standard error the command
            that would submit it.
            One request makes a script for each scheduler: slurm, sge, pbspro, torque,
            lsf, or local for none. What a scheduler cannot do is refused. --site takes
            a site by its name or by its file.

              hayate render --scheduler slurm --cpus 4 --memory 8GiB -- ./fit.py a.csv
              hayate render --site ./narval.yaml --profile gpu --explain -- ./train
              hayate render --scheduler sge --array 100%5 --shell -- './fit $SGE_TASK_ID'

            The words of the command reach it as they are. With --shell they are lines of
            shell, in which variables of the scheduler mean something.

            The layout of the script is a template, which --template replaces; see
            docs/templates.md.
            """)

    @Option(help: ArgumentHelp("The kind of scheduler, where no site is known.", valueName: "kind"))
    var scheduler: SchedulerKind?

    @OptionGroup var place: SiteOptions

    @Option(help: ArgumentHelp("One of the site's sets of wishes.", valueName: "name"))
    var profile: String?

    @Option(help: ArgumentHelp("One of the site's clusters, if it has several.", valueName: "name"))
    var cluster: String?

    @Flag(help: "Show before each line where it comes from.")
    var explain = false

    @Option(help: ArgumentHelp("How to write it: text or json.", valueName: "format"))
    var output = ReportForm.text

    @Flag(help: "The command is shell, and not words.")
    var shell = false

    @OptionGroup var job: JobOptions

    @Argument(parsing: .captureForPassthrough, help: ArgumentHelp("The command.", valueName: "cmd"))
    var words: [String] = []

    func validate() throws {
        if scheduler != nil, place.site != nil || !place.settings.isEmpty || profile != nil || cluster != nil {
            throw ValidationError("--scheduler is for no site at all: leave it out, or --site, --set, --profile and --cluster.")
        }
        if explain, output == .json {
            throw ValidationError("--output json has the origins anyway: leave --explain out.")
        }
    }

    func run() async throws {
        try PassedWords.check(
            words, for: Self.self,
            options: ["--scheduler", "--site", "--set", "--profile", "--cluster", "--explain", "--output", "--shell"] + JobOptions.names)
        let environment = ProgramEnvironment.current
        let arguments = words.first == "--" ? Array(words.dropFirst()) : words
        guard !arguments.isEmpty else {
            throw CommandLineError(
                code: .usage, message: "there is no command for the job", hint: "write it behind --, for example: -- ./fit.py a.csv")
        }
        let command = shell ? arguments.joined(separator: " ") : HumanText.command(arguments)
        let rendering = try await Rendering(self, command: command)
        for (index, piece) in rendering.jobs.enumerated() {
            switch output {
            case .json: RenderReport.json(piece, environment)
            case .text where explain: RenderReport.explanation(piece, environment)
            case .text: RenderReport.text(piece, of: rendering.jobs.count, index, environment)
            }
        }
        for note in rendering.notes { environment.write("hayate: \(note)\n", to: environment.error) }
    }
}
