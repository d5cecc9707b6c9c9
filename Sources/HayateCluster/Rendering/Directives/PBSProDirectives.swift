/// Directives of PBS Professional and OpenPBS: `#PBS -option value`.
public struct PBSProDirectives: DirectiveWriter {
    public init() {}

    public var title: String { "PBS Pro" }
    public var sendsWarnings: Bool { false }

    public var prefixes: [String] { ["#PBS"] }

    public func submission(of plan: JobPlan) -> [String] {
        (plan.cluster.commands.submit ?? ["qsub"]) + plan.request.rawOptions
    }

    public func directives(of plan: JobPlan) throws(ClusterError) -> [Directive] {
        let request = plan.request
        let shape = try JobShape(plan)
        var list = DirectiveList(.pbs, joint: " ")
        try list.add("-S", try plan.shellPath(for: "PBS Pro"), from: "runtime.shell")
        try list.add("-N", try PBSCommon.checkedName(plan.name, "PBS Pro", longest: 230), from: "name")
        try PBSCommon.checkQueues(plan, "PBS Pro")
        // A reservation is a queue of its own, and no other can be named beside it.
        if let reservation = request.reservation {
            try list.add("-q", reservation, from: "reservation")
        } else {
            try list.add("-q", request.queue, from: "queue")
        }
        try list.add("-A", request.account, from: "account")
        try list.add("-P", request.project, from: "project")
        if request.qualityOfService != nil {
            throw ClusterError("PBS Pro has no quality of service; take qos out, or write it as queue or project")
        }
        for licence in request.licences {
            try list.add("-l", "\(licence.name)=\(licence.count)", from: "licences")
        }
        try addMachines(plan, shape, &list)
        if let wallTime = request.wallTime {
            try list.add("-l", "walltime=\(WallTimeText.hours(wallTime))", from: "walltime")
        }
        if let array = request.array {
            guard array.count > 1 else {
                throw ClusterError("PBS Pro has no arrays of one element; leave array out")
            }
            let throttle = shape.throttle.map { "%\($0)" } ?? ""
            try list.add("-J", "0-\(array.count - 1)\(throttle)", from: "array")
        }
        try addFiles(plan, &list)
        try PBSCommon.addConditions(request, "PBS Pro", &list) { condition, _ in PBSCommon.word(condition) }
        if request.array != nil {
            // PBS Pro refuses an array that is not.
            if request.isRequeued == false {
                throw ClusterError("arrays of PBS Pro are always started again after a loss; leave requeue out, or array")
            }
            try list.add("-r", "y", from: "array")
        } else {
            try list.add("-r", request.isRequeued == true ? "y" : "n", from: "requeue")
        }
        return list.directives
    }

    /// One chunk is what the job has of one machine.
    private func addMachines(
        _ plan: JobPlan, _ shape: JobShape, _ list: inout DirectiveList
    ) throws(ClusterError) {
        let request = plan.request
        var chunk: [String] = []
        if request.nodes != nil || request.tasksPerNode != nil || request.cpus != nil {
            chunk.append("ncpus=\(shape.slotsPerNode)")
        }
        if let tasks = request.tasksPerNode { chunk.append("mpiprocs=\(tasks)") }
        if let cpus = request.cpus { chunk.append("ompthreads=\(cpus)") }
        if let memory = shape.memory {
            switch plan.cluster.memory.scope {
            case nil, .node: chunk.append("mem=\(memory.mebibytesRoundedUp)mb")
            case .cpu, .job, .slot:
                throw ClusterError("PBS Pro counts memory for chunks; write memory: scope: node in the profile")
            }
        }
        if let gpus = request.gpus {
            chunk.append("ngpus=\(gpus.count)")
            if let type = gpus.type {
                guard let resource = plan.cluster.gpu.types[type], resource.contains("=") else {
                    throw ClusterError(
                        "nobody knows how this PBS Pro names the model \(type); write it in the profile, such as "
                            + "gpu: types: { \(type): gpu_type=\(type) }")
                }
                chunk.append(resource)
            }
        }
        if let constraint = request.constraint {
            try DirectiveQuoting.pbs.require(constraint, hasNone: "+", "constraint", "PBS Pro would begin a second chunk there")
            chunk.append(constraint)
        }
        if !chunk.isEmpty {
            try list.add("-l", "select=\(shape.nodes):\(chunk.joined(separator: ":"))", from: PBSCommon.fields(of: request))
        }
        // Otherwise chunks may share a machine.
        let places = [shape.nodes > 1 ? "scatter" : nil, request.isExclusive == true ? "exclhost" : nil].compactMap(\.self)
        if !places.isEmpty {
            try list.add("-l", "place=\(places.joined(separator: ":"))", from: shape.nodes > 1 ? "nodes" : "exclusive")
        }
    }

    public func outputPattern(of plan: JobPlan) throws(ClusterError) -> String? {
        try pattern(plan.request.output, "output", plan)
    }

    private func pattern(_ text: String?, _ field: String, _ plan: JobPlan) throws(ClusterError) -> String? {
        guard let text else { return nil }
        let pattern = try LogPattern(text, field)
        let words = LogPattern.Words(
            word: { placeholder in
                switch placeholder {
                case .name: plan.name
                // It has no word for it; the name is unique, too.
                case .job: pattern.has(.name) ? "" : plan.name
                case .task: "^array_index^"
                case .user, .host: nil
                }
            },
            title: "PBS Pro", literal: PBSCommon.literal)
        return try pattern.rendered(words, isArray: plan.request.array != nil)
    }

    private func addFiles(_ plan: JobPlan, _ list: inout DirectiveList) throws(ClusterError) {
        try list.add("-o", try outputPattern(of: plan), from: "output")
        if let errors = try pattern(plan.request.errorOutput, "errorOutput", plan) {
            try list.add("-e", errors, from: "errorOutput")
        } else {
            try list.add("-j", "oe", from: "output")
        }
    }
}
