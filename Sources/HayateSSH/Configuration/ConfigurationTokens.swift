import Glibc

/// What `%h` and the like stand for in values of the configuration.
struct ConfigurationTokens {
    var texts: [Character: String]

    struct Fault: Error, Hashable { var reason: String }

    func expand(_ text: String) throws(Fault) -> String {
        var result = ""
        var rest = Substring(text)
        while let character = rest.popFirst() {
            guard character == "%" else {
                result.append(character)
                continue
            }
            guard let letter = rest.popFirst() else { throw Fault(reason: "ends with %: write %% for a percent sign") }
            if letter == "%" { result.append("%") } else if let text = texts[letter] { result += text } else {
                throw Fault(reason: "has %\(letter), which is not known here: write what it stands for")
            }
        }
        return result
    }

    /// `${NAME}` by the environment.
    static func expandVariables(_ text: String) throws(Fault) -> String {
        var result = ""
        var rest = Substring(text)
        while let start = rest.range(of: "${") {
            result += rest[..<start.lowerBound]
            rest = rest[start.upperBound...]
            guard let end = rest.firstIndex(of: "}") else { throw Fault(reason: "has ${ without }") }
            let name = String(rest[..<end])
            guard let value = getenv(name) else {
                throw Fault(reason: "has ${\(name)}, and the environment has no \(name): set it")
            }
            result += String(cString: value)
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }
}
