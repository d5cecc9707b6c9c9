/// How a scheduler reads the value of a directive. It is no shell: nothing is expanded, and each has rules of its own.
///
/// All by scalars: an accent behind a quote is another character to Swift, and still a quote to a scheduler.
struct DirectiveQuoting {
    /// What people call the scheduler.
    let title: String
    /// What stands before a double quote or a backslash within double quotes; nil: they cannot be written at all.
    let escape: Unicode.Scalar?

    static let slurm = DirectiveQuoting(title: "Slurm", escape: "\\")
    static let gridEngine = DirectiveQuoting(title: "Grid Engine", escape: nil)
    static let pbs = DirectiveQuoting(title: "PBS", escape: nil)
    static let lsf = DirectiveQuoting(title: "LSF", escape: nil)

    private static let plain = Set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:,%@+=^[]$-".unicodeScalars)

    /// - Parameter field: named where the value cannot be written.
    func quoted(_ value: String, _ field: String) throws(ClusterError) -> String {
        if !value.isEmpty, value.unicodeScalars.allSatisfy(Self.plain.contains) { return value }
        return "\"" + (try inside(value, field)) + "\""
    }

    /// The value as it stands between double quotes.
    func inside(_ value: String, _ field: String) throws(ClusterError) -> String {
        var text = ""
        for scalar in value.unicodeScalars {
            if scalar == "\"" || scalar == "\\" {
                guard let escape else {
                    throw ClusterError(
                        "\(field) holds \(scalar), which \(title) cannot read in a directive; "
                            + "write it without double quotes and backslashes")
                }
                text.unicodeScalars.append(escape)
            }
            text.unicodeScalars.append(scalar)
        }
        return text
    }

    /// - Throws: `ClusterError` for a sign that would end the value here.
    func require(_ value: String, hasNone sign: Unicode.Scalar, _ field: String, _ why: String) throws(ClusterError) {
        guard value.unicodeScalars.contains(sign) else { return }
        throw ClusterError("\(field) holds \(sign), and \(why); write it without, or use extraDirectives")
    }
}
