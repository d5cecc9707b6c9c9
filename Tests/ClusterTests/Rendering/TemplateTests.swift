import HayateCluster
import Testing

@Suite("Templates of scripts")
struct TemplateTests {
    private static let whole = """
        #!{{{shebang}}}
        {{{directives}}}
        {{{command}}}

        """

    private func site(_ text: String) -> TemplateFile { TemplateFile(path: "/etc/site.mustache", text: text) }

    private func render(_ text: String, _ change: (inout JobPlan) -> Void = { _ in }) throws -> RenderedJob {
        try JobRenderer.render(
            plainPlan(.slurm) { plan in
                plan.cluster.template = "site.mustache"
                change(&plan)
            }, TemplateLibrary([site(text)]))
    }

    private func refusal(_ text: String, _ change: (inout JobPlan) -> Void = { _ in }) -> String {
        do {
            return "accepted:\n" + (try render(text, change)).script
        } catch {
            return "\(error)"
        }
    }

    @Test("a site's template fills blocks of the scheduler's, with the same quoting")
    func inheritance() throws {
        let job = try render("""
            {{<slurm}}
            {{$prologue}}
            . /etc/site.sh {{queue}}
            {{/prologue}}
            {{/slurm}}

            """) { $0.request.queue = "it's long" }
        #expect(job.script.contains("export SLURM_EXPORT_ENV=ALL\n. /etc/site.sh 'it'\\''s long'\n./fit.py\n"))
        #expect(job.lines.first { $0.text.hasPrefix(". /etc") }?.origin == "request: queue")
        #expect(job.lines.first { $0.text.hasPrefix("export") }?.origin == "slurm.mustache:4")
    }

