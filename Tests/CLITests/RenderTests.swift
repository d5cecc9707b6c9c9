import Foundation
import Hayate
import Testing

@testable import HayateCLI

@Suite("hayate render")
struct RenderTests {
    @Test("prints the script alone on standard output, and how to submit it on standard error")
    func script() async throws {
        let end = try await hayate([
            "render", "--scheduler", "slurm", "--cpus", "4", "--memory", "8GiB", "--walltime", "1d12h", "--name", "fit",
            "--array", "10%2", "--output-file", "l/{job}-{task}", "--env", "A=b=c d", "--module", "gcc", "--prologue", "-x",
            "--dependency", "afterOK:1:2", "--warning", "USR1@2m", "--mail", "ada@example.org", "--directive", "--switches=1",
            "--drop-directive", "--mem", "--raw-option", "--quiet", "--licence", "m:2", "--exclusive", "--hold", "--requeue",
            "--", "./fit.py", "it's", "$HOME",
        ])
        #expect(end.code == 0, "\(end.error)")
        #expect(end.output.hasPrefix("#!/bin/sh\n#SBATCH --job-name=fit\n"))
        for line in [
            "#SBATCH --cpus-per-task=4", "#SBATCH --time=1-12:00:00", "#SBATCH --array=0-9%2", "#SBATCH --output=l/%A-%a",
            "export A='b=c d'", "module load gcc", "-x", "#SBATCH --dependency=afterok:1:2", "#SBATCH --signal=B:USR1@120",
            "#SBATCH --mail-user=ada@example.org", "#SBATCH --switches=1", "#SBATCH --licenses=m:2", "#SBATCH --exclusive",
            "#SBATCH --hold", "#SBATCH --requeue", "./fit.py 'it'\\''s' '$HOME'",
        ] {
            #expect(end.output.split(separator: "\n").contains(Substring(line)), "\(line)\n\(end.output)")
        }
        #expect(!end.output.contains("--mem="))
        #expect(end.error == "hayate: submit it with: sbatch --parsable --quiet < SCRIPT\n")
    }

    @Test("each scheduler has its script", arguments: [
        ("slurm", "#SBATCH --job-name=hayate"), ("sge", "#$ -N hayate"), ("pbspro", "#PBS -N hayate"),
        ("torque", "#PBS -N hayate"), ("lsf", "#BSUB -J \"hayate\""), ("local", "} </dev/null"),
    ])
    func kinds(kind: String, line: String) async throws {
        let end = try await hayate(["render", "--scheduler", kind, "--", "true"])
        #expect(end.code == 0, "\(end.error)")
        #expect(end.output.contains(line + "\n"))
    }

    @Test("--shell has variables mean something, which words do not")
    func shell() async throws {
        let end = try await hayate(["render", "--scheduler", "sge", "--shell", "--", "./fit $SGE_TASK_ID", "| tee log"])
        #expect(end.output.contains("\n./fit $SGE_TASK_ID | tee log\n"))
    }

    @Test("--explain shows where each line comes from: an option, a file with its line, a site, a template")
    func explain() async throws {
        try await withTemporaryDirectory { directory in
            try "cpus: 2\nenvironment:\n  B: x\n".write(toFile: directory + "/job.yaml", atomically: true, encoding: .utf8)
            try """
                schema: 1
                site: { id: here }
                clusters:
                  main:
                    scheduler: pbspro
                    template: site.mustache
                    queues:
                      short: { maxWalltime: 1h }
                profiles:
                  default: { memory: 2GiB }
                """.write(toFile: directory + "/here.yaml", atomically: true, encoding: .utf8)
            try "{{<pbspro}}\n{{$setup}}\necho {{queue}} on {{site}}\n{{/setup}}\n{{/pbspro}}\n"
                .write(toFile: directory + "/site.mustache", atomically: true, encoding: .utf8)
            let end = try await hayate([
                "render", "--site", directory + "/here.yaml", "--request", directory + "/job.yaml", "--walltime", "1m",
                "--explain", "--", "true",
            ])
            #expect(end.code == 0, "\(end.error)")
            func origin(_ text: String) -> String? {
                end.output.split(separator: "\n").first { $0.hasSuffix("| \(text)") }
                    .map { String($0.prefix { $0 != " " }) }
            }
            #expect(origin("#PBS -l walltime=00:01:00") == "--walltime")
            #expect(origin("#PBS -q short") == directory + "/here.yaml:8")
            #expect(origin("export B=x") == directory + "/job.yaml:3")
            #expect(origin("status=$?")?.hasPrefix("job.mustache:") == true)
            #expect(end.output.contains(" | echo short on here\n"))
            #expect(end.output.contains("\nsubmission: qsub < SCRIPT\n"))
        }
    }

