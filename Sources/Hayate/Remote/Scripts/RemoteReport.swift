import HayateCore

/// What a script has told of daemons.
struct RemoteReport: Hashable, Sendable {
    enum Fate: Hashable, Sendable {
        case started
        case alive
        /// With the last lines of what it said.
        case ended(ProcessExit, lastWords: String)
        /// Nothing is known of it over there.
        case unknown
    }

    var fates: [UInt64: Fate] = [:]

    /// Other lines are what a login shell says.
    init(_ output: String) {
        var words: [UInt64: [String]] = [:]
        var ends: [UInt64: ProcessExit] = [:]
        for line in output.split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
            guard parts.count >= 2, let launch = UInt64(parts[1]) else { continue }
            if parts[0] == "hayate-says" {
                words[launch, default: []].append(parts.dropFirst(2).joined(separator: " "))
            }
            guard parts[0] == "hayate-daemon", parts.count >= 3 else { continue }
            switch parts[2] {
            case "started": fates[launch] = .started
            case "alive": fates[launch] = .alive
            case "none": fates[launch] = .unknown
            case "ended":
                guard parts.count == 4, let code = Int32(parts[3]) else { continue }
                ends[launch] = Self.exit(code)
            default: continue
            }
        }
        for (launch, exit) in ends {
            fates[launch] = .ended(exit, lastWords: (words[launch] ?? []).joined(separator: "\n"))
        }
    }

    /// A shell says 128 and the signal's number of what a signal has ended.
    private static func exit(_ code: Int32) -> ProcessExit {
        code > 128 && code <= 128 + 64
            ? .signalled(number: code - 128, coreDumped: false) : .exited(code: code & 0xff)
    }
}
