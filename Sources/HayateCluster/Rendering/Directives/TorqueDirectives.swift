/// Directives of Torque, with Maui or Moab on top: `#PBS -option value`.
public struct TorqueDirectives: DirectiveWriter {
    public init() {}

    public var title: String { "Torque" }
    public var sendsWarnings: Bool { false }

    public var prefixes: [String] { ["#PBS"] }

    public func submission(of plan: JobPlan) -> [String] {
        (plan.cluster.commands.submit ?? ["qsub"]) + plan.request.rawOptions
    }

    public func directives(of plan: JobPlan) throws(ClusterError) -> [Directive] {
        let request = plan.request
        let shape = try JobShape(plan)
        var list = DirectiveList(.pbs, joint: " ")
        try list.add("-S", try plan.shellPath(for: "Torque"), from: "runtime.shell")
        try list.add("-N", try PBSCommon.checkedName(plan.name, "Torque", longest: 230), from: "name")
        try PBSCommon.checkQueues(plan, "Torque")
        try list.add("-q", request.queue, from: "queue")
        try list.add("-A", request.account, from: "account")
        if request.project != nil {
            throw ClusterError("Torque has no projects beside accounts; write project as account")
        }
        if let quality = request.qualityOfService { try list.add("-l", "qos=\(quality)", from: "qos") }
        if let reservation = request.reservation {
            try list.add("-l", "advres=\(reservation)", from: "reservation")
        }
        for licence in request.licences {
            try list.add("-l", "software=\(licence.name):\(licence.count)", from: "licences")
        }
        try addMachines(plan, shape, &list)
        if let wallTime = request.wallTime {
            try list.add("-l", "walltime=\(WallTimeText.hours(wallTime))", from: "walltime")
        }
        if let array = request.array {
            let throttle = shape.throttle.map { "%\($0)" } ?? ""
            try list.add("-t", "0-\(array.count - 1)\(throttle)", from: "array")
        }
        try list.add("-o", try outputPattern(of: plan), from: "output")
        if let errors = try pattern(request.errorOutput, "errorOutput", plan) {
            try list.add("-e", errors, from: "errorOutput")
        } else {
            try list.add("-j", "oe", from: "output")
        }
        try PBSCommon.addConditions(request, "Torque", &list) { condition, isArray in
            switch (condition, isArray) {
            case (.after, true): "afterstartarray"
            case (_, true): PBSCommon.word(condition).map { $0 + "array" }
            case (_, false): PBSCommon.word(condition)
            }
        }
        try list.add("-r", request.isRequeued == true ? "y" : "n", from: "requeue")
        return list.directives
    }

    private func addMachines(
        _ plan: JobPlan, _ shape: JobShape, _ list: inout DirectiveList
    ) throws(ClusterError) {
        let request = plan.request
        var node: [String] = []
        if request.tasksPerNode != nil || request.cpus != nil { node.append("ppn=\(shape.slotsPerNode)") }
        if let gpus = request.gpus {
            node.append("gpus=\(gpus.count)")
            if let type = gpus.type { node.append(plan.cluster.gpu.types[type] ?? type) }
        }
        if let constraint = request.constraint {
            try DirectiveQuoting.pbs.require(constraint, hasNone: "+", "constraint", "Torque would begin another machine there")
            node.append(constraint)
        }
        if !node.isEmpty || request.nodes != nil {
            let text = (["nodes=\(shape.nodes)"] + node).joined(separator: ":")
            var withoutMemory = request
            withoutMemory.memory = nil
            try list.add("-l", text, from: PBSCommon.fields(of: withoutMemory))
        }
        if let memory = shape.memory {
            let resource = switch plan.cluster.memory.scope {
            // It counts for the whole job, on all of its machines.
            case nil, .job, .node: "mem=\(memory.mebibytesRoundedUp * UInt64(shape.nodes))mb"
            case .cpu, .slot: "pmem=\(shape.mebibytes(of: memory, each: shape.slotsPerNode))mb"
            }
            try list.add("-l", resource, from: "memory")
        }
        if request.isExclusive == true { list.add("-n", from: "exclusive") }
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
                // The id of an element has its index.
                case .job: "$PBS_JOBID"
                case .task: pattern.has(.job) ? "" : "$PBS_JOBID"
                case .user, .host: nil
                }
            },
            title: "Torque", literal: PBSCommon.literal)
        return try pattern.rendered(words, isArray: plan.request.array != nil)
    }
}