    @Test("--output json has the script, its lines with their origins, and the submission")
    func json() async throws {
        let end = try await hayate(["render", "--scheduler", "torque", "--warning", "USR1@1m", "--output", "json", "--", "true"])
        let object = try #require(try JSONSerialization.jsonObject(with: Data(end.output.utf8)) as? [String: Any])
        #expect((object["script"] as? String)?.hasPrefix("#!/bin/sh\n#PBS -S /bin/sh\n") == true)
        #expect((object["lines"] as? [String])?.count == (object["origins"] as? [String])?.count)
        #expect(object["submission"] as? [String] == ["qsub"])
        #expect(object["via"] as? String == "stdin")
        #expect((object["unset"] as? [String])?.contains("PBS_*") == true)
        #expect((object["notes"] as? [String])?.first?.contains("no warning") == true)
    }

    @Test("an array that is too large for the site becomes several, which is told")
    func split() async throws {
        let end = try await hayate(["render", "--scheduler", "slurm", "--array", "1500", "--", "true"])
        #expect(end.output.contains("--array=0-749\n"))
        #expect(end.error.contains("(1 of 2)") && end.error.contains("indices begin anew"))
    }

    @Test("a template of one's own")
    func template() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/mine.mustache"
            try "#!{{{shebang}}}\n{{{directives}}}\necho {{nam}}\n{{{command}}}\n".write(toFile: path, atomically: true, encoding: .utf8)
            let arguments = ["render", "--scheduler", "slurm", "--template", path, "--", "true"]
            let end = try await hayate(arguments)
            #expect(end.code == 2)
            #expect(end.error.contains("\(path):3: ") && end.error.contains("did you mean name?"))
            try "#!{{{shebang}}}\n{{{directives}}}\necho {{name}}\n{{{command}}}\n".write(toFile: path, atomically: true, encoding: .utf8)
            #expect(try await hayate(arguments).output.hasSuffix("\necho hayate\ntrue\n"))
        }
    }

    @Test("what cannot be made is refused with what to write instead", arguments: [
        (["--scheduler", "slurm", "--walltime", "90"], "--walltime: walltime is '90', which has no unit"),
        (["--scheduler", "sge", "--memory", "4GiB"], "memory: complex"), (["--scheduler", "slurm", "--env", "A"], "NAME=value"),
        (["--scheduler", "slurm", "--warning", "USR1"], "USR1@2m"), (["--scheduler", "slurm", "--site", "x"], "for no site"),
        (["--site", "nowhere"], "there is no site"), (["--scheduler", "slurn"], "slurm"),
        (["--scheduler", "slurm", "--request", "/nowhere.yaml"], "/nowhere.yaml"), (["--scheduler", "slurm", "--queu", "x"], "--queue"),
        (["--scheduler", "slurm", "--name", "a\nb"], "line break"),
    ])
    func refused(options: [String], words: String) async throws {
        let end = try await hayate(["render"] + options + ["--", "true"])
        #expect(end.code == 2)
        #expect(end.output.isEmpty)
        #expect(end.error.contains(words), "\(end.error)")
    }

    @Test("without a scheduler or a site it is the one that the machine fits, which is told")
    func found() async throws {
        let end = try await hayate(["render", "--set", "runtime.shell=/bin/bash", "--", "true"])
        #expect(end.output.hasPrefix("#!/bin/bash\n"))
        #expect(end.error.contains("hayate: the site is "))
    }

    @Test("without a command nothing is made")
    func noCommand() async throws {
        let end = try await hayate(["render", "--scheduler", "slurm", "--"])
        #expect(end.code == 2 && end.error.contains("behind --"))
    }

    @Test("a quote with an accent behind it stays within its quotes")
    func accents() {
        #expect(HumanText.shellWord("'\u{301};id").unicodeScalars.elementsEqual("''\\''\u{301};id'".unicodeScalars))
    }
}
