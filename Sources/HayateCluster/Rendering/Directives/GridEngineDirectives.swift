/// Directives of Grid Engine: `#$ -option value`.
public struct GridEngineDirectives: DirectiveWriter {
    public init() {}

    public var title: String { "Grid Engine" }

    public var prefixes: [String] { ["#$"] }

    public func submission(of plan: JobPlan) -> [String] {
        // Some versions ignore -terse within the script.
        (plan.cluster.commands.submit ?? ["qsub"]) + ["-terse"] + plan.request.rawOptions
    }

    public func directives(of plan: JobPlan) throws(ClusterError) -> [Directive] {
        let request = plan.request
        let shape = try JobShape(plan)
        var list = DirectiveList(.gridEngine, joint: " ")
        try list.add("-S", try plan.shellPath(for: "Grid Engine"), from: "runtime.shell")
        try list.add("-N", try checkedName(plan.name), from: "name")
        if let queue = request.queue {
            try list.add("-q", ([queue] + plan.otherQueues).joined(separator: ","), from: "queue")
        }
        try list.add("-A", request.account, from: "account")
        try list.add("-P", request.project, from: "project")
        if request.qualityOfService != nil {
            throw ClusterError("Grid Engine has no quality of service; take qos out, or write it as project")
        }
        try list.add("-ar", request.reservation, from: "reservation")
        for licence in request.licences {
            try list.add("-l", "\(licence.name)=\(licence.count)", from: "licences")
        }
        try addMachines(plan, shape, &list)
        try addTimes(plan, &list)
        if let array = request.array {
            try list.add("-t", "1-\(array.count)", from: "array")
            if let throttle = shape.throttle { try list.add("-tc", throttle, from: "array") }
        }
        try addFiles(plan, &list)
        try addConditions(request, &list)
        return list.directives
    }

    private func checkedName(_ name: String) throws(ClusterError) -> String {
        guard let first = name.unicodeScalars.first, !("0"..."9").contains(first),
            !name.unicodeScalars.contains(where: { "/:@\\*?".unicodeScalars.contains($0) })
        else {
            throw ClusterError(
                "Grid Engine takes no job named '\(name)'; begin the name with a letter, and write no / : @ \\ * ? in it")
        }
        return name
    }

    private func addMachines(
        _ plan: JobPlan, _ shape: JobShape, _ list: inout DirectiveList
    ) throws(ClusterError) {
        let request = plan.request
        if shape.nodes > 1 {
            throw ClusterError(
                "Grid Engine places slots and no machines, so \(shape.nodes) nodes cannot be asked for; "
                    + "submit that many jobs, or name a parallel environment with -pe in extraDirectives")
        }
        let environment = plan.cluster.parallelEnvironment
        if shape.slots > environment.whenSlotsAbove {
            guard let name = environment.name else {
                throw ClusterError(
                    "Grid Engine gives more than one processor only in a parallel environment, and none is known; "
                        + "write its name (qconf -spl lists them) as parallelEnvironment: name in the profile")
            }
            list.addAsIs("-pe", "\(try list.quoting.quoted(name, "parallelEnvironment")) \(shape.slots)", from: "cpus")
        }
        if let memory = shape.memory { try addMemory(memory, plan, shape, &list) }
        if let gpus = request.gpus { try addGPUs(gpus, plan.cluster.gpu, &list) }
        if request.isExclusive == true { try list.add("-l", "exclusive=true", from: "exclusive") }
        try list.add("-l", request.constraint, from: "constraint")
    }

    private func addMemory(
        _ memory: MemorySize, _ plan: JobPlan, _ shape: JobShape, _ list: inout DirectiveList
    ) throws(ClusterError) {
        guard let complex = plan.cluster.memory.complex else {
            throw ClusterError(
                "each site of Grid Engine has its own name for memory, and none is known; write it (h_vmem, mem_free, "
                    + "m_mem_free: qconf -sc lists them) as memory: complex in the profile, or take memory out")
        }
        let amount = switch plan.cluster.memory.scope {
        case nil, .slot, .cpu: shape.mebibytes(of: memory, each: shape.slots)
        case .job, .node: memory.mebibytesRoundedUp
        }
        // M is 1024 * 1024, and m would be 1000 * 1000.
        try list.add("-l", "\(complex)=\(amount)M", from: "memory")
    }

    private func addGPUs(
        _ gpus: GPURequest, _ rules: GPURules, _ list: inout DirectiveList
    ) throws(ClusterError) {
        guard rules.directive == nil || rules.directive == .complex else {
            throw ClusterError("Grid Engine gives graphics processors by a complex; write gpu: directive: complex")
        }
        try list.add("-l", "\(rules.complex)=\(gpus.count)", from: "gpus")
        guard let type = gpus.type else { return }
        guard let complex = rules.types[type], complex.contains("=") else {
            throw ClusterError(
                "nobody knows how this Grid Engine names the model \(type); write it in the profile, such as "
                    + "gpu: types: { \(type): gpu_type=\(type) }")
        }
        try list.add("-l", complex, from: "gpus")
    }

