import HayateCluster
import HayateCore
import Testing

@Suite("Values that mean ill")
struct HostileValueTests {
    static let nasty = [
        "it's", "a\"b", "$HOME", "`id`", "$(id)", "a;id", "a b", "-rf", "--", "é\u{301}", "'\u{301}id'", "\\", "a\\'b", "*", "~",
        "#x", "!!", "a&b|c>d<e", "{{name}}", "{{{command}}}", "%j%", "日本", "=x", "{a,b}", "(x)", "", "\u{200D}'",
    ]

    @Test("a shell prints each variable as it was given, on every scheduler", arguments: SchedulerKind.allCases)
    func environment(kind: SchedulerKind) throws {
        let names = Self.nasty.indices.map { "V\($0)" }
        let job = try render(plainPlan(kind, command: names.map { "printf '%s\\n' \"$\($0)\"" }.joined(separator: "\n")) { plan in
            plan.request.environment = Dictionary(uniqueKeysWithValues: zip(names, Self.nasty))
            plan.cluster.template = "bare"
        }, [TemplateFile(path: "bare", text: """
            #!{{{shebang}}}
            {{{directives}}}
            {{#environment}}
            export {{{name}}}={{value}}
            {{/environment}}
            {{{command}}}

            """)])
        for shell in ["/bin/sh", "/bin/bash"] {
            let (code, output) = try runShell(shell, ["-s"], job.script)
            #expect(code == 0)
            #expect(output == Self.nasty.map { $0 + "\n" }.joined())
        }
    }

    @Test("scripts with such values everywhere are read by sh and bash without complaint", arguments: SchedulerKind.allCases)
    func syntax(kind: SchedulerKind) throws {
        for value in Self.nasty where !value.isEmpty {
            var plan = plainPlan(kind) { plan in
                plan.request.environment = ["A": value]
                plan.request.directory = value
                plan.request.modules = value.hasPrefix("-") ? [] : [value]
            }
            // What this scheduler cannot write in a directive is refused, and the rest must be sound.
            if refusal(plan) != nil { plan.request.directory = nil }
            let script = try render(plan).script
            for shell in ["/bin/sh", "/bin/bash"] {
                let (code, output) = try runShell(shell, ["-n"], script)
                #expect(code == 0 && output.isEmpty, "\(shell): \(output)\n\(script)")
            }
        }
    }

    @Test("the job ends with the command's exit code, whatever comes after it, and reads nothing of its script")
    func exitCode() throws {
        let job = try render(plainPlan(.local, command: "cat\n(exit 7)") { plan in
            plan.request.epilogue = ["echo epilogue $status"]
            plan.runtime.epilogue = ["true"]
        })
        let (code, output) = try runShell("/bin/sh", ["-s"], job.script)
        #expect(code == 7)
        #expect(output == "epilogue 7\n")
    }

    @Test("a control character is refused with the name of its field", arguments: [
        "\n", "\r", "\0", "\u{1}", "\u{2}", "\u{7F}", "\u{85}", "\u{2028}", "\r\n",
    ])
    func controlCharacters(character: String) {
        let value = "a\(character)b"
        let changes: [(String, (inout JobPlan) -> Void)] = [
            ("name", { $0.name = value }), ("queue", { $0.request.queue = value }), ("account", { $0.request.account = value }),
            ("qos", { $0.request.qualityOfService = value }), ("output", { $0.request.output = value }),
            ("errorOutput", { $0.request.errorOutput = value }), ("directory", { $0.request.directory = value }),
            ("constraint", { $0.request.constraint = value }), ("reservation", { $0.request.reservation = value }),
            ("environment: X", { $0.request.environment = ["X": value] }), ("modules", { $0.request.modules = [value] }),
            ("prologue", { $0.request.prologue = [value] }), ("epilogue", { $0.runtime.epilogue = [value] }),
            ("mail", { $0.request.mail = MailRequest(value) }), ("licences", { $0.request.licences = [Licence(value)] }),
            ("extraDirectives", { $0.cluster.extraDirectives = ["--x=\(value)"] }), ("site", { $0.site = value }),
            ("dependencies", { $0.request.dependencies = [JobDependency(.afterAny, [JobID(value)])] }),
            ("rawOptions", { $0.request.rawOptions = [value] }), ("gpus", { $0.request.gpus = GPURequest(1, type: value) }),
            ("runtime.shell", { $0.runtime.shell = value }),
        ]
        for (field, change) in changes {
            let message = refusal(.slurm, change)
            #expect(message?.hasPrefix("\(field) holds ") == true, "\(field): \(message ?? "accepted")")
        }
        #expect(refusal(.slurm) { $0.request.environment = [value: "x"] }?.contains("no name of a variable") == true)
    }

