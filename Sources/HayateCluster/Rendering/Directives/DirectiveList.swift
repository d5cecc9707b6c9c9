/// Collects the directives of one job.
struct DirectiveList {
    let quoting: DirectiveQuoting
    /// Between an option and its value.
    let joint: String
    private(set) var directives: [Directive] = []

    init(_ quoting: DirectiveQuoting, joint: String) {
        self.quoting = quoting
        self.joint = joint
    }

    mutating func add(_ option: String, from field: String) {
        directives.append(Directive(option, option, from: "request: \(field)"))
    }

    mutating func add(_ option: String, _ value: String, from field: String) throws(ClusterError) {
        // Behind a blank it would be the next option.
        if joint == " ", value.hasPrefix("-"), Int(value) == nil {
            throw ClusterError("\(field) begins with a dash, and \(quoting.title) would take it for an option; write it without")
        }
        let text = option + joint + (try quoting.quoted(value, field))
        let source = field.hasPrefix("runtime.") ? "profile" : "request"
        directives.append(Directive(option, text, from: "\(source): \(field)"))
    }

    mutating func add(_ option: String, _ value: String?, from field: String) throws(ClusterError) {
        if let value { try add(option, value, from: field) }
    }

    mutating func add(_ option: String, _ value: Int, from field: String) throws(ClusterError) {
        try add(option, String(value), from: field)
    }

    /// A value that has its quotes already.
    mutating func addAsIs(_ option: String, _ value: String, from field: String) {
        directives.append(Directive(option, option + joint + value, from: "request: \(field)"))
    }
}
