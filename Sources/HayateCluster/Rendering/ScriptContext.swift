/// What a template is filled with.
struct ScriptContext {
    private(set) var values: [String: Any] = [:]
    private let origins: FieldOrigins

    /// - Parameter warns: whether the scheduler sends the signal that is asked for.
    init(
        _ plan: JobPlan, _ directives: [Directive], output: String?, warns: Bool, _ origins: FieldOrigins
    ) {
        self.origins = origins
        let request = plan.request
        let prefix = plan.cluster.facts.directivePrefix
        values["shebang"] = mark("runtime.shell", ofProfile: true) + plan.runtime.shell
        values["directives"] = OriginMark(.block, "directives").text
            + directives.map { directive in
                OriginMark(.directive, origins.origin(directive.origin)).text + "\(prefix) \(directive.text)"
            }.joined(separator: "\n")
        values["command"] = OriginMark(.block, "command").text
            + plan.command.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
            .map { OriginMark(.value, "the command").text + String($0) }.joined(separator: "\n")
        values["sitePrologue"] = lines(plan.runtime.prologue, "runtime.prologue", ofProfile: true)
        values["prologue"] = lines(request.prologue, "prologue")
        values["epilogue"] = lines(request.epilogue, "epilogue")
        values["siteEpilogue"] = lines(plan.runtime.epilogue, "runtime.epilogue", ofProfile: true)
        values["purgesModules"] = plan.runtime.purgesModules
        values["modules"] = lines(plan.runtime.modules, "runtime.modules", ofProfile: true)
            + lines(request.modules.filter { !plan.runtime.modules.contains($0) }, "modules")
        values["environment"] = plan.runtime.environment.merging(request.environment, uniquingKeysWith: { $1 })
            .sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            .map { name, value in
                let isRequested = request.environment[name] != nil
                let field = isRequested ? "environment" : "runtime.environment"
                return ["name": name, "value": mark("\(field).\(name)", ofProfile: !isRequested) + value]
            }
        set("directory", request.directory, "directory")
        set("name", plan.name, "name")
        set("queue", request.queue, "queue")
        set("account", request.account, "account")
        values["site"] = mark("site", ofProfile: true) + plan.site
        set("output", output, "output")
        set("nodes", request.nodes.map { "\($0)" }, "nodes")
        set("tasksPerNode", request.tasksPerNode.map { "\($0)" }, "tasksPerNode")
        set("cpus", request.cpus.map { "\($0)" }, "cpus")
        set("gpus", request.gpus.map { "\($0.count)" }, "gpus")
        set("elements", request.array.map { "\($0.count)" }, "array")
        set("memory", request.memory.map { "\($0.bytes)" }, "memory")
        set("walltime", request.wallTime.map { "\(WallTimeText.seconds($0))" }, "walltime")
        set("warning", warns ? request.warning?.name : nil, "warning")
        values["jobVariable"] = plan.cluster.facts.jobVariable
        values["indexVariable"] = plan.cluster.facts.indexVariable
    }

    private func mark(_ field: String, ofProfile: Bool = false) -> String {
        OriginMark(.value, origins.origin("\(ofProfile ? "profile" : "request"): \(field)")).text
    }

    private func lines(_ lines: [String], _ field: String, ofProfile: Bool = false) -> [String] {
        lines.map { mark(field, ofProfile: ofProfile) + $0 }
    }

    private mutating func set(_ name: String, _ value: String?, _ field: String) {
        if let value { values[name] = mark(field) + value }
    }
}

/// Where the fields of a request come from.
struct FieldOrigins {
    /// The file and line, or the option, by field.
    let places: [String: String]
    let request: JobRequest

    /// - Parameter named: `request: walltime`, or several fields with commas between them; `profile: runtime.shell`.
    func origin(_ named: String) -> String {
        let words = named.split(separator: " ", maxSplits: 1)
        guard words.count == 2, words[0] == "request:" || words[0] == "profile:" else { return named }
        var origins: [String] = []
        for field in words[1].split(separator: ",").map({ String($0.drop { $0 == " " }) }) {
            let isDefault = words[0] == "request:" && !isRequested(field)
            let origin = places[field] ?? (isDefault ? "default: \(field)" : "\(words[0]) \(field)")
            if !origins.contains(origin) { origins.append(origin) }
        }
        return origins.joined(separator: ", ")
    }

    private func isRequested(_ field: String) -> Bool {
        switch field {
        case "array": request.array != nil
        case "dependencies": !request.dependencies.isEmpty
        default: request.has(String(field.prefix { $0 != "." }))
        }
    }
}