    @Test("every value and section that the documentation names can be written")
    func everything() throws {
        let job = try render("""
            {{! A comment
            of two lines }}
            #!{{{shebang}}}
            {{{directives}}}
            # {{site}}
            {{#sitePrologue}}{{{.}}}; {{/sitePrologue}}
            {{^modules}}
            # no modules
            {{/modules}}
            {{#purgesModules}}
            module purge
            {{/purgesModules}}
            {{#environment}}
            {{{name}}}={{value}} # {{name}}
            {{/environment}}
            echo {{name}} {{queue}} {{account}} {{output}} {{nodes}} {{tasksPerNode}} {{cpus}} {{gpus}} {{elements}}
            echo {{memory}} {{walltime}} {{warning}} {{jobVariable}} {{indexVariable}} {{directory}}
            {{#queue}}echo {{.}}{{/queue}}
              {{! indented }}
            {{{command}}}
            """) { plan in
            plan.request.queue = "q"
            plan.request.account = "a"
            plan.request.output = "o-{task}"
            plan.request.nodes = 1
            plan.request.tasksPerNode = 2
            plan.request.cpus = 3
            plan.request.gpus = GPURequest(4)
            plan.request.array = ArrayRequest(5)
            plan.request.memory = MemorySize(bytes: 6)
            plan.request.wallTime = .seconds(7)
            plan.request.warning = WarningSignal("USR1", before: .seconds(8))
            plan.request.directory = "d"
            plan.request.environment = ["X": ""]
            plan.runtime.prologue = ["true", "false"]
            plan.runtime.purgesModules = true
        }
        let lines = job.lines.map(\.text).filter { !$0.hasPrefix("#SBATCH") }
        #expect(lines == [
            "#!/bin/sh", "# test", "true; false; ", "# no modules", "module purge", "X='' # X",
            "echo fit q a o-%a 1 2 3 4 5", "echo 6 7 USR1 SLURM_JOB_ID SLURM_ARRAY_TASK_ID d", "echo q", "./fit.py",
        ])
    }

    @Test("each line tells its origin, and the template's line number where nothing else gave it")
    func origins() throws {
        let library = try TemplateLibrary()
        let plan = plainPlan(.slurm) { plan in
            plan.request.wallTime = .seconds(60)
            plan.request.environment = ["A": "1"]
            plan.runtime.environment = ["B": "2"]
            plan.cluster.extraDirectives = ["--switches=1"]
        }
        let job = try JobRenderer.render(plan, library, origins: ["walltime": "narval.yaml:31", "environment.A": "--env"])
        func origin(_ beginning: String) -> String? { job.lines.first { $0.text.hasPrefix(beginning) }?.origin }
        #expect(origin("#!") == "profile: runtime.shell")
        #expect(origin("#SBATCH --time") == "narval.yaml:31")
        #expect(origin("#SBATCH --switches") == "profile: cluster.extraDirectives")
        #expect(origin("#SBATCH --no-requeue") == "default: requeue")
        #expect(origin("export A") == "--env")
        #expect(origin("export B") == "profile: runtime.environment.B")
        #expect(origin("./fit.py") == "the command")
        #expect(origin("status=") == "job.mustache:40")
        #expect(!job.script.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
    }

    @Test("what is wrong with a template is told with its line and what to write", arguments: [
        ("{{{directivs}}}", 2, "did you mean directives?"), ("echo {{value}}", 2, "{{value}}"),
        ("echo {{uppercased(name)}}", 2, "knows nothing"), ("echo {{{name}}}", 2, "write {{name}}"),
        ("{{directives}}", 2, "write {{{directives}}}"), ("{{modules}}", 2, "no single value"),
        ("{{#nowhere}}{{/nowhere}}", 2, "{{nowhere}}"), ("{{#command}}x{{/command}}", 2, "no section"),
        ("{{#queue}}\n{{{command}}}\n{{/queue}}", 3, "out of the section"), ("echo {{.}}", 2, "no section"),
        ("{{#prologue}}{{.}}{{/prologue}}", 2, "{{{.}}}"), ("{{#modules}}{{{.}}}{{/modules}}", 2, "{{.}}"),
        ("{{#environment}}{{{value}}}{{/environment}}", 2, "{{value}}"), ("echo \"{{name}}\"", 2, "brings its own quotes"),
        ("echo 'it is {{name}}'", 2, "brings its own quotes"), ("{{>nowhere}}", 2, "no template nowhere"),
        ("{{<slrum}}{{/slrum}}", 2, "did you mean slurm?"), ("{{<slurm}}{{$prolog}}{{/prolog}}{{/slurm}}", 2, "did you mean prologue?"),
        ("{{<slurm}}\nls\n{{$prologue}}{{/prologue}}{{/slurm}}", 4, "never written"), ("{{>site}}", 2, "part of itself"),
        ("{{=<% %>=}}", 2, "cannot be changed"), ("{{% CONTENT_TYPE: TEXT}}", 2, "SHELL"),
        ("{{#queue}}", 2, "not closed"), ("ls\n{{#queue}}\n{{/account}}", 4, "closes another section"),
        ("{{ n | 1 }}", 2, "no tag"), ("a\r", 2, "carriage return"), ("a\u{1}b", 2, "control character"),
        ("#SBATCH --x\nls\n#SBATCH --y", 4, "after the first command"), ("#SBATCH --comment={{name}}", 2, "extraDirectives"),
    ])
    func faults(text: String, line: Int, words: String) {
        // Most faults are in a line between the first one and the directives.
        let message = refusal("#!{{{shebang}}}\n" + text + "\n{{{directives}}}\n{{{command}}}\n")
        #expect(message.contains("site.mustache:\(line): ") || text.contains("{{#queue}}") && message.contains("not closed"), "\(message)")
        #expect(message.contains(words), "\(message)")
    }

    @Test("directives and the command come once, and the directives before any command")
    func once() {
        let whole = Self.whole
        #expect(refusal(whole.replacing("{{{directives}}}\n", with: "")).contains("site.mustache:1: the template has no {{{directives}}}"))
        #expect(refusal(whole.replacing("{{{command}}}\n", with: "")).contains("site.mustache:1: the template has no {{{command}}}"))
        #expect(refusal(whole + "{{{command}}}\n").contains("site.mustache:4: {{{command}}} comes twice"))
        #expect(refusal(whole.replacing("{{{directives}}}", with: "ls\n{{{directives}}}")).contains("site.mustache:3: "))
        #expect(refusal(whole.replacing("{{{directives}}}", with: "  {{{directives}}}")).contains("site.mustache:2: directives begin"))
        #expect(refusal("\n" + whole).contains("site.mustache:1: the script does not begin with #!"))
        #expect(refusal(whole).hasPrefix("accepted"))
    }

    @Test("a directive of a template's own stands before the first command")
    func own() throws {
        let text = Self.whole.replacing("{{{directives}}}", with: "#SBATCH --comment=own\n{{{directives}}}")
        let job = try render(text)
        #expect(job.lines[1] == .init("#SBATCH --comment=own", from: "/etc/site.mustache:2"))
    }

    @Test("lines of the request that would be directives are refused", arguments: ["#SBATCH --x", " #PBS -x", "#BSUB"])
    func injected(line: String) {
        for change in [{ $0.request.prologue = [line] }, { $0.command = line + "\nls" }] as [(inout JobPlan) -> Void] {
            let message = refusal("{{<slurm}}{{/slurm}}", change)
            #expect(message.contains("would be a directive") || message.contains("after the first command"), "\(message)")
        }
    }

    @Test("what is not Mustache stays as it is: braces, percents and hashes of a shell")
    func shell() throws {
        let lines = ["echo ${#list[@]} ${x%%.*} {a,b} $((1+2))", "awk '{ print $1 }' {% x %}", "printf '{%d}' \\"]
        let text = Self.whole.replacing("{{{command}}}", with: (lines + ["{{{command}}}"]).joined(separator: "\n"))
        let script = try render(text).script
        for line in lines { #expect(script.contains(line + "\n")) }
    }

    @Test("a request's template goes before the site's, and one that there is none of is told")
    func choice() throws {
        let files = [site(Self.whole), TemplateFile(path: "mine.mustache", text: Self.whole + "# mine\n")]
        func script(_ template: String?) throws -> String {
            try JobRenderer.render(plainPlan(.slurm) { plan in
                plan.cluster.template = "site"
                plan.request.template = template
            }, TemplateLibrary(files)).script
        }
        #expect(try script("sub/mine.mustache").hasSuffix("# mine\n"))
        #expect(try !script(nil).contains("SLURM_EXPORT_ENV"))
        #expect { try script("mien") } throws: { "\($0)".contains("did you mean mine?") }
    }
}
