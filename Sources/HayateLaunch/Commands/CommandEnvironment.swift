import CSystem
import HayateCluster

/// The variables that a scheduler's command gets.
enum CommandEnvironment {
    static func variables(of line: CommandLine) -> [String: String] {
        variables(of: line, from: current())
    }

    static func variables(of line: CommandLine, from own: [String: String]) -> [String: String] {
        var variables = own.filter { variable in
            line.kept.contains(variable.key) || !line.unset.contains { fits($0, variable.key) }
        }
        // Answers are read as they are in English.
        variables["LC_ALL"] = "C"
        return variables.merging(line.environment) { _, added in added }
    }

    /// Whether a name is this one, or begins as a pattern with `*` behind says.
    private static func fits(_ pattern: String, _ name: String) -> Bool {
        pattern.hasSuffix("*") ? name.hasPrefix(pattern.dropLast()) : name == pattern
    }

    /// Those of this process.
    static func current() -> [String: String] {
        var variables: [String: String] = [:]
        guard var entry = hayate_environment() else { return variables }
        while let text = entry.pointee {
            let variable = String(cString: text)
            if let equals = variable.firstIndex(of: "="), equals != variable.startIndex {
                let name = String(variable[..<equals])
                // The first counts, as for getenv.
                if variables[name] == nil { variables[name] = String(variable[variable.index(after: equals)...]) }
            }
            entry += 1
        }
        return variables
    }
}