    @Test("names of variables, modules, licences and models that would become something else are refused")
    func names() {
        for name in ["", "1A", "A B", "A=B", "A;id", "$(id)", "É"] {
            #expect(refusal(.slurm) { $0.request.environment = [name: "x"] } != nil)
        }
        #expect(refusal(.slurm) { $0.request.environment = ["SLURM_JOB_ID": "1"] } != nil)
        #expect(refusal(.slurm) { $0.request.modules = ["--force"] } != nil)
        #expect(refusal(.slurm) { $0.request.licences = [Licence("a,b")] } != nil)
        #expect(refusal(.slurm) { $0.request.gpus = GPURequest(1, type: "a:2,x") } != nil)
        #expect(refusal(.slurm) { $0.request.dependencies = [JobDependency(.afterOK, [JobID("1,after:2")])] } != nil)
        #expect(refusal(.slurm) { $0.request.dependencies = [JobDependency(.afterOK, [])] } != nil)
    }

    @Test("numbers that mean nothing are refused")
    func numbers() {
        let changes: [(inout JobPlan) -> Void] = [
            { $0.request.nodes = 0 }, { $0.request.tasksPerNode = -1 }, { $0.request.cpus = 0 }, { $0.request.gpus = GPURequest(0) },
            { $0.request.array = ArrayRequest(0) }, { $0.request.array = ArrayRequest(2, throttle: 0) },
            { $0.request.memory = MemorySize(bytes: 0) }, { $0.request.wallTime = .zero },
            { $0.request.licences = [Licence("a", count: 0)] }, { $0.request.warning = WarningSignal("USR1", before: .zero) },
            { $0.request.nodes = 999_999_999; $0.request.cpus = 999_999_999; $0.request.tasksPerNode = 999_999_999 },
            { $0.command = " \n" }, { $0.request.queue = "" },
        ]
        for (position, change) in changes.enumerated() {
            for kind in SchedulerKind.allCases { #expect(refusal(kind, change) != nil, "\(position) \(kind)") }
        }
    }

    /// A request of nasty texts, by a seed.
    private func random(_ kind: SchedulerKind, _ generator: inout SplitMix) -> JobPlan {
        func some<T>(_ value: @autoclosure () -> T) -> T? { generator.next() % 3 == 0 ? value() : nil }
        func text() -> String {
            (0...generator.next() % 3).map { _ in Self.nasty[Int(generator.next() % UInt64(Self.nasty.count))] }.joined()
        }
        return plainPlan(kind) { plan in
            plan.name = some(text()) ?? "job"
            plan.request.queue = some(text())
            plan.request.account = some(text())
            plan.request.project = some(text())
            plan.request.constraint = some(text())
            plan.request.directory = some(text())
            plan.request.output = some(text() + "{task}")
            plan.request.errorOutput = some(text() + "{name}{task}")
            plan.request.environment = ["A": text(), "B": text()]
            plan.request.modules = some([text()]) ?? []
            plan.request.mail = some(MailRequest(text()))
            plan.request.cpus = some(Int(generator.next() % 64))
            plan.request.array = some(ArrayRequest(Int(generator.next() % 100)))
            plan.request.dependencies = some([JobDependency(.afterAny, [JobID(text())])]) ?? []
            plan.request.gpus = some(GPURequest(1, type: some(text())))
        }
    }

    @Test("no request, however nasty, yields a line that is no directive, no comment and no line of the layout with quoted words")
    func property() throws {
        let library = try TemplateLibrary()
        var rendered = 0
        for seed in UInt64(1)...3000 {
            var generator = SplitMix(seed: seed)
            let kind = SchedulerKind.allCases[Int(seed) % SchedulerKind.allCases.count]
            let plan = random(kind, &generator)
            guard let job = try? JobRenderer.render(plan, library) else { continue }
            rendered += 1
            let prefix = plan.cluster.facts.directivePrefix
            for line in job.lines {
                let isSound = line.text.hasPrefix("#!") || line.text.hasPrefix("# ")
                    || !prefix.isEmpty && line.text.hasPrefix(prefix + " -") && Quotes.balanced(line.text, of: kind)
                    || Quotes.isCommand(line.text)
                #expect(isSound, "seed \(seed), \(kind): \(line.text)")
            }
            let directives = job.lines.filter { $0.origin.hasPrefix("request: environment.") }
            #expect(!directives.contains { !$0.text.hasPrefix("export ") }, "seed \(seed)")
        }
        #expect(rendered > 300)
    }
}

/// Steele, Lea and Flood, 2014.
private struct SplitMix {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// An independent reading of what the renderer wrote.
enum Quotes {
    /// Whether double quotes are closed, and no blank outside of them begins a further option.
    static func balanced(_ line: String, of kind: SchedulerKind) -> Bool {
        var isOpen = false
        var isEscaped = false
        var outside = ""
        for scalar in line.unicodeScalars {
            if isEscaped { isEscaped = false; continue }
            if scalar == "\\" {
                guard kind == .slurm, isOpen else { return false }
                isEscaped = true
            } else if scalar == "\"" {
                isOpen.toggle()
            } else if !isOpen {
                outside.unicodeScalars.append(scalar)
            }
        }
        // The prefix, the option, its value, and with -pe a number.
        return !isOpen && outside.split(separator: " ").count <= 4 && !outside.dropFirst(2).contains("#")
    }

