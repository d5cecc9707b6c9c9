/// Refuses what no line of a script may hold.
enum FieldChecks {
    /// - Throws: `ClusterError` that names the field with a control character.
    static func check(_ plan: JobPlan) throws(ClusterError) {
        let request = plan.request
        for (field, value) in [
            ("name", plan.name), ("queue", request.queue), ("account", request.account), ("project", request.project),
            ("qos", request.qualityOfService), ("reservation", request.reservation), ("gpus", request.gpus?.type),
            ("constraint", request.constraint), ("output", request.output), ("errorOutput", request.errorOutput),
            ("directory", request.directory), ("mail", request.mail?.address), ("warning", request.warning?.name),
            ("runtime.shell", plan.runtime.shell), ("memory.complex", plan.cluster.memory.complex),
            ("parallelEnvironment.name", plan.cluster.parallelEnvironment.name), ("site", plan.site),
            ("gpu.complex", plan.cluster.gpu.complex), ("commands.clusterFlag", plan.cluster.commands.clusterFlag),
        ] {
            guard let value else { continue }
            try check(value, field)
            if value.isEmpty { throw ClusterError("\(field) is empty; write a value, or leave it out") }
        }
        for (field, values) in [
            ("queue", plan.otherQueues), ("licences", request.licences.map(\.name)),
            ("modules", plan.runtime.modules + request.modules),
            ("dependencies", request.dependencies.flatMap { $0.jobs.map(\.text) }),
            ("extraDirectives", plan.extraDirectives.map(\.text)), ("rawOptions", request.rawOptions),
            ("gpu.types", plan.cluster.gpu.types.values.sorted()),
        ] {
            for value in values { try check(value, field) }
        }
        for (field, lines) in [
            ("prologue", plan.runtime.prologue + request.prologue),
            ("epilogue", plan.runtime.epilogue + request.epilogue),
            ("the command", plan.command.unicodeScalars.split(separator: "\n").map { String($0) }),
        ] {
            for line in lines { try check(line, field, allowsTab: true) }
        }
        for (name, value) in plan.runtime.environment.merging(request.environment, uniquingKeysWith: { $1 }) {
            guard isVariableName(name) else {
                throw ClusterError(
                    "environment names '\(name.unicodeScalars.filter { !isControl($0) }.map { String($0) }.joined())', "
                        + "which is no name of a variable; write letters, digits and _, and no digit first")
            }
            try check(value, "environment: \(name)", allowsTab: true)
        }
        for module in plan.runtime.modules + request.modules where module.utf8.first == UInt8(ascii: "-") {
            throw ClusterError("modules name '\(module)', which module would take for an option; write it without a dash")
        }
        for variable in [plan.cluster.facts.jobVariable, plan.cluster.facts.indexVariable]
        where request.environment[variable] != nil {
            throw ClusterError("environment sets \(variable), which is the scheduler's; choose another name")
        }
        for licence in request.licences where !PlainWord.isOne(licence.name, or: "@:") {
            throw ClusterError("licences name '\(licence.name)'; write letters, digits and _ . - @ :")
        }
        if let type = request.gpus?.type, !PlainWord.isOne(type) {
            throw ClusterError("gpus name the model '\(type)'; write letters, digits and _ . -")
        }
        if plan.command.unicodeScalars.allSatisfy(\.properties.isWhitespace) {
            throw ClusterError("the job has no command; write one")
        }
    }

    static func check(_ value: String, _ field: String, allowsTab: Bool = false) throws(ClusterError) {
        for scalar in value.unicodeScalars where isControl(scalar) && !(allowsTab && scalar == "\t") {
            let what = switch scalar {
            case "\n": "a line break"
            case "\r": "a carriage return"
            case "\0": "a zero byte"
            default: "the control character U+" + hexadecimal(scalar)
            }
            throw ClusterError("\(field) holds \(what), which would become another line of the script; take it out")
        }
    }

    /// Those of ASCII and Latin-1, and what Unicode calls separators of lines.
    static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar.value == 0x2028 || scalar.value == 0x2029
    }

    private static func hexadecimal(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
    }

    private static func isVariableName(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return false }
        return name.utf8.allSatisfy {
            $0 == UInt8(ascii: "_") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0 & 0xDF)
        }
    }
}
