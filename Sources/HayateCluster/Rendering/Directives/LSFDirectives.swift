import HayateCore

/// Directives of LSF: `#BSUB -option value`.
public struct LSFDirectives: DirectiveWriter {
    public init() {}

    public var title: String { "LSF" }

    public var prefixes: [String] { ["#BSUB"] }

    public func submission(of plan: JobPlan) -> [String] {
        (plan.cluster.commands.submit ?? ["bsub"]) + plan.request.rawOptions
    }

    public func directives(of plan: JobPlan) throws(ClusterError) -> [Directive] {
        let request = plan.request
        let shape = try JobShape(plan)
        var list = DirectiveList(.lsf, joint: " ")
        let name = try checkedName(plan.name)
        if let array = request.array {
            let throttle = shape.throttle.map { "%\($0)" } ?? ""
            list.addAsIs("-J", "\"\(name)[1-\(array.count)]\(throttle)\"", from: "array, name")
        } else {
            list.addAsIs("-J", "\"\(name)\"", from: "name")
        }
        if let queue = request.queue {
            try list.add("-q", ([queue] + plan.otherQueues).joined(separator: " "), from: "queue")
        }
        try list.add("-G", request.account, from: "account")
        try list.add("-P", request.project, from: "project")
        try list.add("-sla", request.qualityOfService, from: "qos")
        try list.add("-U", request.reservation, from: "reservation")
        try addMachines(plan, shape, &list)
        if let wallTime = request.wallTime {
            try list.add("-W", WallTimeText.minutes(wallTime), from: "walltime")
        }
        try addFiles(plan, &list)
        try addConditions(request, &list)
        return list.directives
    }

    private func checkedName(_ name: String) throws(ClusterError) -> String {
        guard name.unicodeScalars.count <= 255, !name.unicodeScalars.contains(where: { "[]%*/\\".unicodeScalars.contains($0) })
        else {
            throw ClusterError("LSF takes no job named '\(name)'; write at most 255 characters and no [ ] % * / \\")
        }
        return try DirectiveQuoting.lsf.inside(name, "name")
    }

    private func addMachines(
        _ plan: JobPlan, _ shape: JobShape, _ list: inout DirectiveList
    ) throws(ClusterError) {
        let request = plan.request
        var fields: [String] = []
        var resources: [String] = []
        if let constraint = request.constraint {
            resources.append("select[\(constraint)]")
            fields.append("constraint")
        }
        if shape.slots > 1 || request.nodes != nil || request.tasksPerNode != nil || request.cpus != nil {
            try list.add("-n", shape.slots, from: "nodes, tasksPerNode, cpus")
            resources.append(shape.nodes > 1 ? "span[ptile=\(shape.slotsPerNode)]" : "span[hosts=1]")
            fields.append("nodes")
        }
        var uses: [String] = []
        if let memory = shape.memory {
            let rules = plan.cluster.memory
            if rules.scope != nil {
                throw ClusterError(
                    "LSF counts memory by perJobLimit and perTaskReserve, and not by memory: scope; take scope out")
            }
            // The limit is that of a process or of the job on all its machines; the reservation that of a machine or of a slot.
            let limit = rules.perJobLimit
                ? memory.mebibytesRoundedUp * UInt64(shape.nodes) : shape.mebibytes(of: memory, each: shape.tasksPerNode)
            let reserve = rules.perTaskReserve
                ? shape.mebibytes(of: memory, each: shape.slotsPerNode) : memory.mebibytesRoundedUp
            try list.add("-M", try amount(limit, rules), from: "memory")
            uses.append("mem=\(try amount(reserve, rules))")
            fields.append("memory")
        }
        for licence in request.licences {
            uses.append("\(licence.name)=\(licence.count)")
            fields.append("licences")
        }
        if !uses.isEmpty { resources.append("rusage[\(uses.joined(separator: ":"))]") }
        if !resources.isEmpty {
            let text = try DirectiveQuoting.lsf.inside(resources.joined(separator: " "), fields.joined(separator: ", "))
            list.addAsIs("-R", "\"\(text)\"", from: fields.joined(separator: ", "))
        }
        if let gpus = request.gpus {
            guard plan.cluster.gpu.directive == nil || plan.cluster.gpu.directive == .lsfGPU else {
                throw ClusterError("LSF gives graphics processors by -gpu; write gpu: directive: lsf-gpu in the profile")
            }
            let model = gpus.type.map { ":gmodel=" + (plan.cluster.gpu.types[$0] ?? $0) } ?? ""
            let text = try DirectiveQuoting.lsf.inside("num=\(gpus.count)\(model):j_exclusive=yes", "gpus")
            list.addAsIs("-gpu", "\"\(text)\"", from: "gpus")
        }
        if request.isExclusive == true { list.add("-x", from: "exclusive") }
    }

    /// With its unit, or in the unit that the site says LSF takes bare numbers in.
    private func amount(_ mebibytes: UInt64, _ rules: MemoryRules) throws(ClusterError) -> String {
        switch rules.limitUnit {
        case nil: "\(mebibytes)MB"
        case "KB": "\(mebibytes * 1024)"
        case "MB": "\(mebibytes)"
        case "GB": "\((mebibytes + 1023) / 1024)"
        case let unit?:
            throw ClusterError("memory: limitUnit is '\(unit)' in the profile; write KB, MB or GB")
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
                case .name: plan.name
                case .job: "%J"
                case .task: "%I"
                case .user, .host: nil
                }
            },
            title: "LSF", literal: { $0.unicodeScalars.contains("%") ? nil : $0 })
        return try LogPattern(text, field).rendered(words, isArray: plan.request.array != nil)
    }

    private func addFiles(_ plan: JobPlan, _ list: inout DirectiveList) throws(ClusterError) {
        try list.add("-o", try outputPattern(of: plan), from: "output")
        try list.add("-e", try pattern(plan.request.errorOutput, "errorOutput", plan), from: "errorOutput")
        try list.add("-cwd", plan.request.directory, from: "directory")
        list.addAsIs("-env", "\"none\"", from: "environment")
    }

    private func addConditions(_ request: JobRequest, _ list: inout DirectiveList) throws(ClusterError) {
        if !request.dependencies.isEmpty {
            var conditions: [String] = []
            for dependency in request.dependencies {
                let word = switch dependency.condition {
                case .after: "started"
                case .afterAny: "ended"
                case .afterOK, .afterCorresponding: "done"
                case .afterNotOK: "exit"
                }
                let elements = dependency.condition == .afterCorresponding ? "[*]" : ""
                conditions += try dependency.checkedJobs().map { "\(word)(\($0)\(elements))" }
            }
            list.addAsIs("-w", "\"\(conditions.joined(separator: " && "))\"", from: "dependencies")
        }
        if let warning = request.warning {
            try list.add("-wa", try warning.checkedName(), from: "warning")
            try list.add("-wt", WallTimeText.minutes(warning.before), from: "warning")
        }
        list.add(request.isRequeued == true ? "-r" : "-rn", from: "requeue")
        if request.isHeld == true { list.add("-H", from: "hold") }
        if let mail = request.mail, !mail.events.isEmpty {
            try list.add("-u", mail.address, from: "mail")
            if mail.events.contains(.begin) { list.add("-B", from: "mail") }
            // It writes at the end, however the job ends.
            if mail.events != [.begin] { list.add("-N", from: "mail") }
        }
        if let priority = request.priority {
            guard priority > 0 else { throw ClusterError("priority is \(priority); LSF takes 1 or more") }
            try list.add("-sp", priority, from: "priority")
        }
    }
}