    /// Whether the line is one of the built-in layouts', with one word of a shell at each value.
    static func isCommand(_ line: String) -> Bool {
        let fixed = [
            "export SLURM_EXPORT_ENV=ALL", "./fit.py", "status=$?", "exit $status", "{", "} </dev/null",
            "cd \"$PBS_O_WORKDIR\" || exit 97",
        ]
        if fixed.contains(line) { return true }
        for (beginning, end) in [
            ("module load ", ""), ("export A=", ""), ("export B=", ""), ("export SRUN_CPUS_PER_TASK=", ""), ("cd -- ", " || exit 97"),
        ] where line.utf8.starts(with: beginning.utf8) && line.utf8.reversed().starts(with: end.utf8.reversed()) {
            return isWord(Array(line.unicodeScalars).dropFirst(beginning.unicodeScalars.count).dropLast(end.unicodeScalars.count))
        }
        return false
    }

    /// Plain, or single-quoted with nothing but `\'` between the pieces.
    private static func isWord(_ word: ArraySlice<Unicode.Scalar>) -> Bool {
        var rest = word
        guard rest.first == "'" else {
            return !rest.isEmpty && rest.allSatisfy {
                $0.isASCII && ($0.properties.isAlphabetic || $0.properties.numericType != nil || "_./:,%@+-".unicodeScalars.contains($0))
            }
        }
        while !rest.isEmpty {
            if rest.starts(with: "\\'".unicodeScalars) { rest = rest.dropFirst(2); continue }
            guard rest.popFirst() == "'", let end = rest.firstIndex(of: "'") else { return false }
            rest = rest[(end + 1)...]
        }
        return true
    }
}