    private func addTimes(_ plan: JobPlan, _ list: inout DirectiveList) throws(ClusterError) {
        let request = plan.request
        if let wallTime = request.wallTime {
            try list.add("-l", "h_rt=\(WallTimeText.hours(wallTime))", from: "walltime")
        }
        guard let warning = request.warning else { return }
        switch try warning.checkedName() {
        case "USR1":
            guard let wallTime = request.wallTime, wallTime > warning.before else {
                throw ClusterError(
                    "Grid Engine warns with USR1 at a soft limit, which must be after the start; "
                        + "give a walltime longer than the warning")
            }
            try list.add("-l", "s_rt=\(WallTimeText.hours(wallTime - warning.before))", from: "warning")
        case "USR2": list.add("-notify", from: "warning")
        case let name:
            throw ClusterError(
                "Grid Engine cannot warn with \(name); write USR1 (at the soft limit) or USR2 (as long before as the queue says)")
        }
    }

    public func outputPattern(of plan: JobPlan) throws(ClusterError) -> String? {
        try pattern(plan.request.output, "output", plan)
    }

    private func pattern(_ text: String?, _ field: String, _ plan: JobPlan) throws(ClusterError) -> String? {
        guard let text else { return nil }
        let words = LogPattern.Words(
            word: { placeholder in
                switch placeholder {
                case .name: "$JOB_NAME"
                case .job: "$JOB_ID"
                case .task: "$TASK_ID"
                case .user: "$USER"
                case .host: "$HOSTNAME"
                }
            },
            title: "Grid Engine",
            // A colon would end the name of a machine, a comma a path; a dollar sign begins one of the words above.
            literal: { text in text.unicodeScalars.contains { ":,$".unicodeScalars.contains($0) } ? nil : text })
        return try LogPattern(text, field).rendered(words, isArray: plan.request.array != nil)
    }

    private func addFiles(_ plan: JobPlan, _ list: inout DirectiveList) throws(ClusterError) {
        try list.add("-o", try outputPattern(of: plan), from: "output")
        if let errors = try pattern(plan.request.errorOutput, "errorOutput", plan) {
            try list.add("-e", errors, from: "errorOutput")
        } else {
            try list.add("-j", "y", from: "output")
        }
        if let directory = plan.request.directory {
            try list.add("-wd", directory, from: "directory")
        } else {
            list.add("-cwd", from: "directory")
        }
    }

    private func addConditions(_ request: JobRequest, _ list: inout DirectiveList) throws(ClusterError) {
        for dependency in request.dependencies {
            let option = switch dependency.condition {
            case .afterAny: "-hold_jid"
            case .afterCorresponding: "-hold_jid_ad"
            case .after, .afterOK, .afterNotOK:
                throw ClusterError(
                    "Grid Engine only waits for the end of jobs, however they end; write afterAny, and look at their "
                        + "results in the job")
            }
            try list.add(option, try dependency.checkedJobs().joined(separator: ","), from: "dependencies")
        }
        try list.add("-r", request.isRequeued == true ? "y" : "n", from: "requeue")
        if request.isHeld == true { list.add("-h", from: "hold") }
        if let mail = request.mail, !mail.events.isEmpty {
            try list.add("-M", mail.address, from: "mail")
            try list.add("-m", mail.letters, from: "mail")
        }
        if let priority = request.priority {
            guard (-1023...1024).contains(priority) else {
                throw ClusterError("priority is \(priority); Grid Engine takes -1023 to 1024, and above 0 from operators only")
            }
            try list.add("-p", priority, from: "priority")
        }
    }
}

extension MailRequest {
    /// Begin, end, abort: Grid Engine, PBS and Torque.
    var letters: String {
        [(Event.begin, "b"), (.end, "e"), (.fail, "a")].filter { events.contains($0.0) }.map(\.1).joined()
    }
}

extension JobPlan {
    /// The shell for `-S`, where the scheduler ignores the script's first line.
    ///
    /// - Throws: `ClusterError` for what is no path.
    func shellPath(for title: String) throws(ClusterError) -> String {
        guard runtime.shell.hasPrefix("/"), !runtime.shell.utf8.contains(UInt8(ascii: " ")) else {
            throw ClusterError(
                "\(title) takes the path of a shell without arguments, and not '\(runtime.shell)'; "
                    + "write runtime: shell: /bin/bash, say")
        }
        return runtime.shell
    }
}
