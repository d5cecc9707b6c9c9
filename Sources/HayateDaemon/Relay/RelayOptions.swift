import HayateCore
import HayateNetwork

/// How a relay was told to behave, on its command line.
public struct RelayOptions: Hashable, Sendable {
    /// The word that turns a daemon's program into a relay when it is its first argument.
    public static let word = "relay"
    /// The file in its directory whose change is its host's sign of life; without it the relay ends.
    public static let leaseFile = "lease"
    /// The file with the daemons' key, which a relay removes that nobody needs any more.
    public static let keyFile = "key"

    /// The run's own; absolute.
    public var directory: String
    /// The port of 127.0.0.1 to which all is handed on.
    public var target: UInt16
    public var dialBack = DialBack.route
    /// Machines whose way tells the address.
    public var nodes: [String] = []
    /// nil: any.
    public var ports: ClosedRange<UInt16>?
    /// How long the host may give no sign of life.
    public var lease: Duration = .seconds(300)

    public init(directory: String, target: UInt16) {
        self.directory = directory
        self.target = target
    }

    /// The command line, without the program and the word, that `init(arguments:)` reads.
    public var arguments: [String] {
        var words = ["--directory", directory, "--to", String(target), "--dial-back", dialBack.text]
        words += nodes.flatMap { ["--node", $0] }
        if let ports { words += ["--ports", "\(ports.lowerBound)-\(ports.upperBound)"] }
        return words + ["--lease", "\(lease.nanoseconds / 1_000_000)ms"]
    }

    /// - Throws: `DaemonError` that names the word and the remedy.
    public init(arguments: [String]) throws(DaemonError) {
        var directory: String?
        var target: UInt16?
        var rest = arguments[...]
        self.init(directory: "", target: 0)
        while let option = rest.popFirst() {
            guard let value = rest.popFirst() else {
                throw DaemonError("the option \(option) of a relay needs a value, or is unknown")
            }
            switch option {
            case "--directory" where value.hasPrefix("/"): directory = value
            case "--to": target = try Self.port(value, option)
            case "--dial-back":
                guard let way = DialBack(text: value) else {
                    throw DaemonError(
                        "--dial-back is \"\(value)\", but must be route, host=…, interface=… or network=…")
                }
                dialBack = way
            case "--node": nodes.append(value)
            case "--ports":
                let parts = value.split(separator: "-", maxSplits: 1).map(String.init)
                let first = try Self.port(parts.first ?? "", option)
                let last = try Self.port(parts.last ?? "", option)
                guard first <= last else {
                    throw DaemonError("--ports is \"\(value)\", but the first is the lower one")
                }
                ports = first...last
            case "--lease": lease = try DaemonOptions.duration(value, option)
            default: throw DaemonError("a relay has no option \(option) \"\(value)\"")
            }
        }
        guard let directory, let target else {
            throw DaemonError("a relay needs --directory with an absolute path, and the port --to which it hands on")
        }
        self.directory = directory
        self.target = target
    }

    private static func port(_ text: String, _ option: String) throws(DaemonError) -> UInt16 {
        guard let port = UInt16(text), port > 0 else {
            throw DaemonError("\(option) is \"\(text)\", but a port is a number from 1 to 65535")
        }
        return port
    }
}
