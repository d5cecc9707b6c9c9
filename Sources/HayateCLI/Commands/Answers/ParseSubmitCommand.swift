import ArgumentParser
import HayateCluster
import HayateCore

/// `hayate parse-submit`: what a scheduler's answer to a submission means.
struct ParseSubmitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parse-submit",
        abstract: "Tell what a scheduler's answer to a submission means.",
        usage: "hayate parse-submit --scheduler <kind> [options] [<file>]",
        discussion: """
            Reads what sbatch, qsub or bsub printed, and says what a pool would make of it:

              accepted   with the job's id
              refused    the scheduler never takes this one
              later      it takes none now: too many jobs, or a controller that is down
              unclear    nobody knows; the pool looks for the job's unique name

              sbatch job.sh 2>err | hayate parse-submit --scheduler slurm --errors err
            """)

    @OptionGroup var options: AnswerOptions

    func run() throws {
        let environment = ProgramEnvironment.current
        let answer = try options.reader.readSubmission(try options.answer)
        let (kind, job, reason): (String, String?, String?) =
            switch answer {
            case .accepted(let job): ("accepted", job.text, nil)
            case .refused(let reason): ("refused", nil, reason)
            case .tryLater(let reason): ("later", nil, reason)
            case .unclear(let reason): ("unclear", nil, reason)
            }
        guard options.report.output == .json else {
            environment.write("\(kind)  \(job ?? reason ?? "")\n", to: environment.output)
            return
        }
        var json = JSONText()
        json.beginObject()
        json.field("answer", kind)
        if let job { json.field("job", job) }
        if let reason { json.field("reason", reason) }
        json.endObject()
        json.endLine()
        environment.write(String(decoding: json.bytes, as: UTF8.self), to: environment.output)
    }
}
