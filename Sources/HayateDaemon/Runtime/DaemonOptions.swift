import HayateCore

/// How a daemon was told to behave, on its command line.
public struct DaemonOptions: Hashable, Sendable {
    /// Where its host listens.
    public var url: String
    /// What its launcher calls it; 0: nothing.
    public var launch: UInt64 = 0
    public var autoExit: DaemonSession.AutoExit = .now
    /// How long a lost host may take to come back.
    public var lease: Duration = .seconds(60)
    /// How long the first connection may take.
    public var connectWithin: Duration = .seconds(600)
    public var maximumTasks: UInt64?
    public var idleTime: Duration?
    /// How long after the start of its process it may be given tasks; nil: for ever.
    public var wallTime: Duration?
    /// How long the host waits for this daemon when the connection breaks; nil: as the host likes.
    public var reconnectWithin: Duration?
    /// Whether its launcher puts another in its place when it ends.
    public var isReplaceable = false
    /// Whether what tasks write to standard output and error goes to their callers.
    public var capturesOutput = true
    /// What is put back after each task.
    public var cleanUp = CleanUp.all
    /// What the daemon has for tasks that run beside each other; nil: it runs one at a time.
    public var resources: DaemonResources?
    /// Whether `resources` have as many processors as the daemon's process may use, whatever they say.
    public var offersAllCPUs = false
    /// Whether `resources` have the graphics processors that are found where the daemon runs.
    public var findsGPUs = false
    /// Whether `tcp://` is used although nothing protects it.
    public var allowsPlaintext = false
    /// What the daemon shows its host, and what it expects of it.
    public var credentials = DaemonCredentials()

    public init(url: String) { self.url = url }

    /// The word that turns an executable into a daemon when it is its first argument.
    public static let marker = "--hayate-daemon"

    /// Variables that a launcher sets for a daemon's own start. The daemon takes them out of its
    /// environment again, so that its tasks' commands do not inherit them.
    public static let startVariables = [
        // A daemon that crashes says why in one line. Swift's own backtrace takes half a second, and
        // buries the line.
        "SWIFT_BACKTRACE": "enable=no",
        // Large arguments and results in large pages: a fraction of the page faults.
        "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
    ]

    /// The command line, without the program, that `init(arguments:)` reads.
    public var arguments: [String] {
        var words = [url]
        func add(_ name: String, _ value: String?) { if let value { words += [name, value] } }
        if launch != 0 { add("--launch", String(launch)) }
        add("--autoexit", autoExit.rawValue)
        add("--lease", Self.seconds(lease))
        add("--connect-within", Self.seconds(connectWithin))
        add("--maxtasks", maximumTasks.map { String($0) })
        add("--idletime", idleTime.map(Self.seconds))
        add("--walltime", wallTime.map(Self.seconds))
        add("--reconnect-within", reconnectWithin.map(Self.seconds))
        if cleanUp != .all { add("--cleanup", cleanUp.text) }
        words += resourceArguments
        if isReplaceable { words.append("--replaceable") }
        if !capturesOutput { words.append("--no-capture") }
        if allowsPlaintext { words.append("--insecure-plaintext") }
        return words + credentials.arguments
    }

    /// Reads a command line: the URL of the host, then options.
    /// - Throws: `DaemonError` that names the word and the remedy.
    public init(arguments: [String]) throws(DaemonError) {
        guard let url = arguments.first, !url.hasPrefix("-") else {
            throw DaemonError("a daemon needs its host's URL as first argument, e.g. "
                + "tcp://127.0.0.1:5555")
        }
        self.init(url: url)
        var rest = arguments.dropFirst()
        while let word = rest.popFirst() {
            switch word {
            case "--replaceable": isReplaceable = true
            case "--no-capture": capturesOutput = false
            case "--insecure-plaintext": allowsPlaintext = true
            default:
                guard let value = rest.popFirst() else {
                    throw DaemonError("the option \(word) needs a value, or is unknown")
                }
                try set(word, to: value)
            }
        }
    }

    private mutating func set(_ option: String, to value: String) throws(DaemonError) {
        switch option {
        case "--launch": launch = try Self.number(value, option)
        case "--maxtasks": maximumTasks = max(1, try Self.number(value, option))
        case "--lease": lease = try Self.duration(value, option)
        case "--connect-within": connectWithin = try Self.duration(value, option)
        case "--idletime": idleTime = try Self.duration(value, option)
        case "--walltime": wallTime = try Self.duration(value, option)
        case "--reconnect-within": reconnectWithin = try Self.duration(value, option)
        case "--cleanup":
            guard let choice = CleanUp(text: value) else {
                throw DaemonError(
                    "--cleanup is \"\(value)\", but must be all, none, or some of environment, "
                        + "directory, locale and files with commas between them")
            }
            cleanUp = choice
        case "--autoexit":
            guard let choice = DaemonSession.AutoExit(rawValue: value) else {
                let all = DaemonSession.AutoExit.allCases.map(\.rawValue).joined(separator: ", ")
                throw DaemonError("--autoexit is \"\(value)\", but must be one of \(all)")
            }
            autoExit = choice
        case "--cpus", "--gpus", "--memory", "--resource": try setResource(option, to: value)
        default:
            guard credentials.set(option, to: value) else {
                throw DaemonError("a daemon has no option \(option)")
            }
        }
    }

    private static func number(_ text: String, _ option: String) throws(DaemonError) -> UInt64 {
        guard let number = UInt64(text) else {
            throw DaemonError("\(option) is \"\(text)\", but must be a whole number")
        }
        return number
    }

    /// A duration from text: a number of seconds, or a number with ms, s, m, h or d.
    public static func duration(_ text: String, _ option: String) throws(DaemonError) -> Duration {
        guard let duration = Duration(text: text) else {
            throw DaemonError(
                "\(option) is \"\(text)\", but must be a time like 90, 0.5, 500ms, 30s, 10m or 2h")
        }
        return duration
    }

    private static func seconds(_ duration: Duration) -> String {
        "\(duration.nanoseconds / 1_000_000)ms"
    }
}

/// Why a daemon cannot start or go on, in one sentence.
public struct DaemonError: Error, Hashable, Sendable, CustomStringConvertible {
    public var description: String

    public init(_ description: String) { self.description = description }
}
