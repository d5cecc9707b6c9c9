/// What PBS Pro and Torque have in common.
enum PBSCommon {
    static func checkedName(_ name: String, _ title: String, longest: Int) throws(ClusterError) -> String {
        guard name.unicodeScalars.count <= longest, !name.unicodeScalars.contains(where: { $0.properties.isWhitespace }) else {
            throw ClusterError("\(title) takes no job named '\(name)'; write at most \(longest) characters and no blanks")
        }
        return name
    }

    static func checkQueues(_ plan: JobPlan, _ title: String) throws(ClusterError) {
        if !plan.otherQueues.isEmpty {
            throw ClusterError("\(title) takes one queue and no list; write listsQueues: false in the profile")
        }
    }

    /// The fields that a list of resources holds, for its origin.
    static func fields(of request: JobRequest) -> String {
        [
            request.nodes.map { _ in "nodes" }, request.tasksPerNode.map { _ in "tasksPerNode" },
            request.cpus.map { _ in "cpus" }, request.memory.map { _ in "memory" }, request.gpus.map { _ in "gpus" },
            request.constraint.map { _ in "constraint" },
        ].compactMap(\.self).joined(separator: ", ")
    }

    static func word(_ condition: JobDependency.Condition) -> String? {
        switch condition {
        case .after: "after"
        case .afterAny: "afterany"
        case .afterOK: "afterok"
        case .afterNotOK: "afternotok"
        case .afterCorresponding: nil
        }
    }

    /// A colon would end the name of a machine, a comma a path; the other signs begin words of the scheduler.
    static func literal(_ text: String) -> String? {
        text.unicodeScalars.contains { ":,$^".unicodeScalars.contains($0) } ? nil : text
    }

    /// - Parameter word: the condition's word for jobs, or for arrays; nil: there is none.
    static func addConditions(
        _ request: JobRequest, _ title: String, _ list: inout DirectiveList,
        _ word: (JobDependency.Condition, _ isArray: Bool) -> String?
    ) throws(ClusterError) {
        var conditions: [String] = []
        for dependency in request.dependencies {
            let jobs = try dependency.checkedJobs()
            for isArray in [false, true] {
                let some = jobs.filter { $0.contains("[]") == isArray }
                guard !some.isEmpty else { continue }
                guard let word = word(dependency.condition, isArray) else {
                    throw ClusterError(
                        "\(title) cannot wait for each element by itself (\(dependency.condition.rawValue)); "
                            + "write afterOK, which waits for all of them")
                }
                conditions.append(([word] + some).joined(separator: ":"))
            }
        }
        if !conditions.isEmpty {
            try list.add("-W", "depend=\(conditions.joined(separator: ","))", from: "dependencies")
        }
        if request.isHeld == true { list.add("-h", from: "hold") }
        if let mail = request.mail, !mail.events.isEmpty {
            try list.add("-M", mail.address, from: "mail")
            try list.add("-m", mail.letters, from: "mail")
        }
        if let priority = request.priority {
            guard (-1024...1023).contains(priority) else {
                throw ClusterError("priority is \(priority); \(title) takes -1024 to 1023")
            }
            try list.add("-p", priority, from: "priority")
        }
    }
}
