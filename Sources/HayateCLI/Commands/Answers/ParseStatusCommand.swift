import ArgumentParser
import HayateCluster
import HayateCore

/// `hayate parse-status`: the states of jobs in what a scheduler printed.
struct ParseStatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parse-status",
        abstract: "Tell the states of jobs in what a scheduler printed.",
        usage: "hayate parse-status --scheduler <kind> [options] [<file>]",
        discussion: """
            Reads the answer to a query for jobs, and shows what a pool would make of it. The
            queries that it knows, in the form in which a pool asks them:

              slurm    squeue -h -t all -o '%i|%T|%r|%N|%j'
                       sacct -X -n -P -o JobID,State,ExitCode,DerivedExitCode,Reason,\\
                       NodeList,Cluster,JobName; scontrol show job -o   (--accounting)
              sge      qstat -xml; qacct -j (--accounting)
              pbspro   qstat -t -f -F dsv -D '|', or -f; with -x (--accounting)
              torque   qstat -t -f -1; tracejob -q (--accounting)
              lsf      bjobs -a -noheader -o "jobid jobindex stat exit_code exec_host
                       exit_reason job_name delimiter='|'", or -w; bhist -l, bacct -l
                       (--accounting)

              qacct -j 4711 | hayate parse-status --scheduler sge --accounting

            EXIT CODE
              0    the answer tells of jobs, or that there are none
              1    it is no answer: a pool would keep what it knew before
              2    wrong usage
            """)

    @Flag(help: "The answer is that of the accounting, not of the queue.")
    var accounting = false

    @OptionGroup var options: AnswerOptions

    func run() throws {
        let environment = ProgramEnvironment.current
        let (reader, answer) = (try options.reader, try options.answer)
        switch accounting ? reader.readAccounting(answer) : reader.readStatus(answer) {
        case .failed(let reason):
            if options.report.output == .json {
                var json = JSONText()
                json.beginObject()
                json.field("failed", reason)
                json.endObject()
                json.endLine()
                environment.write(String(decoding: json.bytes, as: UTF8.self), to: environment.output)
            } else {
                environment.write("hayate: this is no answer: \(reason)\n", to: environment.error)
            }
            throw ExitCode(1)
        case .jobs(let reports):
            let text = options.report.output == .json
                ? reports.map { JobTable.json($0) }.joined() : JobTable.text(of: reports)
            environment.write(text, to: environment.output)
        }
    }
}
