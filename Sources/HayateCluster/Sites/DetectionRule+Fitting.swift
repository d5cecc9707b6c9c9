extension DetectionRule {
    /// Whether a machine fits, as far as no command need be run to know; nil: one must.
    ///
    /// - Parameter hostNames: the machine's names, short and full.
    public func fits(hostNames: [String], variables: [String: String]) -> Bool? {
        switch self {
        case .hostName(let pattern): hostNames.contains { Self.matches(pattern, $0) }
        case .environment(let name, "*"): variables[name] != nil
        case .environment(let name, let value): variables[name] == value
        case .command: nil
        }
    }

    /// The command that tells whether a machine fits; nil: none need be run.
    public var command: CommandLine? {
        guard case .command(let words, _) = self else { return nil }
        var line = CommandLine(words)
        line.timeLimit = .seconds(5)
        return line
    }

    /// Whether a machine fits on which `command` gave this answer. A command that fails, or is not there, does not
    /// fit.
    public func fits(_ answer: CommandAnswer) -> Bool {
        guard case .command(_, let pattern) = self, answer.succeeded else { return false }
        return answer.output.split(separator: "\n").contains { Self.matches(pattern, String($0)) }
    }

    private static func matches(_ pattern: String, _ text: String) -> Bool {
        guard let regex = try? Regex<AnyRegexOutput>(pattern) else { return false }
        return text.firstMatch(of: regex) != nil
    }
}
