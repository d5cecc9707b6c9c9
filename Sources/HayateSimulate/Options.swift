import Glibc
import HayateSimulation

/// What the command line asks for.
struct Options: Sendable {
    var events = 1_000_000
    /// The first world's seed; the next worlds have the next numbers.
    var seed: UInt64 = .random(in: 0...UInt64.max >> 16)
    var worlds = Int.max
    /// Seeds that failed once and are run before all others.
    var firstSeeds: [UInt64] = []
    var bug: PlantedBug?
    var threads = 2
    var isVerbose = false
    var isExhaustive = false
    /// All links are under TLS, not those of some worlds.
    var isProtected = false
    var depth = 8
    /// Messages to feed in Byzantine mode; 0 for none.
    var byzantine = 0

    static let usage = """
        usage: hayate-simulate [--events N] [--seed S] [--worlds N] [--seeds FILE] [--bug NAME]
                               [--tls] [--threads N] [--verbose]
               hayate-simulate --exhaustive [--depth N]
               hayate-simulate --byzantine N [--seed S]
        Runs simulated worlds until N events have happened, and says what they violate.
        """

    init(_ arguments: ArraySlice<String>) throws(OptionError) {
        var rest = arguments
        while let name = rest.popFirst() {
            switch name {
            case "--events": events = try Self.number(name, &rest)
            case "--seed":
                seed = try Self.number(name, &rest)
            case "--worlds": worlds = try Self.number(name, &rest)
            case "--threads": threads = max(1, try Self.number(name, &rest))
            case "--depth": depth = try Self.number(name, &rest)
            case "--byzantine": byzantine = try Self.number(name, &rest)
            case "--verbose": isVerbose = true
            case "--tls": isProtected = true
            case "--exhaustive": isExhaustive = true
            case "--seeds":
                guard let path = rest.popFirst() else { throw OptionError("--seeds needs a file") }
                firstSeeds = try Self.readSeeds(path)
            case "--bug":
                let text = rest.popFirst() ?? ""
                guard let named = PlantedBug(rawValue: text) else {
                    let names = PlantedBug.allCases.map(\.rawValue).joined(separator: ", ")
                    throw OptionError("no planted bug is named '\(text)'; there are: \(names)")
                }
                bug = named
            case "--help", "-h":
                print(Self.usage)
                exit(0)
            default:
                throw OptionError("unknown option '\(name)'\n\(Self.usage)")
            }
        }
    }

    private static func number<Value: FixedWidthInteger>(
        _ name: String, _ rest: inout ArraySlice<String>
    ) throws(OptionError) -> Value {
        let text = rest.popFirst() ?? ""
        guard let value = Value(text.replacing("_", with: "")) else {
            throw OptionError("\(name) needs a whole number, not '\(text)'")
        }
        return value
    }

    /// One seed a line; what follows a `#` is a remark.
    private static func readSeeds(_ path: String) throws(OptionError) -> [UInt64] {
        guard let file = fopen(path, "r") else {
            throw OptionError("cannot read \(path): \(String(cString: strerror(errno)))")
        }
        defer { fclose(file) }
        var text: [UInt8] = []
        var byte = fgetc(file)
        while byte != EOF {
            text.append(UInt8(truncatingIfNeeded: byte))
            byte = fgetc(file)
        }
        return Simulation.seeds(in: String(decoding: text, as: UTF8.self))
    }
}

struct OptionError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
