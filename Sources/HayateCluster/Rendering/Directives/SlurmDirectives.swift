/// Directives of Slurm: `#SBATCH --option=value`.
public struct SlurmDirectives: DirectiveWriter {
    public init() {}

    public var title: String { "Slurm" }

    /// `sbatch` of versions before 23.02 also reads the directives of PBS and LSF.
    public var prefixes: [String] { ["#SBATCH", "#PBS", "#BSUB"] }

    public func submission(of plan: JobPlan) -> [String] {
        (plan.cluster.commands.submit ?? ["sbatch"]) + ["--parsable"]
            + (plan.cluster.commands.clusterFlag.map { ["-M", $0] } ?? []) + plan.request.rawOptions
    }

    public func directives(of plan: JobPlan) throws(ClusterError) -> [Directive] {
        let request = plan.request
        let shape = try JobShape(plan)
        var list = DirectiveList(.slurm, joint: "=")
        try list.add("--job-name", plan.name, from: "name")
        if let queue = request.queue {
            try list.add("--partition", ([queue] + plan.otherQueues).joined(separator: ","), from: "queue")
        }
        try list.add("--account", request.account, from: "account")
        if request.project != nil {
            throw ClusterError(
                "Slurm has no projects beside accounts; write project as account, or --wckey=… in extraDirectives")
        }
        try list.add("--qos", request.qualityOfService, from: "qos")
        try list.add("--reservation", request.reservation, from: "reservation")
        if !request.licences.isEmpty {
            let licences = request.licences.map { "\($0.name):\($0.count)" }.joined(separator: ",")
            try list.add("--licenses", licences, from: "licences")
        }
        try addMachines(plan, shape, &list)
        if let wallTime = request.wallTime {
            try list.add("--time", WallTimeText.withDays(wallTime), from: "walltime")
        }
        if let array = request.array {
            let throttle = shape.throttle.map { "%\($0)" } ?? ""
            try list.add("--array", "0-\(array.count - 1)\(throttle)", from: "array")
        }
        try addFiles(plan, &list)
        try addConditions(request, &list)
        return list.directives
    }

    private func addMachines(
        _ plan: JobPlan, _ shape: JobShape, _ list: inout DirectiveList
    ) throws(ClusterError) {
        let request = plan.request
        if request.nodes != nil || request.tasksPerNode != nil {
            try list.add("--nodes", shape.nodes, from: "nodes")
            try list.add("--ntasks-per-node", shape.tasksPerNode, from: "tasksPerNode")
        }
        if let cpus = request.cpus { try list.add("--cpus-per-task", cpus, from: "cpus") }
        if let memory = shape.memory {
            switch plan.cluster.memory.scope {
            case nil, .node: try list.add("--mem", "\(memory.mebibytesRoundedUp)M", from: "memory")
            case .cpu:
                let each = shape.mebibytes(of: memory, each: shape.slotsPerNode)
                try list.add("--mem-per-cpu", "\(each)M", from: "memory")
            case .job, .slot:
                throw ClusterError("Slurm counts memory for nodes or cpus; write memory: scope: node, or cpu, in the profile")
            }
        }
        if let gpus = request.gpus {
            let type = gpus.type.map { plan.cluster.gpu.types[$0] ?? $0 }
            let plain = type.map { $0.hasPrefix("gpu:") ? String($0.dropFirst(4)) : $0 }
            let wanted = (plain.map { "\($0):" } ?? "") + "\(gpus.count)"
            switch plan.cluster.gpu.directive {
            case nil, .gpusPerNode: try list.add("--gpus-per-node", wanted, from: "gpus")
            case .gres: try list.add("--gres", "gpu:\(wanted)", from: "gpus")
            case .select, .lsfGPU, .complex:
                throw ClusterError("Slurm gives graphics processors by gres or gpus-per-node; write one of them as gpu: directive")
            }
        }
        if request.isExclusive == true { list.add("--exclusive", from: "exclusive") }
        try list.add("--constraint", request.constraint, from: "constraint")
    }

    public func outputPattern(of plan: JobPlan) throws(ClusterError) -> String? {
        try pattern(plan.request.output, "output", plan)
    }

    private func pattern(_ text: String?, _ field: String, _ plan: JobPlan) throws(ClusterError) -> String? {
        guard let text else { return nil }
        let isArray = plan.request.array != nil
        let words = LogPattern.Words(
            word: { placeholder in
                switch placeholder {
                case .name: "%x"
                // The elements of an array have ids of their own; `%A` is the one that was answered.
                case .job: isArray ? "%A" : "%j"
                case .task: "%a"
                case .user: "%u"
                case .host: "%N"
                }
            },
            title: "Slurm",
            // A backslash would switch off all placeholders of the name.
            literal: { text in
                guard !text.unicodeScalars.contains("\\") else { return nil }
                return text.unicodeScalars.map { $0 == "%" ? "%%" : String($0) }.joined()
            })
        return try LogPattern(text, field).rendered(words, isArray: isArray)
    }

    private func addFiles(_ plan: JobPlan, _ list: inout DirectiveList) throws(ClusterError) {
        try list.add("--output", try outputPattern(of: plan), from: "output")
        try list.add("--error", try pattern(plan.request.errorOutput, "errorOutput", plan), from: "errorOutput")
        try list.add("--chdir", plan.request.directory, from: "directory")
        // The script has the variables: a directive would split them at commas, and shows them to everybody.
        try list.add("--export", "NONE", from: "environment")
    }

    private func addConditions(_ request: JobRequest, _ list: inout DirectiveList) throws(ClusterError) {
        if !request.dependencies.isEmpty {
            var conditions: [String] = []
            for dependency in request.dependencies {
                let word = switch dependency.condition {
                case .after: "after"
                case .afterAny: "afterany"
                case .afterOK: "afterok"
                case .afterNotOK: "afternotok"
                case .afterCorresponding: "aftercorr"
                }
                conditions.append(([word] + (try dependency.checkedJobs())).joined(separator: ":"))
            }
            try list.add("--dependency", conditions.joined(separator: ","), from: "dependencies")
            // Otherwise a job whose condition can never hold stays in the queue for ever.
            try list.add("--kill-on-invalid-dep", "yes", from: "dependencies")
        }
        if let warning = request.warning {
            let seconds = WallTimeText.seconds(warning.before)
            guard seconds <= 65535 else {
                throw ClusterError("the warning comes \(seconds) s before the limit; Slurm takes at most 65535 s")
            }
            // Without the B only the steps would get it, and not the script.
            try list.add("--signal", "B:\(try warning.checkedName())@\(seconds)", from: "warning")
        }
        list.add(request.isRequeued == true ? "--requeue" : "--no-requeue", from: "requeue")
        if request.isHeld == true { list.add("--hold", from: "hold") }
        if let mail = request.mail, !mail.events.isEmpty {
            try list.add("--mail-user", mail.address, from: "mail")
            let events = MailRequest.Event.allCases.filter(mail.events.contains).map { $0.rawValue.uppercased() }
            try list.add("--mail-type", events.joined(separator: ","), from: "mail")
        }
        if let priority = request.priority { try list.add("--priority", priority, from: "priority") }
    }
}
